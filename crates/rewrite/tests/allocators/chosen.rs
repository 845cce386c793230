//! Allocators that the user names.

use unfreed_rewrite::allocator::{Allocator, ChoiceError, Part, choose};
use unfreed_rewrite::module::Module;
use unfreed_rewrite::role::{Role, Size};

use crate::support::bytes;

const MODULE: &str = r#"(module
    (import "env" "grow" (func (param i32) (result i32)))
    (memory 1)
    (func (export "get") (param i32) (result i32) unreachable)
    (func (@name "app::give") (param i32))
    (func (@name "sized_get") (param i32 i32) (result i32) unreachable)
    (func (@name "sized_give") (param i32 i32 i32))
    (func (@name "sized_change") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (@name "self_give") (param i32 i32))
    (func (@name "twin")) (func $other (@name "twin")))"#;

fn chosen(choices: &[&str]) -> Result<Allocator, ChoiceError> {
    let bytes = bytes(MODULE);
    let module = Module::parse(&bytes).expect("a module");
    choose(&module, choices.iter().copied())
}

fn roles(choices: &[&str]) -> Vec<(u32, Role)> {
    let allocator = chosen(choices).expect("an allocator");
    let hooks = allocator.hooks();
    hooks.map(|hook| (hook.function, hook.role)).collect()
}

#[test]
fn by_export_by_symbol_and_by_index() {
    let expected = [
        (
            1,
            Role::Allocate {
                size: Size::Parameter(0),
            },
        ),
        (2, Role::Free { pointer: 0 }),
    ];
    assert_eq!(roles(&["malloc=get", "free=app::give"]), expected);
    assert_eq!(roles(&["free=2", "malloc=1"]), expected);
}

#[test]
fn parameters_follow_from_the_signatures() {
    let size = Size::Parameter;
    assert_eq!(
        roles(&[
            "malloc=sized_get",
            "free=sized_give",
            "realloc=sized_change"
        ]),
        [
            (3, Role::Allocate { size: size(0) }),
            (4, Role::Free { pointer: 0 }),
            (
                5,
                Role::Reallocate {
                    pointer: 0,
                    size: size(3)
                }
            ),
        ]
    );
    assert_eq!(
        roles(&["malloc=sized_get", "free=self_give"]),
        [
            (3, Role::Allocate { size: size(1) }),
            (6, Role::Free { pointer: 1 }),
        ]
    );
}

#[test]
fn wrong_choices_say_what_is_wrong() {
    let wrong = |choices: &[&str]| chosen(choices).expect_err("wrong").to_string();
    for (choices, message) in [
        (
            &["malloc"][..],
            "\"malloc\" is not PART=FUNCTION, such as malloc=my_alloc or free=236",
        ),
        (
            &["maloc=get"],
            "\"maloc\" is no part of an allocator; expected malloc, free, realloc, calloc, memalign or posix_memalign",
        ),
        (
            &["malloc=none"],
            "the module has no function \"none\": no export, no symbol and no index below 9",
        ),
        (
            &["malloc=99"],
            "the module has no function \"99\": no export, no symbol and no index below 9",
        ),
        (
            &["malloc=twin"],
            "[7, 8] are all named \"twin\"; give the index of one",
        ),
        (
            &["malloc=0"],
            "function 0 is imported; only functions of the module can be wrapped",
        ),
        (&["malloc=1", "free=1"], "function 1 is named twice"),
        (
            &["malloc=1"],
            "no free is named; a malloc and a free are needed",
        ),
        (
            &["malloc=2", "free=1"],
            "function 2 cannot be malloc: expected (size) -> pointer, (self, size) or (size, alignment), found (i32) -> ()",
        ),
    ] {
        assert_eq!(wrong(choices), message);
    }
    let missing = Part::Malloc;
    assert_eq!(chosen(&[]).err(), Some(ChoiceError::Missing { missing }));
}
