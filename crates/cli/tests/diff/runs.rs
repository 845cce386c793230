//! Recordings to compare, each made once.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{LazyLock, Mutex};

use jsonschema::Validator;
use serde_json::Value;
use tempfile::TempDir;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Where recordings and what is made of them lies.
pub static FOLDER: LazyLock<TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

static RECORDED: LazyLock<Mutex<HashMap<String, PathBuf>>> = LazyLock::new(Mutex::default);

/// A build of `tests/builds` or a case of `tests/leaks`, recorded for so many rounds.
pub fn recording(folder: &str, case: &str, rounds: u32) -> PathBuf {
    let name = format!("{case}-{rounds}");
    let mut recorded = RECORDED.lock().expect("no test failed in recording");
    let file = FOLDER.path().join(format!("{name}.unfreed"));
    recorded.entry(name).or_insert_with(|| {
        let rounds = rounds.to_string();
        let output = command()
            .current_dir(root().join("tests").join(folder))
            .args(["record", "--quiet", "-o"])
            .arg(&file)
            .args(["--", "node", "run.mjs", case, &rounds])
            .output();
        let output = output.expect("it runs");
        assert!(output.status.success(), "{output:?}");
        file.clone()
    });
    file
}

/// A build, recorded for 12 rounds.
pub fn build(name: &str) -> PathBuf {
    recording("builds", name, 12)
}

/// A case of `tests/leaks`, recorded for 12 rounds.
pub fn leak(name: &str) -> PathBuf {
    recording("leaks", name, 12)
}

fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
    command
        .current_dir(root())
        .env("XDG_CACHE_HOME", FOLDER.path().join("cache"))
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null());
    command
}

/// How a command ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs `unfreed`.
pub fn unfreed(arguments: &[&str]) -> Run {
    let output: Output = command().args(arguments).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    Run {
        code: output.status.code().expect("it exits"),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

/// Compares two runs.
pub fn diff(before: &Path, after: &Path, options: &[&str]) -> Run {
    let files = [before, after].map(|file| file.to_str().expect("a path"));
    unfreed(&[&["diff"], &files[..], options].concat())
}

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let text = fs::read_to_string(root().join("docs/diff.schema.json")).expect("the schema");
    let schema = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
});

/// The comparison as JSON, which is as `docs/diff.schema.json` says.
pub fn json(before: &Path, after: &Path, options: &[&str]) -> Value {
    let run = diff(before, after, &[&["--format", "json"], options].concat());
    let found: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{run:?}"));
    let errors: Vec<String> = SCHEMA
        .iter_errors(&found)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    found
}

/// A file beside the recordings.
pub fn file(name: &str, content: &str) -> PathBuf {
    let file = FOLDER.path().join(name);
    fs::write(&file, content).expect("a file");
    file
}

/// The baseline of a run, and the exit code.
pub fn baseline(of: &Path) -> (i32, String) {
    let run = unfreed(&["baseline", of.to_str().expect("a path"), "-o", "-"]);
    assert_eq!(run.stderr, "");
    (run.code, run.stdout)
}

pub fn array(value: &Value) -> &[Value] {
    value.as_array().expect("an array")
}

/// `what` of each row with its name, if it is not unchanged.
pub fn changes<'a>(found: &'a Value, rows: &str, name: &str) -> Vec<(&'a str, &'a str, f64)> {
    let text = |value: &'a Value| value.as_str().expect("a text");
    let rows = array(&found[rows]).iter();
    rows.map(|row| {
        (
            text(&row["what"]),
            text(&row[name]),
            row["change"].as_f64().expect("a figure"),
        )
    })
    .filter(|(what, ..)| *what != "unchanged")
    .collect()
}
