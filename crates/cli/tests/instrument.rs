//! `unfreed instrument --check-with`: functions that look like an allocator's are
//! tried before they are wrapped.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A module with functions that look like those of dlmalloc of Rust, and do what
/// `malloc`, `free` and `realloc` say.
fn module(malloc: &str, free: &str, realloc: &str) -> Vec<u8> {
    let signs = |constants: &[i32]| -> String {
        let constants = constants.iter();
        constants
            .map(|constant| format!("(drop (i32.const {constant})) "))
            .collect()
    };
    let text = format!(
        "(module
          (import \"env\" \"unused\" (func $unused (param i32)))
          (memory 1)
          (global $free (mut i32) (i32.const 0))
          (global $top (mut i32) (i32.const 8192))
          (func $malloc (param i32) (result i32) (local $block i32) {} {malloc})
          (func $free (param i32) {} {} {free})
          (func $realloc (param i32 i32 i32 i32) (result i32) {}
            (drop (call $malloc (i32.const 8)))
            (call $free (i32.const 0))
            {realloc})
          (func $start (call $unused (i32.const 1)))
          (start $start))",
        signs(&[245, -65587]),
        signs(&[-8, 3, 256]),
        "nop ".repeat(300),
        signs(&[-65588, 11, -8]),
    );
    wat::parse_str(text).expect("a module")
}

/// Hands out blocks of 4,096 bytes and keeps those freed in a list.
const MALLOC: &str = "
  (if (global.get $free)
    (then
      (local.set $block (global.get $free))
      (global.set $free (i32.load (local.get $block))))
    (else
      (local.set $block (global.get $top))
      (global.set $top (i32.add (global.get $top) (i32.const 4096)))
      (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
        (then (drop (memory.grow (i32.const 1)))))))
  (local.get $block)";
const FREE: &str = "
  (if (local.get 0)
    (then
      (i32.store (local.get 0) (global.get $free))
      (global.set $free (local.get 0))))";
const REALLOC: &str = "(local.get 0)";

/// The facts that the command writes.
fn facts(module: &[u8]) -> Value {
    let folder = TempDir::new().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("in.wasm"), module).expect("a file");
    let mut command = Command::cargo_bin("unfreed").expect("the program");
    command
        .args(["instrument", "--quiet", "--check-with", "node"])
        .arg(path("in.wasm"))
        .arg("-o")
        .arg(path("out.wasm"))
        .arg("--facts")
        .arg(path("facts.json"))
        .assert()
        .success()
        .stdout("")
        .stderr("");
    let mut left: Vec<String> = files(folder.path());
    left.sort();
    assert_eq!(
        left,
        [
            "facts.json",
            "facts.map",
            "facts.original",
            "in.wasm",
            "out.wasm"
        ]
    );
    let facts = std::fs::read(path("facts.json")).expect("the facts");
    serde_json::from_slice(&facts).expect("JSON")
}

fn files(folder: &Path) -> Vec<String> {
    let files = std::fs::read_dir(folder).expect("a folder");
    files
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect()
}

#[test]
fn an_allocator_passes() {
    let facts = facts(&module(MALLOC, FREE, REALLOC));
    assert_eq!(facts["status"], "instrumented", "{facts}");
    let notes = facts["allocators"][0]["notes"].to_string();
    assert!(notes.contains("Tried on an instance of its own"), "{notes}");
}

#[test]
fn what_does_not_behave_like_one_is_refused() {
    let bump = "
      (local.set $block (global.get $top))
      (global.set $top (i32.add (global.get $top) (i32.const 4096)))
      (drop (memory.grow (i32.const 1)))
      (local.get $block)";
    // It writes into the block before.
    let careless = "
      (if (local.get 0)
        (then
          (i32.store (local.get 0) (global.get $free))
          (global.set $free (local.get 0))
          (i32.store (i32.sub (local.get 0) (i32.const 4092)) (i32.const 0x5a5a5a5a))))";
    for (malloc, free, realloc, reason) in [
        // A hash.
        (
            "(i32.or (i32.mul (local.get 0) (i32.const 0x7f4a7c18)) (i32.const 8))",
            FREE,
            REALLOC,
            "outside of the memory",
        ),
        (
            "(i32.const 4096)",
            "",
            REALLOC,
            "bytes of a block that was not freed",
        ),
        (bump, "", REALLOC, "what was freed is not handed out again"),
        (
            MALLOC,
            FREE,
            "(call $malloc (i32.const 8))",
            "did not keep the content",
        ),
        (
            MALLOC,
            careless,
            REALLOC,
            "a block changed while it was live",
        ),
    ] {
        let facts = facts(&module(malloc, free, realloc));
        assert_eq!(facts["status"], "pages", "{facts}");
        let said = facts["reason"].as_str().expect("a reason");
        assert!(said.contains(reason), "{said}");
        assert!(said.contains("--allocator"), "{said}");
        assert!(said.contains("malloc 1, free 2, realloc 3"), "{said}");
    }
}

#[test]
fn what_cannot_be_tried_is_kept() {
    for (malloc, reason) in [
        (
            "(call $unused (i32.const 1)) (i32.const 8)",
            "malloc ended with",
        ),
        ("(i32.const 0)", "malloc gave no block of 40 bytes"),
    ] {
        let facts = facts(&module(malloc, FREE, REALLOC));
        assert_eq!(facts["status"], "instrumented", "{facts}");
        let notes = facts["allocators"][0]["notes"].to_string();
        assert!(
            notes.contains("Not tried: ") && notes.contains(reason),
            "{notes}"
        );
    }
}
