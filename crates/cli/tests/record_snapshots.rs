//! `unfreed record --snapshot`: when memories are copied, and which.

use std::fs;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// What an allocator must have, and a word that says how often it was called.
const MODULE: &str = r#"(module
  (memory (export "memory") 1 2)
  (global $top (mut i32) (i32.const 8192))
  (func $malloc (export "malloc") (param $size i32) (result i32)
    (local $block i32)
    (local.set $block (global.get $top))
    (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get $size)) (i32.const 15)) (i32.const -16)))
    (local.get $block))
  (func $free (export "free") (param $block i32))
  (func (export "leak") (drop (call $malloc (i32.const 64)))))"#;

/// What all programs begin with.
const BEGIN: &str = r"
const { readFileSync } = require('node:fs');
const { Worker, isMainThread } = require('node:worker_threads');
const module_ = new WebAssembly.Module(readFileSync(`${__dirname}/module.wasm`));
const wasm = new WebAssembly.Instance(module_, {}).exports;
wasm.leak();
globalThis.unfreed?.mark('one');
wasm.leak();
globalThis.unfreed?.mark('two');
";

struct Run {
    folder: TempDir,
    output: Output,
}

impl Run {
    fn of(program: &str, options: &[&str]) -> Run {
        let folder = tempfile::tempdir().expect("a folder");
        let module = wat::parse_str(MODULE).expect("a module");
        fs::write(folder.path().join("module.wasm"), module).expect("written");
        fs::write(folder.path().join("app.cjs"), format!("{BEGIN}{program}")).expect("written");
        let mut command = Command::cargo_bin("unfreed").expect("the program");
        let output = command
            .args(["record", "-o", "app.unfreed"])
            .args(options)
            .args(["--", "node", "app.cjs"])
            .env("XDG_CACHE_HOME", folder.path().join("cache"))
            .current_dir(folder.path())
            .output();
        let output = output.expect("it runs");
        Run { folder, output }
    }

    fn account(&self) -> Value {
        let mut command = Command::cargo_bin("unfreed").expect("the program");
        command
            .args(["account", "--format", "json", "app.unfreed"])
            .env("XDG_CACHE_HOME", self.folder.path().join("cache"))
            .current_dir(self.folder.path());
        let output = command.output().expect("it runs");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// Reason, mark, events before and memory of each snapshot.
    fn snapshots(&self) -> Vec<String> {
        let account = self.account();
        let snapshots = account["snapshots"].as_array().expect("a list").iter();
        let said = snapshots.map(|snapshot| {
            assert_eq!(snapshot["result"], "not_modelled");
            assert_eq!(snapshot["size"], 65536);
            format!(
                "{} {} {} {}",
                snapshot["reason"].as_str().expect("a reason"),
                snapshot["mark"].as_str().unwrap_or("-"),
                snapshot["memory"].as_str().expect("a memory"),
                allocations_before(&account, snapshot),
            )
        });
        said.collect()
    }
}

/// How many of the marks stand before a snapshot.
fn allocations_before(account: &Value, snapshot: &Value) -> usize {
    let event = snapshot["event"].as_u64().expect("a number");
    let marks = account["marks"].as_array().expect("marks").iter();
    let before = marks.filter(|mark| mark["event"].as_u64().is_some_and(|at| at <= event));
    before.count()
}

#[test]
fn nothing_is_copied_unless_asked_for() {
    let run = Run::of("", &[]);
    assert!(run.snapshots().is_empty());
}

#[test]
fn marks_are_followed_by_snapshots() {
    let run = Run::of("", &["--snapshot", "mark"]);
    assert_eq!(
        run.snapshots(),
        ["mark one memory-0 1", "mark two memory-0 2"]
    );
    let run = Run::of("", &["--snapshot", "mark:two", "--snapshot", "end"]);
    assert_eq!(run.snapshots(), ["mark two memory-0 2", "end - memory-0 2"]);
}

#[test]
fn a_mark_that_never_comes_is_said() {
    let run = Run::of("", &["--snapshot", "mark:three"]);
    assert!(run.snapshots().is_empty());
    let said = String::from_utf8_lossy(&run.output.stderr);
    assert!(said.contains("no snapshot was taken"), "{said}");
}

#[test]
fn however_the_program_ends() {
    for (program, code) in [
        ("", 0),
        ("process.exit(3)", 3),
        ("process.on('exit', () => process.exit(4))", 4),
        ("throw new Error('not caught')", 1),
        ("Promise.reject(new Error('not handled'))", 1),
    ] {
        let run = Run::of(program, &["--snapshot", "end"]);
        assert_eq!(run.output.status.code(), Some(code), "{program}");
        assert_eq!(run.snapshots(), ["end - memory-0 2"], "{program}");
    }
}

#[test]
fn a_signal_asks_for_one() {
    let program = "process.kill(process.pid, 'SIGUSR2'); setTimeout(() => {}, 300);";
    let run = Run::of(program, &["--snapshot", "signal"]);
    assert_eq!(run.output.status.code(), Some(0));
    assert_eq!(run.snapshots(), ["signal - memory-0 2"]);
}

#[test]
fn a_worker_copies_what_it_alone_has() {
    // The marks of both are in no order.
    let program = "if (isMainThread) new Worker(__filename).on('exit', () => process.exit(0));";
    let run = Run::of(program, &["--snapshot", "end"]);
    let mut snapshots = run.snapshots();
    snapshots.sort();
    assert_eq!(snapshots, ["end - memory-0 4", "end - memory-1 4"]);
}

#[test]
fn a_memory_that_nobody_copied_is_said() {
    let program = "if (isMainThread) new Worker(__filename).on('message', () => process.exit(0));
        else { require('node:worker_threads').parentPort.postMessage(0); setInterval(() => {}, 1000); }";
    let run = Run::of(program, &["--snapshot", "end"]);
    assert_eq!(run.snapshots(), ["end - memory-0 4"]);
    let mut command = Command::cargo_bin("unfreed").expect("the program");
    let shown = command
        .args(["account", "app.unfreed"])
        .current_dir(run.folder.path())
        .output();
    let shown = String::from_utf8_lossy(&shown.expect("it runs").stdout).into_owned();
    assert!(
        shown.contains("No snapshot at the end has memory-1"),
        "{shown}"
    );
}

/// Exit code, and what was said on standard error.
fn said(run: &Run, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::cargo_bin("unfreed").expect("the program");
    let output = command.args(arguments).current_dir(run.folder.path());
    let output = output.output().expect("it runs");
    let said = String::from_utf8(output.stderr).expect("text");
    (output.status.code(), said)
}

#[test]
fn what_is_not_there_is_said() {
    let run = Run::of("", &["--snapshot", "end"]);
    assert_eq!(said(&run, &["why", "app.unfreed", "0x2010"]).0, Some(0));
    let none = "no block of 0x10 was live";
    let (code, text) = said(&run, &["why", "app.unfreed", "0x10"]);
    assert!(code == Some(2) && text.contains(none), "{text}");
    let json = ["why", "--format", "json", "app.unfreed", "0x10"];
    assert_eq!(said(&run, &json).0, Some(0));
    for command in ["why", "handles", "account"] {
        let (code, text) = said(&run, &[command, "missing.unfreed"]);
        assert_eq!(code, Some(2));
        assert!(
            text.contains("cannot open missing.unfreed: No such file"),
            "{text}"
        );
        let (code, text) = said(&run, &[command, "app.cjs"]);
        assert_eq!(code, Some(2));
        assert!(text.contains("app.cjs is no recording"), "{text}");
    }
}
