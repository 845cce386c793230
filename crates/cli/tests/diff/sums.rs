//! The changes of all rows add up to that of the whole, which is taken from other
//! figures than those of rows.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::runs::{array, build, json, leak, root, unfreed};

fn adds_up(before: &Path, after: &Path, options: &[&str]) {
    let found = json(before, after, options);
    let whole = found["live"]["change"].as_f64().expect("a figure");
    for rows in ["types", "stacks"] {
        let changes = array(&found[rows]).iter().map(|row| row["change"].as_f64());
        let sum: f64 = changes.map(|change| change.expect("a figure")).sum();
        let near = 1e-9 * (1.0 + whole.abs() + sum.abs());
        assert!(
            (sum - whole).abs() < near,
            "{rows}: {sum}, {whole}: {found:#}"
        );
        for run in ["a", "b"] {
            let at_end = |row: &Value| row[run]["at_end"].as_u64().unwrap_or(0);
            let sum: u64 = array(&found[rows]).iter().map(at_end).sum();
            assert_eq!(sum, at_end(&found["live"]), "{rows} of {run}");
        }
    }
}

#[test]
fn of_recordings() {
    let cases = [
        "plain-freed",
        "plain-sometimes",
        "batch-freed",
        "cache-unbounded",
        "handle-held",
        "fragmentation",
    ];
    let mut runs: Vec<PathBuf> = cases.map(leak).to_vec();
    runs.extend(["leaky", "fixed"].map(build));
    for (before, after) in runs.iter().zip(&runs[1..]) {
        adds_up(before, after, &[]);
        adds_up(after, before, &[]);
    }
}

#[test]
fn of_logs() {
    let log = |name: &str| root().join("tests/logs/good").join(name);
    let marks = ["--mark", "^(pool cycle|--- Iteration|round)"];
    let (pool, cut) = (log("o1js-pool.log.gz"), log("step3-cut.log"));
    adds_up(&pool, &cut, &marks);
    adds_up(&pool, &cut, &[]);
    adds_up(&log("v2.log"), &log("marks.log"), &[]);
}

/// The change per iteration is that of what `unfreed analyze` says is live at marks.
#[test]
fn the_whole_is_what_the_iterations_say() {
    let run = unfreed(&[
        "analyze",
        "--format",
        "json",
        leak("cache-bounded").to_str().expect("a path"),
    ]);
    let analysis: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let iterations = array(&analysis["iterations"]);
    let live = |number: usize| iterations[number]["live_bytes"].as_f64().expect("a figure");
    // The first three of twelve iterations are the warm-up.
    let mean = (live(12) - live(3)) / 9.0;
    let found = json(&leak("plain-freed"), &leak("cache-bounded"), &[]);
    assert_eq!(found["live"]["b"]["growth"]["per_iteration"], mean);
    assert_eq!(found["b"]["warm_up"], 3);
}
