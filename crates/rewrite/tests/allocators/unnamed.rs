//! Allocators without names, by what their functions look like.

use unfreed_rewrite::allocator::{Certainty, Found, Kind, Part};
use unfreed_rewrite::role::{Role, Size};

use crate::support::{Body, find, parts};

const MALLOC: Body<'_> = Body {
    parameters: 1,
    result: true,
    constants: &[245, -65587],
    calls: &[],
    loops: 0,
    nops: 0,
};

const FREE: Body<'_> = Body {
    parameters: 1,
    result: false,
    constants: &[-8, 3, 256],
    calls: &[],
    loops: 0,
    nops: 300,
};

const REALLOC: Body<'_> = Body {
    parameters: 4,
    result: true,
    constants: &[-65588, 11, -8],
    calls: &[("malloc", 1, true), ("free", 1, false)],
    loops: 0,
    nops: 0,
};

const DISPOSE: Body<'_> = Body {
    parameters: 2,
    result: false,
    constants: &[],
    calls: &[],
    loops: 0,
    nops: 0,
};

const MEMALIGN: Body<'_> = Body {
    parameters: 2,
    result: true,
    constants: &[-65587, 11, -8, 3, 16],
    calls: &[
        ("malloc", 1, true),
        ("dispose", 2, false),
        ("dispose", 2, false),
    ],
    loops: 0,
    nops: 0,
};

fn functions(found: &Found) -> Vec<(Part, u32)> {
    let parts = parts(found);
    parts.iter().map(|(part, at, _)| (*part, *at)).collect()
}

fn dlmalloc_of_rust() -> String {
    [
        MALLOC.named("malloc"),
        FREE.named("free"),
        REALLOC.named("realloc"),
        DISPOSE.named("dispose"),
        MEMALIGN.named("memalign"),
    ]
    .concat()
}

#[test]
fn dlmalloc_of_rust_with_all_parts() {
    let found = find(&dlmalloc_of_rust());
    let size = Size::Parameter;
    let realloc = Role::Reallocate {
        pointer: 0,
        size: size(3),
    };
    assert_eq!(
        parts(&found),
        [
            (Part::Malloc, 0, Role::Allocate { size: size(0) }),
            (Part::Free, 1, Role::Free { pointer: 0 }),
            (Part::Realloc, 2, realloc),
            (Part::Memalign, 4, Role::Allocate { size: size(1) }),
        ]
    );
    let allocator = &found.allocators[0];
    assert_eq!(allocator.kind, Kind::RustDlmalloc);
    // Its parts call one another.
    assert_eq!(allocator.certainty, Certainty::Likely);
}

#[test]
fn each_sign_is_needed() {
    let without = |constants| {
        let malloc = Body {
            constants,
            ..MALLOC
        };
        find(&dlmalloc_of_rust().replace(&MALLOC.named("malloc"), &malloc.named("malloc")))
    };
    assert!(without(&[245]).allocators.is_empty());
    assert!(without(&[-65587]).allocators.is_empty());
    assert_eq!(without(&[245, -65544]).allocators.len(), 1);
    // Nothing calls it.
    assert!(
        find(&(MALLOC.named("malloc") + &FREE.named("free")))
            .allocators
            .is_empty()
    );
    // A memalign that gives nothing back is none.
    let other = Body {
        calls: &[("malloc", 1, true)],
        ..MEMALIGN
    };
    let found = find(&dlmalloc_of_rust().replace(&MEMALIGN.named("memalign"), &other.named("x")));
    assert_eq!(functions(&found).len(), 3);
    // A large function that happens to refuse, to mask and to free is no realloc.
    let other = Body {
        nops: 5000,
        ..REALLOC
    };
    let found = find(&dlmalloc_of_rust().replace(&REALLOC.named("realloc"), &other.named("x")));
    assert!(
        !functions(&found)
            .iter()
            .any(|(part, _)| *part == Part::Realloc)
    );
}

#[test]
fn dlmalloc_of_rust_built_for_small_size() {
    let small = &[-65536, -9, 8, 16, 20];
    let malloc = Body {
        constants: &[245, -65536, -9, 8, 16, 20],
        ..MALLOC
    };
    let realloc = Body {
        constants: &[-65536, -9, 8, 16, 20, -8],
        ..REALLOC
    };
    let memalign = Body {
        constants: small,
        ..MEMALIGN
    };
    let found = find(
        &[
            malloc.named("malloc"),
            FREE.named("free"),
            realloc.named("realloc"),
            DISPOSE.named("dispose"),
            memalign.named("memalign"),
        ]
        .concat(),
    );
    let expected = [
        (Part::Malloc, 0),
        (Part::Free, 1),
        (Part::Realloc, 2),
        (Part::Memalign, 4),
    ];
    assert_eq!(functions(&found), expected);
}

#[test]
fn the_shim_that_memalign_was_inlined_into_takes_the_size_first() {
    // It compares the alignment with 9 and rounds up the size with 11.
    let shim = r#"(func (@name "") (param i32 i32) (result i32)
        (drop (i32.lt_u (local.get 1) (i32.const 9)))
        (drop (i32.add (local.get 0) (i32.const 11)))
        (drop (i32.const -65587)) (drop (i32.const -8)) (drop (i32.const 3)) (drop (i32.const 16))
        (call $dispose (i32.const 0) (i32.const 0)) (call $dispose (i32.const 0) (i32.const 0))
        (call $malloc (local.get 0)))"#;
    let found = find(&dlmalloc_of_rust().replace(&MEMALIGN.named("memalign"), shim));
    let size = Size::Parameter(0);
    assert_eq!(
        parts(&found)[3],
        (Part::Memalign, 4, Role::Allocate { size })
    );
}

#[test]
fn exports_tell_which_of_two_heaps_comes_first() {
    let second = dlmalloc_of_rust();
    let first = ["malloc", "free", "realloc", "dispose", "memalign"]
        .iter()
        .fold(second.clone(), |text, name| {
            text.replace(&format!("${name}"), &format!("$x{name}"))
        });
    let export = r#"(func (@name "") (export "__wbindgen_export2") (param i32 i32) (result i32)
        (call $malloc (local.get 0)))"#;
    let found = find(&(first + &second + export));
    assert_eq!(found.allocators.len(), 2);
    assert_eq!(found.allocators[0].function(Part::Malloc), Some(5));
    assert_eq!(found.allocators[0].function(Part::Free), Some(6));
    assert_eq!(found.allocators[1].function(Part::Malloc), Some(0));
    assert!(
        found.allocators[0].members[0]
            .evidence
            .contains("__wbindgen_export2")
    );
}

#[test]
fn a_free_without_a_realloc_shares_functions_with_malloc() {
    let malloc = Body {
        calls: &[("unlink", 2, false)],
        ..MALLOC
    };
    let free = Body {
        calls: &[("unlink", 2, false)],
        ..FREE
    };
    let caller = Body {
        calls: &[("malloc", 1, true), ("free", 1, false), ("other", 1, false)],
        ..Body::default()
    };
    let found = find(
        &[
            malloc.named("malloc"),
            FREE.named("other"),
            free.named("free"),
            DISPOSE.named("unlink"),
            caller.named("caller"),
        ]
        .concat(),
    );
    assert_eq!(functions(&found), [(Part::Malloc, 0), (Part::Free, 2)]);
    assert_eq!(found.allocators[0].certainty, Certainty::Guess);
}

const C_MALLOC: Body<'_> = Body {
    parameters: 1,
    result: true,
    constants: &[-65, 11, 244],
    calls: &[],
    loops: 6,
    nops: 1500,
};

#[test]
fn dlmalloc_of_c_with_a_realloc() {
    let realloc = Body {
        parameters: 2,
        constants: &[-64, 11, -8],
        ..REALLOC
    };
    let memalign = Body {
        constants: &[-64, 11, -8, 3, 16],
        ..MEMALIGN
    };
    let posix = Body {
        parameters: 3,
        ..memalign
    };
    let whole = [
        C_MALLOC.named("malloc"),
        FREE.named("free"),
        realloc.named("realloc"),
        DISPOSE.named("dispose"),
        memalign.named("memalign"),
        posix.named("posix"),
    ]
    .concat();
    let malloc_of = |size: &str| whole.replacen("(call $malloc (i32.const 0))", size, 1);
    let found = find(&malloc_of("(call $malloc (local.get 1))"));
    assert_eq!(
        functions(&found),
        [
            (Part::Malloc, 0),
            (Part::Free, 1),
            (Part::Realloc, 2),
            (Part::Memalign, 4),
            (Part::PosixMemalign, 5)
        ]
    );
    assert_eq!(found.allocators[0].kind, Kind::Dlmalloc);
    // One that puts a header before each block, as sqlite3MemRealloc does with
    // realloc inlined: its pointers are not those of malloc.
    let found = find(&malloc_of(
        "(call $malloc (i32.add (local.get 1) (i32.const 8)))",
    ));
    let mut parts = functions(&found).into_iter();
    assert!(!parts.any(|(part, _)| part == Part::Realloc));
}

#[test]
fn dlmalloc_of_c_without_a_realloc() {
    let free = Body {
        constants: &[-8, -2, 3, 31, 62, 255],
        loops: 3,
        nops: 1000,
        ..FREE
    };
    let caller = Body {
        calls: &[("malloc", 1, true), ("free", 1, false)],
        ..Body::default()
    };
    let whole = [
        C_MALLOC.named("malloc"),
        free.named("free"),
        caller.named("caller"),
    ]
    .concat();
    let found = find(&whole);
    assert_eq!(functions(&found), [(Part::Malloc, 0), (Part::Free, 1)]);
    assert_eq!(found.allocators[0].certainty, Certainty::Guess);
    // A minified export of the function itself is a second sign.
    let exported = whole + r#"(export "v" (func $malloc)) (export "w" (func $free))"#;
    assert_eq!(find(&exported).allocators[0].certainty, Certainty::Likely);
    // Without its free all blocks would look leaked.
    let half = [
        C_MALLOC.named("malloc"),
        Body {
            calls: &[("malloc", 1, true)],
            ..Body::default()
        }
        .named("x"),
    ];
    assert!(find(&half.concat()).allocators.is_empty());
}

#[test]
fn emmalloc_by_its_size_classes() {
    let malloc = Body {
        constants: &[30, 63, 71, 99, 110, 127, -57],
        ..MALLOC
    };
    let free = Body {
        constants: &[-2, 30, 63, 71, 110, 127],
        ..FREE
    };
    let realloc = Body {
        parameters: 2,
        constants: &[-2, 30, 63, 71, 110, 127],
        ..REALLOC
    };
    let whole = [
        malloc.named("malloc"),
        free.named("free"),
        realloc.named("realloc"),
    ];
    let found = find(&whole.concat());
    assert_eq!(
        functions(&found),
        [(Part::Malloc, 0), (Part::Free, 1), (Part::Realloc, 2)]
    );
    assert_eq!(found.allocators[0].kind, Kind::Emmalloc);
}

#[test]
fn wee_alloc_only_where_exports_agree() {
    let refill = Body {
        parameters: 6,
        result: true,
        ..Body::default()
    };
    let give = Body {
        parameters: 4,
        ..Body::default()
    };
    let dealloc = Body {
        parameters: 3,
        constants: &[2, 3, 256],
        calls: &[("give", 4, false), ("give", 4, false)],
        ..Body::default()
    };
    let call = "(call $refill (i32.const 2) (i32.const 256) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))";
    let alloc = format!(
        r#"(func $alloc (@name "") (param i32 i32) (result i32)
             (drop (i32.add (local.get 1) (i32.const 3))) (drop {call}) {call})"#
    );
    let wrappers = r#"
        (func (@name "") NAME1 (param i32 i32) (result i32) (call $alloc (local.get 1) (local.get 0)))
        (func (@name "") NAME2 (param i32 i32 i32) (call $dealloc (local.get 0) (local.get 2) (local.get 1)))"#;
    let module = |malloc: &str, free: &str| {
        let wrappers = wrappers.replace("NAME1", malloc).replace("NAME2", free);
        find(
            &[
                refill.named("refill"),
                give.named("give"),
                alloc.clone(),
                dealloc.named("dealloc"),
                wrappers,
            ]
            .concat(),
        )
    };
    assert!(module("", "").allocators.is_empty());
    let found = module(
        r#"(export "__wbindgen_malloc")"#,
        r#"(export "__wbindgen_free")"#,
    );
    let size = Size::Parameter(1);
    assert_eq!(
        parts(&found),
        [
            (Part::Malloc, 2, Role::Allocate { size }),
            (Part::Free, 3, Role::Free { pointer: 0 })
        ]
    );
    assert_eq!(found.allocators[0].kind, Kind::WeeAlloc);
}

#[test]
fn the_boundary_is_the_last_resort() {
    let exports = r#"
        (func (@name "") (export "__wbindgen_export_0") (param i32 i32) (result i32) unreachable)
        (func (@name "") (export "__wbindgen_export_1") (param i32 i32 i32 i32) (result i32) unreachable)
        (func $closure (@name "") (export "__wbindgen_export_2") (param i32 i32 i32))
        (func (@name "") (export "__wbindgen_export_3") (param i32 i32 i32))
        (table 1 funcref) (elem (i32.const 0) $closure)"#;
    let found = find(exports);
    let realloc = Role::Reallocate {
        pointer: 0,
        size: Size::Parameter(2),
    };
    assert_eq!(
        parts(&found)[1..],
        [
            (Part::Free, 3, Role::Free { pointer: 0 }),
            (Part::Realloc, 1, realloc),
        ]
    );
    let allocator = &found.allocators[0];
    assert_eq!(
        (allocator.kind, allocator.certainty),
        (Kind::Rust, Certainty::Guess)
    );
    assert!(allocator.notes[0].contains("Only what JavaScript"));
}
