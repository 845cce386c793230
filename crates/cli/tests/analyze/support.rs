//! Runs the program at the root of the repository, so that paths in its output
//! are the same on every machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;

use assert_cmd::Command;
use jsonschema::Validator;
use serde_json::Value;

/// The root of the repository.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// The program, with nothing of the environment that changes its output.
pub fn unfreed() -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("unfreed");
    command.current_dir(root());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

/// How a run ended.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    fn of(output: Output) -> Run {
        Run {
            code: output.status.code().expect("it exits and is not killed"),
            stdout: String::from_utf8(output.stdout).expect("the output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("messages are UTF-8"),
        }
    }
}

/// Runs `unfreed` with `arguments`, cut at spaces.
pub fn run(arguments: &str) -> Run {
    run_with(&arguments.split(' ').collect::<Vec<_>>(), "")
}

/// Runs `unfreed` with `arguments`; it reads `input`.
pub fn run_with(arguments: &[&str], input: impl Into<Vec<u8>>) -> Run {
    let output = unfreed().args(arguments).write_stdin(input).output();
    Run::of(output.expect("the program runs"))
}

/// Runs `unfreed analyze --format json` with `arguments`, cut at spaces.
pub fn analyze(arguments: &str) -> (i32, Value) {
    analyze_with(&arguments.split(' ').collect::<Vec<_>>(), "")
}

/// Runs `unfreed analyze --format json` with `arguments`; it reads `input`.
/// The JSON must be what `docs/analysis.schema.json` says, with sums that add
/// up.
pub fn analyze_with(arguments: &[&str], input: impl Into<Vec<u8>>) -> (i32, Value) {
    let arguments = [&["analyze", "--format", "json"], arguments].concat();
    let run = run_with(&arguments, input);
    assert_eq!(run.stderr, "", "{arguments:?}");
    let found: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_valid(&found);
    assert_sums(&found);
    (run.code, found)
}

/// The number at `path`, such as `/totals/leaked`.
pub fn number(found: &Value, path: &str) -> u64 {
    let value = found.pointer(path).and_then(Value::as_u64);
    value.unwrap_or_else(|| panic!("{path} is no number in {found:#}"))
}

/// The text at `path`.
pub fn text<'a>(found: &'a Value, path: &str) -> &'a str {
    let value = found.pointer(path).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("{path} is no text in {found:#}"))
}

/// The array at `path`.
pub fn list<'a>(found: &'a Value, path: &str) -> &'a [Value] {
    let value = found.pointer(path).and_then(Value::as_array);
    value.unwrap_or_else(|| panic!("{path} is no array in {found:#}"))
}

static SCHEMA: LazyLock<Validator> = LazyLock::new(|| {
    let text = fs::read_to_string(root().join("docs/analysis.schema.json")).expect("the schema");
    let schema = serde_json::from_str(&text).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
});

fn assert_valid(found: &Value) {
    let errors: Vec<String> = SCHEMA
        .iter_errors(found)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
}

/// What `docs/analysis-json.md` says of sums.
fn assert_sums(found: &Value) {
    let n = |path: &str| number(found, path);
    assert_eq!(
        n("/lines/total"),
        n("/lines/records") + n("/lines/program") + n("/lines/malformed"),
        "a line was dropped"
    );
    assert_eq!(n("/lines/malformed"), n("/anomalies/malformed_lines"));
    assert_eq!(
        n("/lines/malformed"),
        sum(found, "/anomalies/faults", "lines")
    );
    assert_eq!(
        n("/totals/allocations"),
        n("/totals/matched_frees") + n("/totals/leaked") + n("/totals/superseded")
    );
    assert_eq!(
        n("/totals/frees"),
        n("/totals/matched_frees") + n("/anomalies/unmatched_frees") + n("/anomalies/double_frees")
    );
    let is_complete =
        list(found, "/anomalies/damaged_sources").is_empty() && n("/lines/malformed") == 0;
    assert_eq!(found["complete"], is_complete);
}

/// The sum of one member of all objects in the array at `path`.
pub fn sum(found: &Value, path: &str, member: &str) -> u64 {
    let members = list(found, path).iter();
    members
        .map(|object| number(object, &format!("/{member}")))
        .sum()
}

#[test]
fn the_schema_refuses_other_shapes_but_allows_new_members() {
    let (_, found) = analyze("tests/logs/good/one-leak.log");
    let changed = |change: fn(&mut Value)| {
        let mut found = found.clone();
        change(&mut found);
        SCHEMA.is_valid(&found)
    };
    assert!(changed(|_| ()));
    assert!(!changed(|found| found["totals"]["leaked"] = (-1).into()));
    assert!(changed(|found| found["totals"]["extra"] = 1.into()));
    assert!(!changed(|found| found["sources"] = Value::Null));
    assert!(!changed(|found| {
        found.as_object_mut().map(|members| members.remove("types"));
    }));
}
