//! Compares what was found with the exports, and says how sure it is.

use super::{Allocator, Certainty, Kind, Part, Search, exports};

/// Leaves out heaps whose free was not found: all of their blocks would look
/// leaked. That is only right for those that never free.
pub fn drop_halves(search: &Search<'_>, allocators: &mut Vec<Allocator>) {
    let mut dropped = Vec::new();
    allocators.retain(|allocator| {
        let is_whole = allocator.function(Part::Free).is_some() || never_frees(search, allocator);
        if !is_whole {
            dropped.extend(allocator.function(Part::Malloc));
        }
        is_whole
    });
    if let Some(first) = allocators.first_mut() {
        for malloc in dropped {
            first.notes.push(format!(
                "There is another heap, with its malloc in function {malloc}; its free was not found, so it is not recorded."
            ));
        }
    }
}

/// Whether nothing of a module gives its blocks back: there is no such function in
/// AssemblyScript's stub, and programs of C that do not call it do not link it,
/// which names tell.
pub fn never_frees(search: &Search<'_>, allocator: &Allocator) -> bool {
    let of_c = matches!(
        allocator.kind,
        Kind::C | Kind::Dlmalloc | Kind::Emmalloc | Kind::Mimalloc
    );
    let malloc = allocator.function(Part::Malloc);
    let is_malloc = |function: u32| malloc == Some(function);
    let mut named = search.named.iter();
    let is_named = named.any(|one| is_malloc(one.function) && !one.exported);
    let mut names = search.module.functions.iter().filter_map(|one| one.name);
    let has_free = names.any(|name| name.ends_with("free"));
    allocator.kind == Kind::AssemblyScript || (of_c && is_named && !has_free)
}

/// Raises the certainty of members that exports lead to, then sets that of the
/// allocator and its notes.
pub fn confirm(search: &Search<'_>, allocator: &mut Allocator) {
    // Of an unknown make nothing is known but its exports.
    let is_known = !matches!(allocator.kind, Kind::C | Kind::Rust);
    for member in &mut allocator.members {
        if member.certainty == Certainty::Certain || !is_known {
            continue;
        }
        if let Some(name) = way_in(search, member.part, member.hook.function) {
            member.evidence = format!("{}; export {name} leads to it", member.evidence);
            member.certainty = Certainty::Likely;
        }
    }
    let certainty = |part: Part| {
        let members = allocator.members.iter();
        let of_part = members.filter(move |member| member.part == part);
        of_part.map(|member| member.certainty).min()
    };
    let malloc = certainty(Part::Malloc).unwrap_or(Certainty::Guess);
    let free = match never_frees(search, allocator) {
        true => Certainty::Certain,
        false => certainty(Part::Free).unwrap_or(Certainty::Guess),
    };
    let realloc = certainty(Part::Realloc).unwrap_or(Certainty::Certain);
    allocator.certainty = malloc.min(free).min(realloc);
}

/// The export through which a function is entered from outside.
fn way_in(search: &Search<'_>, part: Part, function: u32) -> Option<String> {
    let mut exports = search.module.exported_functions();
    let itself = exports.find(|export| export.index == function);
    let itself = itself.map(|export| export.name);
    let name = itself.or_else(|| exports::leading_to(search, part, function).map(|one| one.name));
    name.map(super::names::readable)
}

/// What allocators are ordered by: whether an export leads to it, then from how
/// many functions it is called.
pub fn weight(search: &Search<'_>, allocator: &Allocator) -> (bool, usize) {
    let Some(malloc) = allocator.function(Part::Malloc) else {
        return (false, 0);
    };
    let is_entered = exports::leading_to(search, Part::Malloc, malloc).is_some();
    (is_entered, search.scan.callers(malloc).len())
}
