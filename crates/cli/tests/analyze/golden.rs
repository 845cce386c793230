//! Whole reports, as golden files in `tests/snapshots`. After a change that is
//! meant, `INSTA_UPDATE=always` rewrites them; their diff is to be read as a
//! user would read the report.

use insta::Settings;

use crate::support::{Run, run, run_with};

/// The real log of o1js, cut into its thread-pool cycles.
const POOL: [&str; 4] = [
    "analyze",
    "--mark=^pool cycle",
    "--memory=linear memory (.*)",
    "tests/logs/good/o1js-pool.log.gz",
];

/// A cut of the log with the published figures of o1js, in the units that were
/// published.
const STEP3: [&str; 5] = [
    "analyze",
    "--mark=^--- Iteration",
    "--memory=WASM memory.*: (.*)",
    "tests/logs/good/step3-cut.log",
    "--units=mb",
];

/// Compares with `tests/snapshots/NAME.snap`.
pub fn assert_golden(name: &str, text: &str) {
    let mut settings = Settings::clone_current();
    settings.set_snapshot_path("../snapshots");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

fn shown(run: Run) -> String {
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    run.stdout
}

fn pool(format: &str, more: &[&str]) -> String {
    let arguments = [&POOL[..], &["--format", format], more].concat();
    shown(run_with(&arguments, ""))
}

fn step3(format: &str) -> String {
    shown(run_with(&[&STEP3[..], &["--format", format]].concat(), ""))
}

fn small(log: &str, format: &str) -> String {
    shown(run(&format!(
        "analyze tests/logs/good/{log} --format {format}"
    )))
}

#[test]
fn pool_log() {
    assert_golden("pool.txt", &pool("text", &[]));
    assert_golden("pool.md", &pool("markdown", &["--top=5"]));
    assert_golden("pool.csv", &pool("csv", &[]));
    assert_golden(
        "pool.json",
        &pool("json", &["--top=2", "--type=*__wbindgen*"]),
    );
}

#[test]
fn published_log() {
    assert_golden("step3-cut.txt", &step3("text"));
    assert_golden("step3-cut.md", &step3("markdown"));
    assert_golden("step3-cut.csv", &step3("csv"));
}

#[test]
fn log_with_everything_of_version_2() {
    assert_golden("v2.txt", &small("v2.log", "text"));
    assert_golden("v2.json", &small("v2.log", "json"));
}

#[test]
fn log_of_each_verdict() {
    assert_golden("marks.txt", &small("marks.log", "text"));
}

#[test]
fn log_without_a_leak() {
    assert_golden("nothing-leaks.txt", &small("nothing-leaks.log", "text"));
}

#[test]
fn hostile_names_are_only_shown() {
    for (format, ending) in [
        ("text", "txt"),
        ("markdown", "md"),
        ("csv", "csv"),
        ("json", "json"),
    ] {
        let name = format!("hostile-names.{ending}");
        assert_golden(&name, &small("hostile-names.log", format));
    }
}
