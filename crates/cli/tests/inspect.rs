//! `unfreed inspect` as its users run it: a file in, a screen or JSON and an
//! exit code out.

use std::fs;
use std::process::Output;

use insta::Settings;
use tempfile::TempDir;

/// A module with names, whose allocator is in the lowest layer.
const NAMED: &str = r#"(module
    (import "env" "now" (func $now (result f64)))
    (memory (export "memory") 17 256)
    (func $malloc (@name "_ZN8dlmalloc8dlmalloc17Dlmalloc$LT$A$GT$6malloc17h0123456789abcdefE")
      (param i32) (result i32) (memory.grow (i32.const 1)))
    (func $free (@name "_ZN8dlmalloc8dlmalloc17Dlmalloc$LT$A$GT$4free17h0123456789abcdefE") (param i32))
    (func $realloc (@name "__rust_realloc") (param i32 i32 i32 i32) (result i32)
      (drop (i32.const -65587)) (drop (i32.const 11)) (drop (i32.const -8))
      (call $free (local.get 0))
      (call $malloc (i32.extend8_s (local.get 3))))
    (func (export "__wbindgen_malloc") (param i32 i32) (result i32) (call $malloc (local.get 0)))
    (@producers (language "Rust" "") (processed-by "rustc" "1.81.0") (processed-by "walrus" "0.20"))
    (@custom "esc\1b[1m" "hostile"))"#;

/// A module whose allocator is not known.
const UNKNOWN: &str = r#"(module (memory 1) (func (export "take") (param i32) (result i32) unreachable)
    (func (export "give") (param i32)))"#;

struct Run {
    code: Option<i32>,
    stdout: String,
    stderr: String,
}

/// Runs `unfreed inspect` on a file `app.wasm` with those bytes.
fn inspect(bytes: &[u8], options: &[&str]) -> Run {
    let folder = TempDir::new().expect("a folder");
    fs::write(folder.path().join("app.wasm"), bytes).expect("a file");
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("unfreed");
    command.current_dir(folder.path());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    let output = command.args(["inspect", "app.wasm"]).args(options).output();
    let Output {
        status,
        stdout,
        stderr,
    } = output.expect("it runs");
    Run {
        code: status.code(),
        stdout: String::from_utf8(stdout).expect("text"),
        stderr: String::from_utf8(stderr).expect("text"),
    }
}

fn inspect_text(wat: &str, options: &[&str]) -> Run {
    inspect(&wat::parse_str(wat).expect("a module"), options)
}

fn assert_golden(name: &str, run: &Run) {
    assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""));
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, run.stdout));
}

#[test]
fn screens() {
    assert_golden("inspect-named.txt", &inspect_text(NAMED, &[]));
    assert_golden("inspect-unknown.txt", &inspect_text(UNKNOWN, &[]));
    let chosen = ["--allocator", "malloc=take", "--allocator", "free=1"];
    assert_golden("inspect-chosen.txt", &inspect_text(UNKNOWN, &chosen));
}

#[test]
fn json() {
    assert_golden("inspect-named.json", &inspect_text(NAMED, &["--json"]));
    assert_golden("inspect-unknown.json", &inspect_text(UNKNOWN, &["--json"]));
}

#[test]
fn what_is_no_module_has_its_own_exit_code() {
    let run = inspect(b"#!/bin/sh\n", &[]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(3), ""));
    assert_eq!(
        run.stderr,
        "unfreed: app.wasm is no WebAssembly: at offset 0 expected the bytes 00 61 73 6d (\\0asm), found 23 21 2f 62\n"
    );
    let run = inspect_text("(component)", &[]);
    assert_eq!(run.code, Some(3));
    assert!(run.stderr.contains("is a component; "), "{}", run.stderr);
}

#[test]
fn wrong_use() {
    let run = inspect_text(UNKNOWN, &["--allocator", "malloc=none"]);
    assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
    assert_eq!(
        run.stderr,
        "unfreed: --allocator: the module has no function \"none\": no export, no symbol and no index below 2\n"
    );
    let run = inspect_text(UNKNOWN, &["other.wasm"]);
    assert_eq!(run.code, Some(2));
}
