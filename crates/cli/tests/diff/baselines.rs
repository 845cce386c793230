//! Baselines of real runs.

use serde_json::Value;

use crate::runs::{baseline, build, diff, file, json, leak, recording, root, unfreed};

#[test]
fn two_recordings_of_a_program_give_the_same_baseline() {
    let (code, first) = baseline(&build("leaky"));
    assert_eq!(code, 0);
    let again = crate::runs::FOLDER.path().join("again.unfreed");
    let again = again.to_str().expect("a path");
    let folder = root().join("tests/builds/run.mjs");
    let script = folder.to_str().expect("a path");
    // From another folder.
    let run = unfreed(&[
        "record", "--quiet", "-o", again, "--", "node", script, "leaky",
    ]);
    assert_eq!(run.code, 0, "{run:?}");
    let (_, second) = baseline(std::path::Path::new(again));
    assert_eq!(first, second);
}

/// All of it but the names of the runs.
fn compared(mut found: Value) -> Value {
    found["a"]["name"] = Value::Null;
    found["headline"][1] = Value::Null;
    found
}

#[test]
fn a_baseline_stands_for_its_recording() {
    for case in [
        "plain-sometimes",
        "cache-unbounded",
        "handle-held",
        "fragmentation",
    ] {
        let recording = leak(case);
        let (_, text) = baseline(&recording);
        let kept = file(&format!("{case}.baseline"), &text);
        for other in ["plain-leak", case] {
            let by_baseline = compared(json(&kept, &leak(other), &[]));
            let by_recording = compared(json(&recording, &leak(other), &[]));
            assert_eq!(by_baseline, by_recording);
        }
    }
}

#[test]
fn a_changed_program_fails_the_gate() {
    let kept = file("leaky.baseline", &baseline(&build("leaky")).1);
    let code = |after: &str| diff(&kept, &build(after), &["--fail-on-growth"]).code;
    assert_eq!(code("leaky"), 0);
    assert_eq!(code("moved"), 0);
    assert_eq!(code("fixed"), 1);
}

#[test]
fn an_incomplete_run_says_so_in_its_baseline() {
    let (code, text) = baseline(&root().join("tests/logs/bad/cut-at-the-end.log"));
    assert_eq!(code, 3);
    assert!(text.contains("\ncomplete no\n"), "{text}");
    let kept = file("cut.baseline", &text);
    assert_eq!(diff(&kept, &leak("plain-leak"), &[]).code, 3);
}

#[test]
fn a_damaged_baseline_is_named_with_its_line() {
    let (_, text) = baseline(&leak("plain-leak"));
    let damaged = file(
        "damaged.baseline",
        &text.replace("trust high", "<<<<<<< ours"),
    );
    let run = diff(&damaged, &leak("plain-leak"), &[]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr
            .contains("damaged.baseline: line 7: found '<<<<<<<', expected iterations,"),
        "{}",
        run.stderr
    );
    let damaged = damaged.to_str().expect("a path");
    let run = unfreed(&["baseline", damaged]);
    assert_eq!(run.code, 2);
    assert!(
        run.stderr.contains("is a baseline already"),
        "{}",
        run.stderr
    );
}

#[test]
fn a_baseline_without_iterations_compares_what_is_there_at_the_end() {
    let few = recording("leaks", "plain-leak", 2);
    let kept = file("few.baseline", &baseline(&few).1);
    let found = json(&kept, &leak("plain-leak"), &[]);
    assert_eq!(found["basis"], "at_end");
    assert_eq!(found["live"]["change"], 1_000.0);
}
