//! The crate `dlmalloc`: its inner functions by name, or else by structure.

use crate::role::{Role, Size};

use super::names::Family;
use super::structure::{self, Dialect};
use super::{Allocator, Certainty, Kind, Member, Part, Search, exports, operands};

/// All heaps of the crate `dlmalloc` in a module. Most modules have one; a
/// crate that brings its own copy makes a second.
pub fn find(search: &Search<'_>) -> Vec<Allocator> {
    let named = parts(search, Part::Malloc);
    let mut mallocs: Vec<Member> = named.collect();
    for function in structure::rust_mallocs(search) {
        if !mallocs.iter().any(|one| one.hook.function == function) {
            mallocs.push(malloc_by_structure(search, function));
        }
    }
    let alone = mallocs.len() == 1;
    let heaps = mallocs.into_iter();
    heaps.map(|malloc| heap(search, malloc, alone)).collect()
}

/// The functions that are named as a part of it.
fn parts<'s>(search: &'s Search<'_>, part: Part) -> impl Iterator<Item = Member> + 's {
    let named = search.named.iter();
    let fitting = named.filter(move |one| one.family == Family::RustCore && one.part == part);
    fitting.map(Member::named)
}

fn malloc_by_structure(search: &Search<'_>, function: u32) -> Member {
    let last = search.parameters(function).saturating_sub(1) as u32;
    Member::by_structure(
        Part::Malloc,
        function,
        Role::Allocate {
            size: Size::Parameter(last),
        },
        "has dlmalloc's small-request test and largest request",
    )
}

fn heap(search: &Search<'_>, malloc: Member, alone: bool) -> Allocator {
    let core = malloc.hook.function;
    let has_self = search.parameters(core) == 2;
    let calls_core = |member: &Member| alone || search.scan.body(member.hook.function).calls(core);
    let mut members = vec![malloc];

    let realloc = parts(search, Part::Realloc)
        .find(calls_core)
        .or_else(|| realloc_by_structure(search, core, has_self))
        .or_else(|| shim_of_realloc(search, core));
    let calls_free = |member: &Member| {
        let realloc = realloc
            .as_ref()
            .map(|one| search.scan.body(one.hook.function));
        alone || realloc.is_some_and(|body| body.calls(member.hook.function))
    };
    let free = parts(search, Part::Free)
        .find(calls_free)
        .or_else(|| free_by_structure(search, core, realloc.as_ref()));
    let named_aligned: Vec<Member> = parts(search, Part::Memalign).filter(calls_core).collect();
    match named_aligned.is_empty() {
        true => members.extend(aligned_by_structure(search, core, realloc.as_ref())),
        false => members.extend(named_aligned),
    }
    members.extend(free);
    members.extend(realloc);
    let mut allocator = Allocator::of(Kind::RustDlmalloc, members);
    agree(search, &mut allocator);
    if allocator.function(Part::Realloc).is_none()
        && let Some(free) = allocator.function(Part::Free)
        && let Some(inlined) = structure::inlined_realloc(search, core, free, Dialect::Rust)
    {
        allocator.notes.push(format!(
            "realloc is inlined into function {inlined}: blocks that grow in place keep the size they began with."
        ));
    }
    allocator
}

/// Parts that call one another confirm one another.
pub fn agree(search: &Search<'_>, allocator: &mut Allocator) {
    let parts = [Part::Malloc, Part::Free, Part::Realloc].map(|part| allocator.function(part));
    let [Some(malloc), Some(free), Some(realloc)] = parts else {
        return;
    };
    let body = search.scan.body(realloc);
    if !body.calls(malloc) || !body.calls(free) {
        return;
    }
    for member in &mut allocator.members {
        member.certainty = member.certainty.max(Certainty::Likely);
    }
}

fn realloc_by_structure(search: &Search<'_>, malloc: u32, has_self: bool) -> Option<Member> {
    let function = structure::realloc(search, malloc, Dialect::Rust)?;
    let shim = search.named.iter().find(|one| {
        one.function == function && one.family == Family::Shim && one.part == Part::Realloc
    });
    if let Some(shim) = shim {
        return Some(Member::named(shim));
    }
    let parameters = search.parameters(function) as u32;
    // (pointer, size), (self, pointer, size), (pointer, old size, alignment,
    // size) or that with a self pointer.
    let pointer = u32::from(has_self && parameters != 4);
    let role = Role::Reallocate {
        pointer,
        size: Size::Parameter(parameters.saturating_sub(1)),
    };
    let evidence = "refuses what malloc refuses, calls malloc and free";
    Some(Member::by_structure(
        Part::Realloc,
        function,
        role,
        evidence,
    ))
}

/// The shim, where its body does not tell that realloc is inlined into it.
fn shim_of_realloc(search: &Search<'_>, malloc: u32) -> Option<Member> {
    let shim = search.named.iter().find(|one| {
        one.family == Family::Shim
            && one.part == Part::Realloc
            && search.scan.body(one.function).calls(malloc)
    });
    shim.map(Member::named)
}

fn free_by_structure(search: &Search<'_>, malloc: u32, realloc: Option<&Member>) -> Option<Member> {
    let last = search.parameters(malloc).saturating_sub(1) as u32;
    let role = Role::Free { pointer: last };
    let of_realloc =
        realloc.and_then(|realloc| structure::free(search, malloc, realloc.hook.function));
    if let Some(function) = of_realloc {
        let evidence = "called by realloc, takes sizes from chunk headers";
        return Some(Member::by_structure(Part::Free, function, role, evidence));
    }
    let frees = search
        .defined()
        .filter(|function| structure::is_free_of(search, *function, malloc))
        .filter(|function| exports::leading_to(search, Part::Free, *function).is_some());
    if let Some(function) = frees.max_by_key(|function| search.scan.callers(*function).len()) {
        let evidence = "takes sizes from chunk headers, behind the export that frees";
        return Some(Member::by_structure(Part::Free, function, role, evidence));
    }
    let aligned = structure::aligned(search, malloc, Dialect::Rust, 1);
    let function = structure::lone_rust_free(search, malloc, &aligned)?;
    let evidence = "takes sizes from chunk headers, shares functions with malloc";
    Some(Member::by_structure(Part::Free, function, role, evidence))
}

/// memalign, or the function that it was inlined into: hooked too, since it
/// hands out another address than the malloc inside it.
fn aligned_by_structure(search: &Search<'_>, malloc: u32, realloc: Option<&Member>) -> Vec<Member> {
    let is_other = |function: &u32| realloc.is_none_or(|one| one.hook.function != *function);
    let aligned = structure::aligned(search, malloc, Dialect::Rust, 1);
    let aligned = aligned.into_iter().filter(is_other);
    aligned
        .map(|function| {
            let role = Role::Allocate {
                size: Size::Parameter(size_parameter(search, function)),
            };
            let evidence = "refuses what malloc refuses, calls malloc";
            Member::by_structure(Part::Memalign, function, role, evidence)
        })
        .collect()
}

/// Which parameter of an aligned allocation is the size: dlmalloc rounds it up
/// with 11, and compares the alignment with 16, 8 or 9.
fn size_parameter(search: &Search<'_>, function: u32) -> u32 {
    let parameters = search.parameters(function) as u32;
    let last = parameters.saturating_sub(1);
    let pairs = operands::constants_with(search.module, function);
    let meets = |parameter: u32, constants: &[i32]| {
        let mut pairs = pairs.iter();
        pairs.any(|(one, constant)| *one == parameter && constants.contains(constant))
    };
    let rounded = (0..parameters).rev().find(|one| meets(*one, &[11]));
    let candidates = [last, last.saturating_sub(1)];
    let other = || {
        let mut candidates = candidates.into_iter();
        candidates.find(|one| !meets(*one, &[8, 9, 16]))
    };
    rounded.or_else(other).unwrap_or(last)
}
