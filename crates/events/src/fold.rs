//! Which frames only pass a request for memory on, and what allocations of a
//! stack are called.

use crate::stacks::{Frame, FrameKind};

/// What stands for a type or a function of which nothing is known.
pub(crate) const UNKNOWN: &str = "(unknown)";

/// What the blocks that a stack allocates are counted under: its innermost
/// function that is not a layer between a program and its allocator.
pub fn label(frames: &[Frame<'_>]) -> String {
    let owner = frames.iter().find(|frame| !is_folded(frame));
    match owner.or(frames.first()) {
        None => UNKNOWN.to_owned(),
        Some(frame) => match (frame.function, frame.wasm) {
            ("", Some(wasm)) => format!("{}!function {}", frame.module, wasm.function),
            ("", None) => frame.spelled(),
            (function, _) => function.to_owned(),
        },
    }
}

/// Whether a function only passes a request for memory on: those of allocators,
/// and of the collections of standard libraries.
pub fn is_folded(frame: &Frame<'_>) -> bool {
    const WHOLE: [&str; 20] = [
        "malloc",
        "calloc",
        "realloc",
        "memalign",
        "aligned_alloc",
        "posix_memalign",
        "dlmalloc",
        "dlcalloc",
        "dlrealloc",
        "dlmemalign",
        "internal_memalign",
        "prepend_alloc",
        "emmalloc_malloc",
        "emmalloc_memalign",
        "emscripten_builtin_malloc",
        "emscripten_builtin_realloc",
        "sbrk",
        "operator new(unsigned long)",
        "operator new[](unsigned long)",
        "operator new(unsigned int)",
    ];
    const PARTS: [&str; 21] = [
        "dlmalloc::",
        "__rust_alloc",
        "__rust_realloc",
        "__rdl_",
        "__rg_",
        "__wbindgen_malloc",
        "__wbindgen_realloc",
        "__wbindgen_export",
        "alloc::alloc::",
        "alloc::raw_vec::",
        "raw_vec::RawVec",
        "alloc::vec::spec_from",
        "alloc::vec::Vec<",
        "alloc::slice::",
        "alloc::sync::Arc<",
        "alloc::collections::",
        "alloc::string::String",
        "hashbrown::raw::",
        "exchange_malloc",
        "wee_alloc",
        "~lib/rt/",
    ];
    let name = frame.function;
    frame.kind == FrameKind::Wasm
        && (WHOLE.contains(&name)
            || PARTS.iter().any(|part| name.contains(part))
            || name.contains("spec_from_elem::SpecFromElem")
            || name.contains("spec_from_iter"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(function: &str) -> Frame<'_> {
        Frame {
            kind: FrameKind::Wasm,
            function,
            module: "a.wasm",
            place: None,
            wasm: None,
        }
    }

    #[test]
    fn a_label_is_the_first_function_that_does_not_pass_on() {
        let stack = [
            frame("dlmalloc::dlmalloc::Dlmalloc<A>::malloc"),
            frame("__rust_alloc"),
            frame("alloc::raw_vec::RawVec<T,A>::grow_one"),
            frame("kimchi::prove"),
        ];
        assert_eq!(label(&stack), "kimchi::prove");
        assert_eq!(
            label(&stack[..2]),
            "dlmalloc::dlmalloc::Dlmalloc<A>::malloc"
        );
        assert_eq!(label(&[]), "(unknown)");
    }
}
