//! `unfreed export`: what each format has adds up to the ledger, and small outputs are as
//! they were. `tests/consumers` opens exports with the tools that they are for.

mod formats;
mod golden;
mod rows;
mod usage;

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Logs with what may go wrong in a log, and files of heaptrack.
const INPUTS: [&str; 9] = [
    "tests/logs/good/hostile-names.log",
    "tests/logs/good/realloc.log",
    "tests/logs/good/early-frees.log",
    "tests/logs/good/reused-ids.log",
    "tests/logs/good/marks.log",
    "tests/logs/good/v2.log",
    "tests/logs/good/o1js-pool.log.gz",
    "tests/foreign/leaky-c.heaptrack.gz",
    "tests/foreign/leaky-cpp.heaptrack.gz",
];

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Exit code, standard output and standard error.
fn unfreed(arguments: &[&str]) -> (i32, Vec<u8>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_unfreed"))
        .current_dir(root())
        .args(arguments)
        .output()
        .expect("unfreed runs");
    let said = String::from_utf8(output.stderr).expect("messages are text");
    (output.status.code().expect("it exits"), output.stdout, said)
}

/// What is exported to standard output.
fn exported(input: &str, format: &str, options: &[&str]) -> Vec<u8> {
    let arguments = [&["export", "--as", format, input], options].concat();
    let (code, out, said) = unfreed(&arguments);
    assert_eq!(code, 0, "{input} as {format}: {said}");
    out
}

fn exported_text(input: &str, format: &str, options: &[&str]) -> String {
    String::from_utf8(exported(input, format, options)).expect("text")
}

fn exported_json(input: &str, format: &str) -> Value {
    serde_json::from_slice(&exported(input, format, &[])).expect("JSON")
}

/// The ledger of an input.
fn ledger(input: &str) -> Value {
    let (_, out, _) = unfreed(&["analyze", "--format", "json", input]);
    serde_json::from_slice(&out).expect("JSON")
}

fn number(found: &Value, path: &str) -> u64 {
    let number = found.pointer(path).and_then(Value::as_u64);
    number.unwrap_or_else(|| panic!("no number {path} in {found:#}"))
}

/// Figures of the ledger.
fn totals<const N: usize>(ledger: &Value, names: [&str; N]) -> [u64; N] {
    names.map(|name| number(ledger, &format!("/totals/{name}")))
}

/// The sum of an array of numbers.
fn sum(numbers: &Value) -> i64 {
    let numbers = numbers.as_array().expect("an array").iter();
    numbers.map(|n| n.as_i64().expect("a number")).sum()
}
