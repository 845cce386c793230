//! Allocators with the functions of the C standard: dlmalloc, emmalloc and
//! mimalloc, by the names in the name section and of exports, or else by
//! structure.

use crate::role::{Role, Size};

use super::confirm::never_frees;
use super::names::{Family, Named};
use super::shape::Shape;
use super::structure::{self, Dialect};
use super::{Allocator, Certainty, Kind, Member, Part, Search, exports, rust};

/// Adds the allocators of C to those found before; functions that lead to one
/// of those are wrappers of it and left out.
pub fn find(search: &Search<'_>, allocators: &mut Vec<Allocator>) {
    let named: Vec<&Named<'_>> = search
        .named
        .iter()
        .filter(|one| is_classic(one.family))
        .filter(|one| !is_wrapper(search, one, allocators))
        .collect();
    let is_whole = |found: &Allocator| {
        let has_free = found.function(Part::Free).is_some();
        found.function(Part::Malloc).is_some() && (has_free || never_frees(search, found))
    };
    let by_name = by_name(search, &named).filter(is_whole);
    let malloc = by_name.as_ref().and_then(|one| one.function(Part::Malloc));
    let is_known = by_name.as_ref().is_some_and(|one| one.kind != Kind::C);
    if is_known || !allocators.is_empty() {
        allocators.extend(by_name);
        return;
    }
    let Some(mut below) = dlmalloc(search).or_else(|| emmalloc(search)) else {
        allocators.extend(by_name);
        return;
    };
    let core = below.function(Part::Malloc);
    let wraps = |malloc: u32| core.is_some_and(|core| wraps(search, malloc, core));
    match by_name {
        // An allocator of its own above another, as that of a sanitizer.
        Some(mut above) if !malloc.is_some_and(wraps) => {
            let is_below = |function: u32| below.hooks().any(|hook| hook.function == function);
            above.members.retain(|one| !is_below(one.hook.function));
            allocators.extend([above, below]);
        }
        Some(above) => {
            let missing = |part: Part| below.function(part).is_none();
            let more: Vec<Member> = above.members;
            let more: Vec<Member> = more.into_iter().filter(|one| missing(one.part)).collect();
            more.into_iter().for_each(|member| below.add(member));
            allocators.push(below);
        }
        None => allocators.push(below),
    }
}

/// Whether a named malloc only hands on to the one below: it is close to it, or
/// nothing but the outside calls it.
fn wraps(search: &Search<'_>, malloc: u32, core: u32) -> bool {
    let depth = match search.scan.callers(malloc).is_empty() {
        true => exports::DEPTH,
        false => 2,
    };
    search.reaches(malloc, core, depth)
}

fn is_classic(family: Family) -> bool {
    matches!(
        family,
        Family::C | Family::Core | Family::Emmalloc | Family::Mimalloc
    )
}

fn is_wrapper(search: &Search<'_>, named: &Named<'_>, allocators: &[Allocator]) -> bool {
    let part = match named.part {
        Part::Free => Part::Free,
        _ => Part::Malloc,
    };
    let cores = allocators.iter().filter_map(|one| one.function(part));
    cores
        .into_iter()
        .any(|core| search.reaches(named.function, core, exports::DEPTH))
}

fn by_name(search: &Search<'_>, named: &[&Named<'_>]) -> Option<Allocator> {
    let lowest = |one: &&&Named<'_>| {
        one.family != Family::C
            || !named.iter().any(|core| {
                core.family != Family::C
                    && core.part == one.part
                    && search.reaches(one.function, core.function, 2)
            })
    };
    // The lowest layer first: where two are named, that one stands for the part.
    let mut members: Vec<&Named<'_>> = named.iter().filter(lowest).copied().collect();
    members.sort_by_key(|one| one.family == Family::C);
    let malloc = members
        .iter()
        .find(|one| one.part == Part::Malloc)?
        .function;
    let kind = kind(search, &members, malloc);
    let members = members.into_iter().map(Member::named).collect();
    let mut allocator = Allocator::of(kind, members);
    // What parts look like is known for 32 bits.
    if kind == Kind::Dlmalloc && !search.module.is_64() {
        complete(search, &mut allocator, malloc);
        rust::agree(search, &mut allocator);
    }
    if kind == Kind::C
        && allocator
            .members
            .iter()
            .all(|one| named_by_export(named, one))
    {
        guess(&mut allocator);
    }
    Some(allocator)
}

fn named_by_export(named: &[&Named<'_>], member: &Member) -> bool {
    let mut named = named.iter();
    named.any(|one| one.function == member.hook.function && one.exported)
}

/// What is not exported has no name, and is missed.
fn guess(allocator: &mut Allocator) {
    for member in &mut allocator.members {
        member.certainty = Certainty::Guess;
    }
    let note = "Its make is not known and only its exports have names: blocks from other functions may be missed.";
    allocator.notes.push(note.to_owned());
}

fn kind(search: &Search<'_>, members: &[&Named<'_>], malloc: u32) -> Kind {
    let has = |family: Family| members.iter().any(|one| one.family == family);
    if has(Family::Mimalloc) {
        Kind::Mimalloc
    } else if has(Family::Emmalloc) || structure::is_emmalloc(search, malloc) {
        Kind::Emmalloc
    } else if structure::is_c_malloc(search, malloc)
        || members.iter().any(|one| one.name.starts_with("dl"))
        || has_dlmallocs_parts(search)
    {
        Kind::Dlmalloc
    } else {
        Kind::C
    }
}

/// Whether there are functions that are named as the inner ones of malloc.c.
fn has_dlmallocs_parts(search: &Search<'_>) -> bool {
    const PARTS: [&str; 6] = [
        "dispose_chunk",
        "internal_memalign",
        "prepend_alloc",
        "tmalloc_large",
        "tmalloc_small",
        "try_realloc_chunk",
    ];
    let mut names = search.module.functions.iter().filter_map(|one| one.name);
    names.any(|name| PARTS.contains(&name))
}

/// Adds what has no name but looks like a part.
fn complete(search: &Search<'_>, allocator: &mut Allocator, malloc: u32) {
    if allocator.function(Part::Realloc).is_none()
        && let Some(function) = structure::realloc(search, malloc, Dialect::C)
    {
        let evidence = "refuses what malloc refuses, calls malloc and free";
        allocator.add(member(Part::Realloc, function, "ps", evidence));
    }
    let realloc = allocator.function(Part::Realloc);
    let evidence = "refuses what malloc refuses, calls malloc";
    for (part, shape, more) in [(Part::Memalign, "as", 1), (Part::PosixMemalign, "oas", 2)] {
        for function in structure::aligned(search, malloc, Dialect::C, more) {
            if Some(function) != realloc {
                allocator.add(member(part, function, shape, evidence));
            }
        }
    }
}

fn dlmalloc(search: &Search<'_>) -> Option<Allocator> {
    let candidates = structure::c_mallocs(search);
    let entered = |function: &&u32| exports::leading_to(search, Part::Malloc, **function).is_some();
    let malloc = *candidates.iter().find(entered).or(candidates.first())?;
    let evidence = "has dlmalloc's small-request test, largest request and loops over bins";
    let malloc_member = member(Part::Malloc, malloc, "s", evidence);
    let mut allocator = Allocator::of(Kind::Dlmalloc, vec![malloc_member]);
    complete(search, &mut allocator, malloc);
    let free = match allocator.function(Part::Realloc) {
        Some(realloc) => structure::free(search, malloc, realloc),
        None => None,
    };
    if let Some(free) = free {
        let evidence = "called by realloc, takes sizes from chunk headers";
        allocator.add(member(Part::Free, free, "p", evidence));
    } else if let Some(free) = structure::lone_c_free(search) {
        let evidence = "takes sizes from chunk headers, sorts chunks into bins";
        allocator.add(member(Part::Free, free, "p", evidence));
    }
    note_inlined_realloc(search, &mut allocator, malloc);
    rust::agree(search, &mut allocator);
    Some(allocator)
}

/// A realloc inlined into a function that is none of the allocator is not
/// wrapped: its moves are seen, as a malloc and a free.
fn note_inlined_realloc(search: &Search<'_>, allocator: &mut Allocator, malloc: u32) {
    if allocator.function(Part::Realloc).is_none()
        && let Some(free) = allocator.function(Part::Free)
        && let Some(function) = structure::inlined_realloc(search, malloc, free, Dialect::C)
    {
        allocator.notes.push(format!(
            "realloc was inlined into function {function}: blocks that it resizes in place are shown with the size they had before."
        ));
    }
}

fn emmalloc(search: &Search<'_>) -> Option<Allocator> {
    let malloc = *structure::emmallocs(search).first()?;
    let evidence = "has emmalloc's size classes";
    let shape = match search.parameters(malloc) {
        1 => "s",
        _ => "as",
    };
    let mut members = vec![member(Part::Malloc, malloc, shape, evidence)];
    if let Some(free) = structure::emmalloc_frees(search).first().copied() {
        members.push(member(Part::Free, free, "p", evidence));
        if let Some(realloc) = structure::emmalloc_realloc(search, malloc, free) {
            let evidence = "has emmalloc's size classes, calls malloc and free";
            let shape = match search.parameters(realloc) {
                2 => "ps",
                _ => "pas",
            };
            members.push(member(Part::Realloc, realloc, shape, evidence));
        }
    }
    let mut allocator = Allocator::of(Kind::Emmalloc, members);
    rust::agree(search, &mut allocator);
    Some(allocator)
}

fn member(part: Part, function: u32, shape: &'static str, evidence: &str) -> Member {
    // Each shape above has what its part needs.
    let role = Shape(shape).role(part, 0).unwrap_or(Role::Allocate {
        size: Size::Parameter(0),
    });
    Member::by_structure(part, function, role, evidence)
}
