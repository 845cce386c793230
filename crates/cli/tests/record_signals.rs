//! `unfreed record` and signals that end what it records.
#![cfg(unix)]

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use tempfile::TempDir;

const MODULE: &str = r#"(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (func $malloc (export "malloc") (param $size i32) (result i32)
    (global.set $top (i32.add (global.get $top) (local.get $size)))
    (i32.sub (global.get $top) (local.get $size)))
  (func $free (export "free") (param $block i32))
  (func (export "leak") (drop (call $malloc (i32.const 16)))))"#;

/// It allocates and says so; then it is idle or busy for ever.
const PROGRAM: &str = r#"
const { readFileSync, writeSync } = require('node:fs');
const module_ = new WebAssembly.Module(readFileSync(`${__dirname}/module.wasm`));
const { exports: wasm } = new WebAssembly.Instance(module_, {});
for (let i = 0; i < 7; i++) wasm.leak();
writeSync(1, 'begun\n');
if (process.argv[2] === 'busy') for (;;);
setInterval(() => {}, 1000);
"#;

/// Records the program until it has begun, sends SIGTERM to `unfreed`, and gives
/// the exit code and the log of the recording.
fn terminated(how: &str) -> (Option<i32>, String) {
    let folder = TempDir::new().expect("a folder");
    let module = wat::parse_str(MODULE).expect("a module");
    fs::write(folder.path().join("module.wasm"), module).expect("written");
    fs::write(folder.path().join("app.cjs"), PROGRAM).expect("written");
    let unfreed = || {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin("unfreed"));
        command
            .current_dir(folder.path())
            .env("XDG_CACHE_HOME", folder.path().join("cache"));
        command
    };
    let mut child = unfreed()
        .args(["record", "--quiet", "-o", "it.unfreed"])
        .args(["--", "node", "app.cjs", how])
        .stdout(Stdio::piped())
        .spawn()
        .expect("it runs");
    let mut line = String::new();
    let mut output = BufReader::new(child.stdout.take().expect("its output"));
    output.read_line(&mut line).expect("a line");
    assert_eq!(line, "begun\n");
    let killed = Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .expect("kill runs");
    assert!(killed.success());
    let status = child.wait().expect("it ends");
    assert_eq!(status.signal(), None);
    let armed = fs::read_dir(folder.path().join("cache/unfreed")).expect("the cache");
    for entry in armed.flatten() {
        assert!(!entry.file_name().to_string_lossy().starts_with("armed"));
    }
    let log = unfreed()
        .args(["export", "--as", "log", "it.unfreed"])
        .output();
    let log = log.expect("the log").stdout;
    (status.code(), String::from_utf8(log).expect("text"))
}

fn allocations(log: &str) -> usize {
    log.lines()
        .filter(|line| line.starts_with("@ALLOCATE"))
        .count()
}

#[test]
fn a_signal_ends_an_idle_program_and_nothing_is_lost() {
    let (code, log) = terminated("idle");
    assert_eq!(code, Some(128 + 15));
    assert_eq!(allocations(&log), 7, "{log}");
}

#[test]
fn a_signal_ends_a_program_that_is_always_busy() {
    let (code, _) = terminated("busy");
    assert_eq!(code, Some(128 + 15));
}
