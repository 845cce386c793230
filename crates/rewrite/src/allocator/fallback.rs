//! Other allocators: `wee_alloc`, AssemblyScript, and, where nothing better is
//! left, the functions of Rust's global allocator and those that JavaScript
//! calls.

use crate::role::{Role, Size};

use super::names::{Family, Named};
use super::{Allocator, Certainty, Kind, Member, Part, Search, exports, operands, structure};

/// The allocator that is found first, in the order of how much it sees.
pub fn find(search: &Search<'_>) -> Vec<Allocator> {
    let found = wee_alloc(search)
        .or_else(|| assembly_script(search))
        .or_else(|| global(search))
        .or_else(|| shims(search))
        .or_else(|| boundary(search));
    found.into_iter().collect()
}

fn wee_alloc(search: &Search<'_>) -> Option<Allocator> {
    let (alloc, dealloc) = structure::wee_alloc(search)?;
    // Its constants are small and common: the exports must agree.
    exports::leading_to(search, Part::Malloc, alloc)?;
    exports::leading_to(search, Part::Free, dealloc)?;
    let evidence = "has wee_alloc's size classes";
    let size = Size::Parameter(words_parameter(search, alloc));
    let members = vec![
        Member::by_structure(Part::Malloc, alloc, Role::Allocate { size }, evidence),
        Member::by_structure(Part::Free, dealloc, Role::Free { pointer: 0 }, evidence),
    ];
    Some(Allocator::of(Kind::WeeAlloc, members))
}

/// The parameter that `wee_alloc` rounds up to words, which is the size.
fn words_parameter(search: &Search<'_>, alloc: u32) -> u32 {
    let pairs = operands::constants_with(search.module, alloc);
    let rounded = pairs.iter().find(|(_, constant)| *constant == 3);
    rounded.map_or(1, |(parameter, _)| *parameter)
}

fn assembly_script(search: &Search<'_>) -> Option<Allocator> {
    let of = |family: Family| members(search, family);
    let has = |members: &[Member], part: Part| members.iter().any(|one| one.part == part);
    let is_whole = |members: &Vec<Member>| has(members, Part::Malloc) && has(members, Part::Free);
    // Pointers of a layer are only known to that layer, so one is taken whole.
    let whole = [Family::AsHeap, Family::AsBlocks].map(of);
    if let Some(members) = whole.into_iter().find(is_whole) {
        return Some(Allocator::of(Kind::AssemblyScript, members));
    }
    // The stub runtime has no free that is called.
    let stub = of(Family::AsHeap);
    let is_stub = stub
        .iter()
        .all(|one| one.evidence.contains("~lib/rt/stub/"));
    if !is_stub || !has(&stub, Part::Malloc) {
        return None;
    }
    let mut allocator = Allocator::of(Kind::AssemblyScript, stub);
    let note = "The stub runtime never frees, so all blocks stay live.";
    allocator.notes.push(note.to_owned());
    Some(allocator)
}

/// Methods of the type that is the global allocator.
fn global(search: &Search<'_>) -> Option<Allocator> {
    let methods: Vec<&Named<'_>> = of_family(search, Family::Global).collect();
    let is_wee = |one: &&Named<'_>| one.name.contains("wee_alloc");
    let kind = match methods.iter().any(is_wee) {
        true => Kind::WeeAlloc,
        false => Kind::Rust,
    };
    let mut members: Vec<Member> = methods.into_iter().map(Member::named).collect();
    for member in &mut members {
        member.hook.role = with_layout(search, member);
    }
    whole(kind, members, None)
}

/// The two words of a layout stand in either order. A shim hands them on from
/// its own parameters, whose order is known.
fn with_layout(search: &Search<'_>, member: &Member) -> Role {
    let Role::Allocate { size } = member.hook.role else {
        return member.hook.role;
    };
    let shims = search.named.iter().filter(|one| {
        matches!(one.family, Family::Shim | Family::Boundary)
            && matches!(one.role, Role::Allocate { .. })
    });
    for shim in shims {
        let Role::Allocate {
            size: Size::Parameter(size),
        } = shim.role
        else {
            continue;
        };
        let places = operands::handed_on(search.module, shim.function, member.hook.function);
        let place = places
            .iter()
            .find_map(|locals| locals.iter().position(|local| *local == size));
        if let Some(place) = place {
            return Role::Allocate {
                size: Size::Parameter(place as u32),
            };
        }
    }
    Role::Allocate { size }
}

fn shims(search: &Search<'_>) -> Option<Allocator> {
    let note = "Compilers inline these functions, so blocks may be missed: see docs/allocators.md.";
    whole(Kind::Rust, members(search, Family::Shim), Some(note))
}

fn boundary(search: &Search<'_>) -> Option<Allocator> {
    let members = search.entries.iter().map(|entry| {
        let how = match entry.by_name {
            true => "exported as",
            false => "has the signature, exported as",
        };
        let evidence = format!("{how} {}", entry.name);
        Member::by_structure(entry.part, entry.function, entry.role, &evidence)
    });
    let note =
        "Only what JavaScript allocates and frees is seen, not what the module does by itself.";
    whole(Kind::Rust, members.collect(), Some(note))
}

fn of_family<'s>(search: &'s Search<'_>, family: Family) -> impl Iterator<Item = &'s Named<'s>> {
    search.named.iter().filter(move |one| one.family == family)
}

fn members(search: &Search<'_>, family: Family) -> Vec<Member> {
    of_family(search, family).map(Member::named).collect()
}

/// An allocator, if it both allocates and frees. With a note, it is a guess.
fn whole(kind: Kind, members: Vec<Member>, note: Option<&str>) -> Option<Allocator> {
    let mut allocator = Allocator::of(kind, members);
    allocator.function(Part::Malloc)?;
    allocator.function(Part::Free)?;
    if let Some(note) = note {
        allocator.notes.push(note.to_owned());
        for member in &mut allocator.members {
            member.certainty = Certainty::Guess;
        }
    }
    Some(allocator)
}
