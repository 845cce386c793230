//! Exit codes.

use std::path::Path;

use crate::runs::{build, diff, file, leak, recording, root, unfreed};

fn code(before: &Path, after: &Path, options: &[&str]) -> i32 {
    let run = diff(before, after, options);
    assert!(!run.stdout.is_empty(), "{run:?}");
    run.code
}

const GATE: [&str; 1] = ["--fail-on-growth"];

#[test]
fn growth_fails_if_it_is_asked_for() {
    let (clean, leaky) = (leak("plain-freed"), leak("plain-leak"));
    assert_eq!(code(&clean, &leaky, &[]), 0);
    assert_eq!(code(&clean, &leaky, &GATE), 1);
    assert_eq!(code(&clean, &leaky, &["--fail-on-growth", "99B"]), 1);
    assert_eq!(code(&clean, &leaky, &["--fail-on-growth=100B"]), 0);
    assert_eq!(code(&leaky, &clean, &GATE), 0);
    assert_eq!(code(&leaky, &leaky, &GATE), 0);
    // The whole shrinks, and yet there is a new leak.
    assert_eq!(code(&build("leaky"), &build("fixed"), &GATE), 1);
}

#[test]
fn what_leaks_in_each_third_round_does_not_differ_from_itself() {
    let (more, less) = (
        recording("leaks", "plain-sometimes", 30),
        recording("leaks", "plain-sometimes", 36),
    );
    assert_eq!(code(&more, &less, &GATE), 0);
}

#[test]
fn caches_and_set_up_do_not_fail() {
    assert_eq!(code(&leak("plain-freed"), &leak("static-table"), &GATE), 0);
    assert_eq!(code(&leak("plain-freed"), &leak("cache-bounded"), &GATE), 0);
    assert_eq!(
        code(&leak("cache-bounded"), &leak("cache-unbounded"), &GATE),
        1
    );
}

#[test]
fn too_few_iterations_tell_nothing() {
    let (few, many) = (recording("leaks", "plain-leak", 2), leak("plain-leak"));
    let run = diff(&few, &many, &GATE);
    assert_eq!(run.code, 3);
    assert!(
        run.stderr.contains("not enough iterations"),
        "{}",
        run.stderr
    );
    assert!(
        run.stdout.contains("A has fewer than three iterations"),
        "{}",
        run.stdout
    );
    assert_eq!(code(&few, &many, &[]), 0);
    // Exact figures need no interval.
    assert_eq!(code(&recording("leaks", "plain-leak", 3), &many, &GATE), 0);
}

#[test]
fn an_incomplete_input_is_told_from_growth() {
    let log = root().join("tests/logs/good/marks.log");
    let cut = root().join("tests/logs/bad/cut-at-the-end.log");
    assert_eq!(code(&log, &log, &GATE), 0);
    for options in [&[][..], &GATE] {
        assert_eq!(code(&log, &cut, options), 3);
        assert_eq!(code(&cut, &log, options), 3);
    }
    let empty = file("empty.log", "no record\n");
    assert_eq!(code(&empty, &log, &[]), 3);
    let whole = std::fs::read(leak("plain-leak")).expect("a recording");
    let cut = crate::runs::FOLDER.path().join("cut.unfreed");
    std::fs::write(&cut, &whole[..whole.len() - 40]).expect("a file");
    assert_eq!(code(&leak("plain-leak"), &cut, &GATE), 3);
}

#[test]
fn wrong_use_is_2() {
    let log = "tests/logs/good/marks.log";
    for arguments in [
        &["diff", log][..],
        &["diff", log, "no such file"],
        &["diff", "-", "-"],
        &["diff", log, log, "--fail-on-growth", "much"],
        &["diff", log, log, "--observed", "1KiB", "2KiB"],
        &["diff", log, log, "--svg", "no such folder/diff.svg"],
        &["baseline"],
        &["baseline", "no such file"],
        &["baseline", log, "-o", "no such folder/unfreed.baseline"],
    ] {
        let run = unfreed(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {run:?}");
        assert!(!run.stderr.is_empty());
    }
}
