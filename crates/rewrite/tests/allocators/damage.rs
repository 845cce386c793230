//! Bytes that are no module, or a damaged one.

use proptest::prelude::*;
use unfreed_rewrite::allocator;
use unfreed_rewrite::error::ModuleError;
use unfreed_rewrite::module::Module;
use unfreed_rewrite::scan::Scan;

use crate::support::bytes;

/// Something in each section.
const MODULE: &str = r#"(module $all
    (import "env" "log" (func $log (param i32)))
    (memory (export "memory") 1 4)
    (table 2 funcref) (elem (i32.const 0) $malloc $free)
    (global $top (mut i32) (i32.const 8))
    (global (ref null func) (ref.func $free))
    (func $malloc (export "malloc") (param i32) (result i32)
      (drop (memory.grow (i32.const 1)))
      (loop (br_if 0 (i32.eqz (local.get 0))))
      (drop (i32.const 245)) (drop (i32.const -65587))
      (drop (call_indirect (param i32) (result i32) (i32.const 1) (i32.const 0)))
      (global.get $top))
    (func $free (export "free") (param i32) (call $log (local.get 0)))
    (func $begin (drop (call $malloc (i32.const 1))))
    (start $begin)
    (data (i32.const 0) "data")
    (@producers (processed-by "rustc" "1.81"))
    (@custom "mine" "content"))"#;

/// Reads as far as it goes.
fn read(bytes: &[u8]) -> Result<usize, ModuleError> {
    let module = Module::parse(bytes)?;
    let scan = Scan::of(&module)?;
    Ok(allocator::find(&module, &scan).allocators.len())
}

#[test]
fn all_sections_are_read() {
    let bytes = bytes(MODULE);
    let module = Module::parse(&bytes).expect("a module");
    let scan = Scan::of(&module).expect("bodies");
    assert_eq!((module.functions.len(), module.imported_functions), (4, 1));
    assert_eq!(module.function_name(2), Some("free"));
    assert_eq!(module.addressed, [1, 2]);
    assert_eq!(module.start, Some(3));
    assert_eq!(module.producers[0].name, "rustc");
    assert_eq!(
        (module.memories[0].initial, module.memories[0].maximum),
        (1, Some(4))
    );
    assert_eq!(module.globals.len(), 2);
    assert_eq!(scan.growers().collect::<Vec<u32>>(), [1]);
    assert_eq!((scan.body(1).loops, scan.body(1).indirect_calls), (1, 1));
    assert!(scan.body(1).constants.has_all(&[245, -65587]));
    assert_eq!((scan.callers(1), scan.sites(1)), (&[3][..], 1));
    let body = module.functions[2].body.clone().expect("a body");
    assert_eq!(bytes[body.clone()].last(), Some(&0x0b));
}

#[test]
fn what_is_no_module_is_named() {
    let message = |bytes: &[u8]| read(bytes).expect_err("no module").to_string();
    assert_eq!(
        message(b"#!/bin/sh"),
        "is no WebAssembly: at offset 0 expected the bytes 00 61 73 6d (\\0asm), found 23 21 2f 62"
    );
    assert_eq!(
        message(b""),
        "is no WebAssembly: at offset 0 expected the bytes 00 61 73 6d (\\0asm), found the end"
    );
    let component = bytes("(component)");
    assert_eq!(read(&component), Err(ModuleError::Component));
    let cut = bytes(MODULE);
    let error = message(&cut[..cut.len() / 2]);
    assert!(error.starts_with("is damaged at offset 0x"), "{error}");
}

#[test]
fn a_damaged_name_section_costs_names_only() {
    let whole = bytes(r#"(module (memory 1) (func (@name "one")) (func (@name "two")))"#);
    let at = whole
        .windows(3)
        .position(|three| three == b"two")
        .expect("its name");
    let mut damaged = whole.clone();
    damaged[at - 1] = 200;
    let module = Module::parse(&damaged).expect("engines accept it");
    assert_eq!(module.function_name(0), Some("one"));
    assert_eq!(module.function_name(1), None);
    assert!(module.custom_sections[0].damaged);
}

#[test]
fn any_cut_is_survived() {
    let bytes = bytes(MODULE);
    for end in 0..bytes.len() {
        let _ = read(&bytes[..end]);
    }
}

proptest! {
    #[test]
    fn any_damage_is_survived(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = bytes(MODULE);
        for (place, value) in changes {
            let place = place.index(bytes.len());
            bytes[place] = value;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn any_bytes_are_survived(tail in proptest::collection::vec(any::<u8>(), 0..256)) {
        let bytes = [&b"\0asm\x01\0\0\0"[..], &tail].concat();
        let _ = read(&bytes);
    }
}
