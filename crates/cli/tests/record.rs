//! `unfreed record` on programs that Node runs: what they do stays the same,
//! and every allocation of their module is there.

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// A module whose allocator hands out one block after another and takes none
/// back, and which allocates in two ways.
const MODULE: &str = r#"(module
  (memory (export "memory") 1)
  (global $top (mut i32) (i32.const 1024))
  (func $malloc (export "malloc") (param $size i32) (result i32)
    (local $block i32)
    (local.set $block (global.get $top))
    (global.set $top (i32.and (i32.add (i32.add (global.get $top) (local.get $size)) (i32.const 15)) (i32.const -16)))
    (if (i32.gt_u (global.get $top) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))))
    (local.get $block))
  (func $free (export "free") (param $block i32))
  (func $leak (export "leak") (param $size i32)
    (drop (call $malloc (local.get $size))))
  (func $tidy (export "tidy") (param $size i32)
    (call $free (call $malloc (local.get $size))))
  (func (export "trap") (unreachable)))"#;

const PROGRAM: &str = r#"
const { readFileSync } = require('node:fs');
const module_ = new WebAssembly.Module(readFileSync(`${__dirname}/module.wasm`));
const instance = new WebAssembly.Instance(module_, {});
const wasm = instance.exports;
for (let i = 1; i <= 5; i++) {
  globalThis.unfreed?.mark(`round ${i}`);
  wasm.leak(1000);
  for (let j = 0; j < 20; j++) wasm.tidy(100);
}
console.log('imports', WebAssembly.Module.imports(module_).length);
console.log('exports', Object.keys(wasm).join(' '));
"#;

/// A folder with the module and a program.
struct Folder {
    folder: TempDir,
}

impl Folder {
    fn new(program: &str) -> Folder {
        // The hook is given to Node by its path.
        let folder = tempfile::Builder::new()
            .prefix("a folder with spaces ")
            .tempdir()
            .expect("a folder");
        let module = wat::parse_str(MODULE).expect("a module");
        fs::write(folder.path().join("module.wasm"), module).expect("written");
        fs::write(folder.path().join("app.cjs"), program).expect("written");
        Folder { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn plain(&self) -> Output {
        let mut command = std::process::Command::new("node");
        command.arg("app.cjs").current_dir(self.path());
        command.output().expect("node runs")
    }

    fn record(&self, options: &[&str]) -> Output {
        let mut command = Command::cargo_bin("unfreed").expect("the program");
        command
            .args(["record", "-o", "app.unfreed"])
            .args(options)
            .args(["--", "node", "app.cjs"])
            .env("XDG_CACHE_HOME", self.path().join("cache"))
            .current_dir(self.path());
        command.output().expect("it runs")
    }

    fn analysed(&self) -> Value {
        let mut command = Command::cargo_bin("unfreed").expect("the program");
        command
            .args(["analyze", "--format", "json", "app.unfreed"])
            .env("XDG_CACHE_HOME", self.path().join("cache"))
            .current_dir(self.path());
        let output = command.output().expect("it runs");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn every_allocation_is_recorded_and_the_program_sees_no_difference() {
    let folder = Folder::new(PROGRAM);
    let (plain, recorded) = (folder.plain(), folder.record(&[]));
    assert_eq!(text(&recorded.stdout), text(&plain.stdout));
    assert_eq!(recorded.status.code(), Some(0));
    let said = text(&recorded.stderr);
    assert!(said.contains("leaks exactly 1 per iteration"), "{said}");
    let analysed = folder.analysed();
    let total = |name: &str| analysed["totals"][name].as_u64().expect("a figure");
    assert_eq!(total("allocations"), 105);
    assert_eq!(total("frees"), 100);
    assert_eq!(total("leaked"), 5);
    assert_eq!(total("leaked_bytes"), 5_000);
    assert_eq!(total("allocated_bytes"), 15_000);
    assert_eq!(analysed["trust"]["grade"], "high");
}

#[test]
fn a_recording_as_a_log_has_the_same_findings() {
    let folder = Folder::new(PROGRAM);
    folder.record(&["--quiet"]);
    let unfreed = |arguments: &[&str]| {
        let mut command = Command::cargo_bin("unfreed").expect("the program");
        command.args(arguments).current_dir(folder.path());
        command.output().expect("it runs")
    };
    let log = unfreed(&["export", "--as", "log", "app.unfreed"]);
    assert_eq!(log.status.code(), Some(0));
    fs::write(folder.path().join("app.log"), &log.stdout).expect("written");
    let output = unfreed(&["analyze", "--format", "json", "app.log"]);
    let log: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let recording = folder.analysed();
    assert_eq!(log["totals"], recording["totals"]);
    let iterations = log["iterations"].to_string();
    assert_eq!(
        iterations.replace("app.log", "app.unfreed"),
        recording["iterations"].to_string()
    );
    let types = |findings: &Value| {
        let types = findings["types"].as_array().expect("types");
        let figures = types.iter().map(|found| {
            let figure = |name: &str| found[name].clone();
            [
                figure("type"),
                figure("allocations"),
                figure("frees"),
                figure("leaked"),
                figure("leaked_bytes"),
            ]
        });
        figures.collect::<Vec<_>>()
    };
    assert_eq!(types(&log), types(&recording));
}

#[test]
fn a_recording_that_is_cut_short_says_so() {
    let folder = Folder::new(PROGRAM);
    folder.record(&["--quiet"]);
    let file = folder.path().join("app.unfreed");
    let whole = fs::read(&file).expect("the recording");
    fs::write(&file, &whole[..whole.len() - 20]).expect("written");
    let analysed = folder.analysed();
    assert_eq!(analysed["totals"]["allocations"], 105);
    assert_eq!(analysed["trust"]["grade"], "low");
}

#[test]
fn the_exit_code_is_the_programs() {
    for (program, code) in [
        ("process.exit(7)", 7),
        (
            "process.kill(process.pid, 'SIGTERM'); setInterval(() => {}, 1000)",
            128 + 15,
        ),
        ("throw new Error('no')", 1),
    ] {
        let folder = Folder::new(program);
        let recorded = folder.record(&["--quiet"]);
        assert_eq!(recorded.status.code(), Some(code), "{program}");
    }
}

#[test]
fn what_was_allocated_before_a_trap_or_an_exit_is_there() {
    for end in ["wasm.trap()", "process.exit(3)", "throw 1"] {
        let program = PROGRAM.replace("console.log('imports'", &format!("{end}; console.log('x'"));
        let folder = Folder::new(&program);
        folder.record(&["--quiet"]);
        let analysed = folder.analysed();
        assert_eq!(analysed["totals"]["allocations"], 105, "{end}");
        assert_eq!(analysed["totals"]["leaked"], 5, "{end}");
    }
}

#[test]
fn stack_traces_and_messages_of_the_program_stay() {
    let program = "
const { readFileSync } = require('node:fs');
const module_ = new WebAssembly.Module(readFileSync(`${__dirname}/module.wasm`));
const instance = new WebAssembly.Instance(module_, {});
const wasm = instance.exports;
try { wasm.trap(); } catch (error) { console.log(error.constructor.name, error.message); }
try { new WebAssembly.Module(new Uint8Array([1, 2, 3])); } catch (error) { console.log(error.name, error.message); }
console.log(wasm.memory instanceof WebAssembly.Memory, Object.isFrozen(wasm));
";
    let folder = Folder::new(program);
    let (plain, recorded) = (folder.plain(), folder.record(&["--quiet"]));
    assert_eq!(text(&recorded.stdout), text(&plain.stdout));
    assert_eq!(text(&recorded.stderr), text(&plain.stderr));
}

#[test]
fn a_command_that_cannot_be_run_leaves_no_recording() {
    let folder = Folder::new("");
    let mut command = Command::cargo_bin("unfreed").expect("the program");
    let output = command
        .args(["record", "-o", "app.unfreed", "--", "no-such-command"])
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .current_dir(folder.path())
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("cannot run no-such-command"));
    assert!(!folder.path().join("app.unfreed").exists());
}

/// A module that gives each thread a stack when it starts, as wasm-bindgen's with
/// threads do.
const THREADS: &str = r#"(module
  (memory (export "memory") (import "env" "memory") 1 2 shared)
  (global $stack (mut i32) (i32.const 0))
  (func $malloc (export "__wbindgen_malloc") (param $size i32) (param $align i32) (result i32)
    (i32.atomic.rmw.add (i32.const 0) (local.get $size)))
  (func $free (export "__wbindgen_free") (param $block i32) (param $size i32) (param $align i32))
  (func (export "__wbindgen_start")
    (global.set $stack (call $malloc (i32.const 4096) (i32.const 16))))
  (func (export "__wbindgen_thread_destroy")
    (call $free (global.get $stack) (i32.const 4096) (i32.const 16))))"#;

const WORKERS: &str = r#"
const { Worker, isMainThread, workerData } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
function start({ module_, memory }) {
  const { exports } = new WebAssembly.Instance(module_, { env: { memory } });
  exports.__wbindgen_start();
  return exports;
}
if (isMainThread) {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true });
  new Int32Array(memory.buffer)[0] = 1024;
  const module_ = new WebAssembly.Module(readFileSync(`${__dirname}/module.wasm`));
  start({ module_, memory });
  for (const tidy of [false, true, false]) new Worker(__filename, { workerData: { module_, memory, tidy } });
} else {
  const exports = start(workerData);
  if (workerData.tidy) exports.__wbindgen_thread_destroy();
}
"#;

#[test]
fn stacks_of_ended_workers_are_named() {
    let folder = Folder::new(WORKERS);
    let module = wat::parse_str(THREADS).expect("a module");
    fs::write(folder.path().join("module.wasm"), module).expect("written");
    let said = text(&folder.record(&[]).stderr);
    let left = "2 ended workers left their stack and thread-local storage behind without a call of \
                __wbindgen_thread_destroy: 8.00 KiB in 2 blocks";
    assert!(said.contains(left), "{said}");
    assert!(said.contains("Keep the workers instead"), "{said}");
    assert_eq!(folder.analysed()["totals"]["leaked"], 3);
}

/// Runs a command in a folder that has room for 64 KiB only; `None` where the
/// system lets nobody mount.
fn in_a_small_folder(folder: &Path, command: &str) -> Option<Output> {
    let script = format!("mount -t tmpfs -o size=64k tmpfs small && echo mounted >&2 && {command}");
    for namespace in [&["--mount"][..], &["--mount", "--map-root-user"]] {
        let mut unshare = std::process::Command::new("unshare");
        unshare.args(namespace).args(["sh", "-c", &script]);
        unshare.env("XDG_CACHE_HOME", folder.join("cache"));
        let output = unshare.current_dir(folder).output().ok()?;
        if text(&output.stderr).contains("mounted") {
            return Some(output);
        }
    }
    None
}

#[test]
fn a_full_disk_is_said_and_the_program_goes_on() {
    let folder = Folder::new(&PROGRAM.replace("j < 20", "j < 20000"));
    fs::create_dir(folder.path().join("small")).expect("a folder");
    let unfreed = assert_cmd::cargo::cargo_bin("unfreed");
    let command = format!(
        "{0} record -o small/app.unfreed -- node app.cjs; code=$?; \
         {0} analyze small/app.unfreed >&2; echo analyze $? >&2; exit $code",
        unfreed.display()
    );
    let Some(output) = in_a_small_folder(folder.path(), &command) else {
        eprintln!("no folder can be mounted here, so nothing is full");
        return;
    };
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert_eq!(text(&output.stdout), text(&folder.plain().stdout));
    assert!(said.contains("ENOSPC"), "{said}");
    // Not even how much is missing can be written.
    assert!(said.contains("was cut short"), "{said}");
    assert!(said.contains("events are missing"), "{said}");
    assert!(said.contains("analyze 3"), "{said}");
}

#[test]
fn what_another_version_has_kept_of_a_module_is_not_used() {
    let folder = Folder::new(PROGRAM);
    folder.record(&["--quiet"]);
    let cache = folder.path().join("cache/unfreed");
    let entries = fs::read_dir(&cache).expect("the cache").flatten();
    let names = entries.map(|entry| entry.file_name().into_string().expect("UTF-8"));
    let map = names.into_iter().find(|name| name.ends_with(".map"));
    let (hash, _) = map
        .as_deref()
        .and_then(|map| map.split_once('-'))
        .expect("a map");
    for version in 0..20 {
        for kind in ["map", "original", "json"] {
            fs::write(cache.join(format!("{hash}-{version}.{kind}")), "{}").expect("written");
        }
    }
    let said = text(&folder.record(&[]).stderr);
    assert!(said.contains("- leak  module.wasm:0x"), "{said}");
}
