//! Allocators whose functions have names.

use unfreed_rewrite::allocator::{Certainty, Kind, Nothing, Part};
use unfreed_rewrite::role::{Role, Size};

use crate::support::{find, find_whole, parts};

const ALLOCATE: Role = Role::Allocate {
    size: Size::Parameter(0),
};
const FREE: Role = Role::Free { pointer: 0 };

/// A function of that name in the name section.
fn named(name: &str, signature: &str) -> String {
    let result = match signature.contains("result") {
        true => "unreachable",
        false => "",
    };
    format!("(func (@name \"{name}\") {signature} {result})\n")
}

const TO_POINTER: &str = "(param i32) (result i32)";
const FREES: &str = "(param i32)";

#[test]
fn dlmalloc_of_rust_in_each_spelling() {
    let spellings = [
        (
            "dlmalloc::dlmalloc::Dlmalloc::malloc::h0123456789abcdef",
            "dlmalloc::dlmalloc::Dlmalloc::free::h0123456789abcdef",
        ),
        (
            "dlmalloc::dlmalloc::Dlmalloc<A>::malloc::h0123456789abcdef",
            "dlmalloc::dlmalloc::Dlmalloc<A>::free::h0123456789abcdef",
        ),
        (
            "_ZN8dlmalloc8dlmalloc17Dlmalloc$LT$A$GT$6malloc17h0123456789abcdefE",
            "_ZN8dlmalloc8dlmalloc17Dlmalloc$LT$A$GT$4free17h0123456789abcdefE",
        ),
        (
            "<dlmalloc[ded49df2f18c63df]::dlmalloc::Dlmalloc<dlmalloc[ded49df2f18c63df]::sys::System>>::malloc",
            "<dlmalloc[ded49df2f18c63df]::dlmalloc::Dlmalloc<dlmalloc[ded49df2f18c63df]::sys::System>>::free",
        ),
        (
            "_RNvMs0_NtCs8C3hVlxSHX6_8dlmalloc8dlmallocINtB5_8DlmallocNtNtB7_3sys6SystemE6mallocCs1njKG4L9aB3_3std",
            "_RNvMs0_NtCs8C3hVlxSHX6_8dlmalloc8dlmallocINtB5_8DlmallocNtNtB7_3sys6SystemE4freeCs1njKG4L9aB3_3std",
        ),
    ];
    for (malloc, free) in spellings {
        let found = find(&(named(malloc, TO_POINTER) + &named(free, FREES)));
        assert_eq!(
            parts(&found),
            [(Part::Malloc, 0, ALLOCATE), (Part::Free, 1, FREE)]
        );
        let allocator = &found.allocators[0];
        assert_eq!(allocator.kind, Kind::RustDlmalloc);
        assert_eq!(allocator.certainty, Certainty::Certain);
    }
}

#[test]
fn a_self_pointer_comes_first() {
    let path = "dlmalloc::dlmalloc::Dlmalloc<A>";
    let found = find(
        &[
            named(&format!("{path}::malloc"), "(param i32 i32) (result i32)"),
            named(&format!("{path}::free"), "(param i32 i32)"),
            named(
                &format!("{path}::realloc"),
                "(param i32 i32 i32) (result i32)",
            ),
            named(
                &format!("{path}::memalign"),
                "(param i32 i32 i32) (result i32)",
            ),
        ]
        .concat(),
    );
    let size = Size::Parameter;
    let expected = [
        (Part::Malloc, 0, Role::Allocate { size: size(1) }),
        (Part::Free, 1, Role::Free { pointer: 1 }),
        (
            Part::Realloc,
            2,
            Role::Reallocate {
                pointer: 1,
                size: size(2),
            },
        ),
        (Part::Memalign, 3, Role::Allocate { size: size(2) }),
    ];
    assert_eq!(parts(&found), expected);
}

#[test]
fn a_name_without_its_signature_is_no_part() {
    let wrong = named("malloc", "(param f64) (result i32)") + &named("free", FREES);
    assert_eq!(find(&wrong).reason, Some(Nothing::Unknown));
    // Without its free all would look leaked.
    let half = named("malloc", TO_POINTER) + &named("free", "(param f64)");
    assert_eq!(find(&half).reason, Some(Nothing::Unknown));
}

#[test]
fn functions_of_c() {
    let found = find(
        &[
            named("malloc", TO_POINTER),
            named("free", FREES),
            named("realloc", "(param i32 i32) (result i32)"),
            named("calloc", "(param i32 i32) (result i32)"),
            named("aligned_alloc", "(param i32 i32) (result i32)"),
            named("posix_memalign", "(param i32 i32 i32) (result i32)"),
        ]
        .concat(),
    );
    let expected = [
        (Part::Malloc, 0, ALLOCATE),
        (Part::Free, 1, FREE),
        (
            Part::Realloc,
            2,
            Role::Reallocate {
                pointer: 0,
                size: Size::Parameter(1),
            },
        ),
        (
            Part::Calloc,
            3,
            Role::Allocate {
                size: Size::Product(0, 1),
            },
        ),
        (
            Part::Memalign,
            4,
            Role::Allocate {
                size: Size::Parameter(1),
            },
        ),
        (
            Part::PosixMemalign,
            5,
            Role::AllocateInto {
                out: 0,
                size: Size::Parameter(2),
            },
        ),
    ];
    assert_eq!(parts(&found), expected);
    assert_eq!(found.allocators[0].kind, Kind::C);
    assert_eq!(found.allocators[0].certainty, Certainty::Certain);
}

#[test]
fn the_lowest_layer_is_taken() {
    let wrapper = r#"
        (func $core (@name "dlmalloc") (param i32) (result i32) unreachable)
        (func $give (@name "dlfree") (param i32))
        (func (@name "malloc") (param i32) (result i32) (call $core (local.get 0)))
        (func (@name "free") (param i32) (call $give (local.get 0)))"#;
    let found = find(wrapper);
    assert_eq!(
        parts(&found),
        [(Part::Malloc, 0, ALLOCATE), (Part::Free, 1, FREE)]
    );
    assert_eq!(found.allocators[0].kind, Kind::Dlmalloc);
}

#[test]
fn other_allocators_of_c() {
    for (malloc, free, kind) in [
        ("emmalloc_malloc", "emmalloc_free", Kind::Emmalloc),
        ("mi_malloc", "mi_free", Kind::Mimalloc),
        (
            "emscripten_builtin_malloc",
            "emscripten_builtin_free",
            Kind::C,
        ),
    ] {
        let found = find(&(named(malloc, TO_POINTER) + &named(free, FREES)));
        assert_eq!(found.allocators[0].kind, kind);
        assert_eq!(parts(&found).len(), 2);
    }
}

#[test]
fn a_program_that_frees_nothing_links_no_free() {
    let found = find(&named("malloc", TO_POINTER));
    assert_eq!(parts(&found), [(Part::Malloc, 0, ALLOCATE)]);
    let stripped =
        find(r#"(func (@name "") (export "malloc") (param i32) (result i32) unreachable)"#);
    assert!(stripped.allocators.is_empty());
}

#[test]
fn dlmalloc_is_known_by_its_inner_functions() {
    let found = find(
        &(named("emscripten_builtin_malloc", TO_POINTER)
            + &named("emscripten_builtin_free", FREES)
            + &named("prepend_alloc", TO_POINTER)),
    );
    assert_eq!(found.allocators[0].kind, Kind::Dlmalloc);
}

#[test]
fn exports_alone_are_a_guess() {
    let found = find(
        r#"(func (@name "") (export "malloc") (param i32) (result i32) unreachable)
           (func (@name "") (export "free") (param i32))"#,
    );
    let allocator = &found.allocators[0];
    assert_eq!(
        (allocator.kind, allocator.certainty),
        (Kind::C, Certainty::Guess)
    );
    assert_eq!(allocator.notes.len(), 1);
}

#[test]
fn assembly_script_by_its_lowest_whole_layer() {
    let new = named("~lib/rt/itcms/__new", "(param i32 i32) (result i32)");
    let blocks = named("~lib/rt/tlsf/allocateBlock", "(param i32 i32) (result i32)")
        + &named("~lib/rt/tlsf/freeBlock", "(param i32 i32)");
    let heap = named("~lib/rt/tlsf/__alloc", TO_POINTER) + &named("~lib/rt/tlsf/__free", FREES);

    let found = find(&(new.clone() + &heap + &blocks));
    assert_eq!(
        parts(&found),
        [(Part::Malloc, 1, ALLOCATE), (Part::Free, 2, FREE)]
    );
    let found = find(&(new.clone() + &blocks));
    let size = Size::Parameter(1);
    assert_eq!(
        parts(&found),
        [
            (Part::Malloc, 1, Role::Allocate { size }),
            (Part::Free, 2, Role::Free { pointer: 1 })
        ]
    );
    // Its collector frees without a function that could be wrapped.
    let language = "AssemblyScript";
    assert_eq!(find(&new).reason, Some(Nothing::Collected { language }));
    // That never frees.
    let found = find(&named("~lib/rt/stub/__alloc", TO_POINTER));
    assert_eq!(parts(&found), [(Part::Malloc, 0, ALLOCATE)]);
    assert_eq!(found.allocators[0].notes.len(), 1);
}

#[test]
fn shims_of_rust_are_a_guess() {
    let found = find(
        &[
            named(
                "__rustc[0123456789abcdef]::__rust_alloc",
                "(param i32 i32) (result i32)",
            ),
            named(
                "_RNvCs1njKG4L9aB3_7___rustc14___rust_dealloc",
                "(param i32 i32 i32)",
            ),
            named("__rust_realloc", "(param i32 i32 i32 i32) (result i32)"),
        ]
        .concat(),
    );
    let realloc = Role::Reallocate {
        pointer: 0,
        size: Size::Parameter(3),
    };
    assert_eq!(
        parts(&found),
        [
            (Part::Malloc, 0, ALLOCATE),
            (Part::Free, 1, FREE),
            (Part::Realloc, 2, realloc)
        ]
    );
    let allocator = &found.allocators[0];
    assert_eq!(
        (allocator.kind, allocator.certainty),
        (Kind::Rust, Certainty::Guess)
    );
    assert_eq!(allocator.notes.len(), 1);
}

#[test]
fn methods_of_a_global_allocator_take_their_order_from_the_shim() {
    // (alignment, size), as the shim hands them on.
    let found = find(
        r#"(func $alloc (@name "<wee_alloc::WeeAlloc as core::alloc::global::GlobalAlloc>::alloc")
              (param i32 i32) (result i32) unreachable)
           (func (@name "<wee_alloc::WeeAlloc as core::alloc::global::GlobalAlloc>::dealloc")
              (param i32 i32 i32))
           (func (@name "__rg_alloc") (param i32 i32) (result i32)
              (call $alloc (local.get 1) (local.get 0)))"#,
    );
    let size = Size::Parameter(1);
    assert_eq!(
        parts(&found),
        [
            (Part::Malloc, 0, Role::Allocate { size }),
            (Part::Free, 1, FREE)
        ]
    );
    assert_eq!(found.allocators[0].kind, Kind::WeeAlloc);
}

#[test]
fn addresses_of_64_bits() {
    let found = find_whole(
        r#"(module (memory i64 1)
             (func (@name "malloc") (param i64) (result i64) unreachable)
             (func (@name "free") (param i64))
             (func (@name "posix_memalign") (param i64 i64 i64) (result i32) unreachable)
             (func (@name "realloc") (param i32 i32) (result i32) unreachable))"#,
    );
    let found: Vec<Part> = parts(&found).iter().map(|(part, ..)| *part).collect();
    assert_eq!(found, [Part::Malloc, Part::Free, Part::PosixMemalign]);
}

#[test]
fn a_memalign_whose_alignment_is_always_the_same() {
    let found = find(
        r#"(func (@name "emscripten_builtin_malloc") (param i32) (result i32) unreachable)
           (func (@name "emscripten_builtin_free") (param i32))
           (func (@name "internal_memalign") (param i32) (result i32) unreachable)"#,
    );
    let size = Size::Parameter(0);
    let memalign = (Part::Memalign, 2, Role::Allocate { size });
    assert!(parts(&found).contains(&memalign));
}

#[test]
fn modules_without_an_allocator_say_why() {
    let reason = |wat: &str| find_whole(wat).reason;
    assert_eq!(reason("(module)"), Some(Nothing::NoMemory));
    assert_eq!(reason("(module (memory 1))"), Some(Nothing::Unknown));
    let collected = |language| Some(Nothing::Collected { language });
    assert_eq!(
        reason(r#"(module (memory 1) (func (@name "runtime.mallocgc")))"#),
        collected("Go")
    );
    assert_eq!(
        reason(
            r#"(module (memory 1) (func (@name "runtime.alloc") (param i32 i32) (result i32) unreachable))"#
        ),
        collected("TinyGo")
    );
    assert_eq!(
        reason(
            r#"(module
                 (import "env" "malloc" (func (param i32) (result i32)))
                 (import "env" "free" (func (param i32)))
                 (import "env" "memory" (memory 1)))"#
        ),
        Some(Nothing::Imported)
    );
}
