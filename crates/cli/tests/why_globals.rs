//! Blocks that only a global, or only the shadow stack, holds.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

fn unfreed(folder: &TempDir) -> Command {
    let mut command = Command::cargo_bin("unfreed").expect("the program");
    command
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .current_dir(folder.path());
    command
}

/// What `unfreed why` says of a program that has `module` in its folder, at the moment
/// `at`.
fn why(module: &str, program: &str, at: &str) -> Value {
    let folder = tempfile::tempdir().expect("a folder");
    let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/modules");
    fs::copy(modules.join(module), folder.path().join("module.wasm")).expect("copied");
    let begin = "const fs = require('node:fs');
        const load = (imports) => new WebAssembly.Instance(
          new WebAssembly.Module(fs.readFileSync(`${__dirname}/module.wasm`)), imports).exports;";
    fs::write(folder.path().join("app.cjs"), format!("{begin}{program}")).expect("written");
    unfreed(&folder)
        .args(["record", "-o", "app.unfreed"])
        .args(["--snapshot", "mark", "--snapshot", "end"])
        .args(["--", "node", "app.cjs"])
        .assert()
        .success();
    let output = unfreed(&folder)
        .args(["why", "--format", "json", "--at", at, "app.unfreed"])
        .output();
    let said: Value = serde_json::from_slice(&output.expect("it runs").stdout).expect("JSON");
    said["memories"][0].clone()
}

/// Size of the largest block of each site, and why its blocks are live.
fn reasons(memory: &Value) -> Vec<(u64, &str)> {
    let sites = memory["sites"].as_array().expect("sites").iter();
    let reasons = sites.map(|site| {
        let bytes = site["bytes"].as_u64().expect("bytes");
        (bytes, site["why"].as_str().expect("why"))
    });
    reasons.collect()
}

const LOST: &str = "definitely lost: nothing points to them";

#[test]
fn a_variable_of_assemblyscript_holds_blocks() {
    let program = "const held = load({ env: { abort() {} } }); held.keep(); held.lose();";
    let memory = why("held.wasm", program, "end");
    let by_global = "held by global held/kept";
    assert_eq!(
        reasons(&memory),
        [(1000, by_global), (500, by_global), (300, LOST)]
    );
    assert_eq!(memory["globals_unknown"], false);
}

#[test]
fn a_global_without_a_name_is_told_by_its_index() {
    let program = "const list = load({ env: { abort() {} } });
        list.fill(3); list.malloc(700); globalThis.list = list;";
    let memory = why("list.wasm", program, "end");
    let of_list = memory["sites"].as_array().expect("sites").iter();
    let of_list: Vec<&Value> = of_list.filter(|site| site["blocks"] == 3).collect();
    assert_eq!(of_list.len(), 1, "{memory:#}");
    assert_eq!(of_list[0]["why"], "held by global 0");
    assert!(reasons(&memory).contains(&(700, LOST)), "{memory:#}");
}

#[test]
fn what_is_in_use_of_the_main_stack_holds_blocks() {
    let program = "const frame = load({ env: { look() { globalThis.unfreed?.mark('inside'); } } });
        frame._initialize(); frame.lose(); frame.run();";
    let inside = why("frame.wasm", program, "inside");
    let mut classes: Vec<(&str, u64)> = Vec::new();
    for class in inside["classes"].as_array().expect("classes") {
        let root = class["root"].as_str().unwrap_or("-");
        classes.push((root, class["bytes"].as_u64().expect("bytes")));
    }
    assert_eq!(classes, [("stack", 2000), ("-", 2000)]);
    // The frame is gone, and so is its block.
    let end = why("frame.wasm", program, "end");
    assert_eq!(reasons(&end), [(2000, LOST)]);
}

#[test]
fn globals_are_those_of_each_instance() {
    // Two instances have one memory, each with a block.
    let module = r#"(module (import "env" "memory" (memory 1))
      (import "env" "next" (global $next (mut i32)))
      (global $kept (mut i32) (i32.const 0))
      (func $malloc (export "malloc") (param $size i32) (result i32)
        (global.get $next)
        (global.set $next (i32.add (global.get $next) (i32.const 4096))))
      (func $free (export "free") (param i32))
      (func (export "keep") (param i32) (global.set $kept (call $malloc (local.get 0)))))"#;
    let folder = tempfile::tempdir().expect("a folder");
    let module = wat::parse_str(module).expect("a module");
    fs::write(folder.path().join("module.wasm"), module).expect("written");
    let program =
        "const module_ = new WebAssembly.Module(require('node:fs').readFileSync('module.wasm'));
      const env = { memory: new WebAssembly.Memory({ initial: 1 }),
        next: new WebAssembly.Global({ value: 'i32', mutable: true }, 8192) };
      const one = () => new WebAssembly.Instance(module_, { env }).exports;
      const kept = [one(), one()];
      kept[0].keep(100); kept[1].keep(200); kept[1].malloc(300);
      kept[0].keep(400); globalThis.kept = kept;
      console.log(Object.keys(kept[0]), WebAssembly.Module.exports(module_).length,
        WebAssembly.Module.imports(module_).length);";
    fs::write(folder.path().join("app.cjs"), program).expect("written");
    let output = unfreed(&folder)
        .args(["record", "-o", "app.unfreed", "--snapshot", "end"])
        .args(["--", "node", "app.cjs"])
        .output();
    let output = output.expect("it runs");
    let printed = String::from_utf8_lossy(&output.stdout);
    let expected = "[ 'malloc', 'free', 'keep' ] 3 2";
    assert!(printed.contains(expected), "{printed}");
    let output = unfreed(&folder)
        .args(["why", "--format", "json", "app.unfreed"])
        .output();
    let said: Value = serde_json::from_slice(&output.expect("it runs").stdout).expect("JSON");
    let mut held = Vec::new();
    for class in said["memories"][0]["classes"].as_array().expect("classes") {
        held.push((class["root"].as_str(), class["bytes"].as_u64()));
    }
    assert_eq!(held, [(Some("global"), Some(600)), (None, Some(400))]);
}
