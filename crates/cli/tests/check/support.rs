//! Runs the program, and records small programs for it.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// How a run ended.
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `unfreed` in a folder.
pub fn unfreed(folder: &Path, arguments: &[&str]) -> Run {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("unfreed");
    for name in [
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "COLUMNS",
        "GITHUB_STEP_SUMMARY",
    ] {
        command.env_remove(name);
    }
    run(command.current_dir(folder).args(arguments))
}

pub fn run(command: &mut Command) -> Run {
    let output = command.output().expect("the program runs");
    Run {
        code: output.status.code().expect("it exits and is not killed"),
        stdout: String::from_utf8(output.stdout).expect("the output is UTF-8"),
        stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
    }
}

/// Runs `unfreed check` with `arguments` and reads its JSON, which must be what
/// `docs/check.schema.json` says.
pub fn check_json(folder: &Path, arguments: &[&str]) -> (i32, Value) {
    let run = unfreed(
        folder,
        &[&["check", "--format", "json"], arguments].concat(),
    );
    let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let schema = fs::read(root().join("docs/check.schema.json")).expect("the schema");
    let schema: Value = serde_json::from_slice(&schema).expect("the schema is JSON");
    jsonschema::validate(&schema, &json).expect("what the schema says");
    (run.code, json)
}

/// A folder with the recording `case.unfreed` of a case of `tests/leaks`.
pub fn recorded(case: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("case.unfreed");
    let file = file.to_str().expect("text");
    let cases = root().join("tests/leaks");
    let run = unfreed(
        &cases,
        &[
            "record", "--quiet", "-o", file, "--", "node", "run.mjs", case,
        ],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    folder
}

/// A log in which each iteration leaves some blocks of some types: name, bytes.
pub fn log(iterations: usize, types: &[(&str, u64)]) -> String {
    let mut log = String::new();
    let mut id = 0;
    for iteration in 0..iterations {
        log += &format!("@MARK round {iteration}\n");
        for (name, bytes) in types {
            log += &format!("@ALLOCATE {name} {bytes} src/made.rs:7 {id}\n");
            id += 1;
        }
    }
    log
}

/// A folder with this log as `app.log`.
pub fn logged(log: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder, "app.log", log);
    folder
}

pub fn write(folder: &TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).expect("it can be written");
}
