//! A command that is recorded and checked at once.

use std::path::Path;

use crate::support::{recorded, root, unfreed};

#[test]
fn the_recording_of_a_good_run_is_not_kept() {
    let cases = root().join("tests/leaks");
    let run = unfreed(&cases, &["check", "--", "node", "run.mjs", "plain-freed"]);
    assert_eq!(run.code, 0, "{}{}", run.stdout, run.stderr);
    assert!(
        !run.stderr.contains("the recording is in"),
        "{}",
        run.stderr
    );
}

#[test]
fn the_recording_of_a_bad_run_is_kept_and_named() {
    let cases = root().join("tests/leaks");
    let run = unfreed(&cases, &["check", "--", "node", "run.mjs", "plain-leak"]);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let (_, file) = run
        .stderr
        .split_once("the recording is in ")
        .expect("a name");
    let file = Path::new(file.trim_end());
    assert!(file.is_file());
    std::fs::remove_dir_all(file.parent().expect("a folder")).expect("it can be removed");
}

#[test]
fn a_command_that_fails_comes_first() {
    // A folder with a recording, to have one that is empty.
    let folder = recorded("plain-freed");
    let run = unfreed(
        folder.path(),
        &[
            "check",
            "-o",
            "own.unfreed",
            "--",
            "node",
            "-e",
            "process.exit(7)",
        ],
    );
    assert_eq!(run.code, 7, "{}{}", run.stdout, run.stderr);
    assert!(
        run.stderr.contains("the command ended with exit code 7"),
        "{}",
        run.stderr
    );
    assert!(folder.path().join("own.unfreed").is_file());
}

#[test]
fn a_command_that_loads_no_module_is_no_pass() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = unfreed(
        folder.path(),
        &["check", "-o", "own.unfreed", "--", "node", "-e", "0"],
    );
    assert_eq!(run.code, 3, "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_command_that_cannot_be_run_is_wrong_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = unfreed(folder.path(), &["check", "--", "no-such-program-here"]);
    assert_eq!(run.code, 2, "{}{}", run.stdout, run.stderr);
}

/// Each process writes a log of its own, so that ids do not clash.
#[test]
fn processes_with_probes_are_judged_each_by_its_log() {
    let project = root().join("tests/cases/probe-check");
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("unfreed");
    command
        .current_dir(&project)
        .env("CARGO_TARGET_DIR", root().join("target/probe-check"))
        .args(["check", "--budget", "leaked_bytes=0", "--"])
        .args(["cargo", "test", "--quiet", "--offline", "--locked"]);
    let run = crate::support::run(&mut command);
    assert_eq!(run.code, 1, "{}{}", run.stdout, run.stderr);
    let lines = || run.stdout.lines();
    let failed: Vec<_> = lines()
        .filter(|line| line.starts_with("Failed: "))
        .collect();
    let passed: Vec<_> = lines()
        .filter(|line| line.starts_with("Passed: "))
        .collect();
    assert_eq!((failed.len(), passed.len()), (1, 1), "{}", run.stdout);
    assert!(
        run.stdout.contains(" in 1 block per iteration"),
        "{}",
        run.stdout
    );
}
