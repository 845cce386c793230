//! `unfreed handles` on programs with glue: each fate of a handle, the program
//! untouched, the next step said.

use std::fs;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A module with two classes. Its allocator hands out one block after another.
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
  (func (export "thing_new") (result i32) (call $malloc (i32.const 24)))
  (func (export "thing_take") (param i32) (call $free (local.get 0)))
  (func (export "__wbg_thing_free") (param i32 i32)
    (if (i32.eqz (local.get 0)) (then (unreachable)))
    (call $free (local.get 0)))
  (func (export "shared_new") (result i32) (i32.add (call $malloc (i32.const 40)) (i32.const 8)))
  (func (export "__wbg_shared_free") (param i32 i32) (call $free (i32.sub (local.get 0) (i32.const 8)))))"#;

/// Glue of two layouts: `Thing` has no registry, `Shared` has, and counts references.
const GLUE: &str = r#"
const { readFileSync } = require('node:fs');
const module_ = new WebAssembly.Module(readFileSync(`${__dirname}/module.wasm`));
const wasm = new WebAssembly.Instance(module_, {}).exports;

class Thing {
    static __wrap(ptr) {
        ptr = ptr >>> 0;
        const obj = Object.create(Thing.prototype);
        obj.__wbg_ptr = ptr;
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_thing_free(ptr, 0);
    }
    constructor() {
        const ret = wasm.thing_new();
        this.__wbg_ptr = ret >>> 0;
        return this;
    }
    static of() {
        return Thing.__wrap(wasm.thing_new());
    }
    static take(thing) {
        wasm.thing_take(thing.__destroy_into_raw());
    }
}

const SharedFinalization = new FinalizationRegistry(ptr => wasm.__wbg_shared_free(ptr, 1));
class Shared {
    static __wrap(ptr) {
        const obj = Object.create(Shared.prototype);
        obj.__wbg_ptr = ptr;
        SharedFinalization.register(obj, obj.__wbg_ptr, obj);
        return obj;
    }
    __destroy_into_raw() {
        const ptr = this.__wbg_ptr;
        this.__wbg_ptr = 0;
        SharedFinalization.unregister(this);
        return ptr;
    }
    free() {
        const ptr = this.__destroy_into_raw();
        wasm.__wbg_shared_free(ptr, 0);
    }
    static of() {
        return Shared.__wrap(wasm.shared_new());
    }
}
if (Symbol.dispose) Shared.prototype[Symbol.dispose] = Shared.prototype.free;
module.exports = { Thing, Shared };
"#;

const PROGRAM: &str = r"
const { Thing, Shared } = require('./glue.cjs');
const kept = (globalThis.kept = []);
function forget(count) {
    for (let i = 0; i < count; i++) new Thing();
    for (let i = 0; i < count; i++) Shared.of();
}
async function collect() {
    for (let i = 0; i < 3; i++) {
        gc();
        await new Promise(resolve => setTimeout(resolve, 10));
    }
}
async function main() {
    for (let round = 1; round <= 5; round++) {
        globalThis.unfreed?.mark(`round ${round}`);
        const thing = new Thing();
        thing.free();
        try {
            thing.free();
        } catch (error) {
            console.log(error.message);
        }
        Thing.take(Thing.of());
        kept.push(Thing.of());
        Shared.of().free();
        forget(2);
        await collect();
    }
    const last = Shared.of();
    globalThis.unfreed?.mark('end');
    console.log(kept.length, JSON.stringify(last));
}
main();
";

const WORKER: &str = r"
const { Worker, isMainThread } = require('node:worker_threads');
if (isMainThread) {
    const worker = new Worker(__filename);
    worker.on('message', () => worker.terminate());
    worker.on('exit', () => console.log('ended'));
} else {
    const { Thing } = require('./glue.cjs');
    globalThis.kept = [new Thing(), new Thing(), new Thing()];
    require('node:worker_threads').parentPort.postMessage('made');
    setInterval(() => {}, 1000);
}
";

fn folder(program: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let module = wat::parse_str(MODULE).expect("a module");
    fs::write(folder.path().join("module.wasm"), module).expect("written");
    fs::write(folder.path().join("glue.cjs"), GLUE).expect("written");
    fs::write(folder.path().join("app.cjs"), program).expect("written");
    folder
}

fn node(folder: &TempDir) -> Output {
    let mut command = Command::new("node");
    command.args(["--expose-gc", "app.cjs"]);
    command
        .current_dir(folder.path())
        .output()
        .expect("node runs")
}

fn unfreed(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
    command
        .args(arguments)
        .current_dir(folder.path())
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .stdin(Stdio::null());
    command.output().expect("it runs")
}

fn record(folder: &TempDir) -> Output {
    let command = [
        "record",
        "-o",
        "app.unfreed",
        "--",
        "node",
        "--expose-gc",
        "app.cjs",
    ];
    unfreed(folder, &command)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn classes(folder: &TempDir) -> Value {
    let output = unfreed(folder, &["handles", "--format", "json", "app.unfreed"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let json: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(json["schema"], "unfreed-handles/1.0");
    json["classes"].clone()
}

fn class<'a>(classes: &'a Value, name: &str) -> &'a Value {
    let mut all = classes.as_array().expect("classes").iter();
    all.find(|class| class["class"] == name).expect("the class")
}

#[test]
fn every_fate_of_a_handle_is_told_and_the_program_sees_no_difference() {
    let folder = folder(PROGRAM);
    let (plain, recorded) = (node(&folder), record(&folder));
    assert_eq!(text(&recorded.stdout), text(&plain.stdout));
    assert_eq!(recorded.status.code(), Some(0));
    let said = text(&recorded.stderr);
    for part in [
        "JavaScript handles",
        "Thing: 10 handles were collected without free(), and what they owned was never freed (240 B themselves).",
        "Thing: call free() on each when it is not needed any more, or declare it with `using`.",
        "unfreed handles",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }

    let classes = classes(&folder);
    let thing = class(&classes, "Thing");
    let counts =
        ["made", "freed", "consumed", "unknown", "peak_held"].map(|name| thing[name].as_u64());
    assert_eq!(counts, [25, 5, 5, 0, 7].map(Some), "{thing:#}");
    assert_eq!(thing["collected"]["count"], 10);
    assert_eq!(thing["collected"]["never_freed"], 10);
    assert_eq!(thing["collected"]["never_freed_bytes"], 240);
    assert_eq!(thing["held"]["count"], 5);
    assert_eq!(thing["held"]["bytes"], 120);
    assert_eq!(thing["free"], "__wbg_thing_free");
    assert_eq!(thing["verdict"]["kind"], "systematic");
    assert_eq!(thing["verdict"]["per_iteration"], 3.0);
    assert_eq!(thing["verdict"]["bytes_per_iteration"], 72.0);
    let makers: Vec<&str> = thing["sites"]
        .as_array()
        .expect("sites")
        .iter()
        .filter(|site| site["not_freed"].as_u64() > Some(0))
        .map(|site| site["frames"][1]["function"].as_str().expect("a function"))
        .collect();
    assert!(makers.contains(&"forget"), "{makers:?}");

    let shared = class(&classes, "Shared");
    let counts = ["made", "freed", "consumed"].map(|name| shared[name].as_u64());
    assert_eq!(counts, [16, 5, 0].map(Some), "{shared:#}");
    assert_eq!(shared["collected"]["count"], 10);
    assert_eq!(shared["collected"]["never_freed"], 0);
    assert_eq!(shared["held"]["count"], 1);
    assert_eq!(shared["held"]["lost"], 1);
    assert_eq!(shared["held"]["bytes"], 40);
    assert_ne!(shared["verdict"]["kind"], "systematic");
}

#[test]
fn handles_are_shown_as_text_markdown_and_rows_and_not_in_logs() {
    let folder = folder(PROGRAM);
    record(&folder);
    let shown = text(&unfreed(&folder, &["handles", "app.unfreed"]).stdout);
    for part in [
        "41 handles of 2 classes: 10 freed, 5 consumed, 20 collected, 6 held at the end.",
        "Who made those that are not freed",
        "forget  app.cjs:5",
    ] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let markdown =
        text(&unfreed(&folder, &["handles", "--format", "markdown", "app.unfreed"]).stdout);
    assert!(markdown.contains("| Thing |"), "{markdown}");
    let rows = text(&unfreed(&folder, &["handles", "--format", "csv", "app.unfreed"]).stdout);
    let thing = rows.lines().nth(1).expect("a row");
    assert!(
        thing.starts_with("Thing,__wbg_thing_free,module.wasm,25,5,5,10,10,0,5,0,"),
        "{rows}"
    );

    let log = unfreed(&folder, &["export", "--as", "log", "app.unfreed"]);
    assert_eq!(log.status.code(), Some(0));
    assert!(
        text(&log.stderr).contains("records of handles are left out"),
        "{}",
        text(&log.stderr)
    );
    fs::write(folder.path().join("app.log"), log.stdout).expect("written");
    let log = unfreed(&folder, &["handles", "app.log"]);
    assert_eq!(log.status.code(), Some(2));
    assert!(
        text(&log.stderr).contains("no recording"),
        "{}",
        text(&log.stderr)
    );
}

#[test]
fn handles_of_a_terminated_worker_are_held_by_it() {
    let folder = folder(WORKER);
    let recorded = record(&folder);
    assert_eq!(
        text(&recorded.stdout),
        "ended\n",
        "{}",
        text(&recorded.stderr)
    );
    let classes = classes(&folder);
    let held = &class(&classes, "Thing")["held"];
    assert_eq!(
        (held["count"].as_u64(), held["by_ended_threads"].as_u64()),
        (Some(3), Some(3))
    );
}

#[test]
fn a_program_without_glue_has_no_handles() {
    let folder = folder("console.log('none');");
    record(&folder);
    let shown = text(&unfreed(&folder, &["handles", "app.unfreed"]).stdout);
    assert!(shown.starts_with("No handle was recorded"), "{shown}");
}
