//! Whole comparisons and baselines, as golden files in `tests/snapshots`.

use insta::Settings;

use crate::runs::{Run, baseline, build, diff, leak, recording, root};

fn assert_golden(name: &str, text: &str) {
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

#[test]
fn a_fix_and_a_new_leak() {
    for (format, ending) in [
        ("text", "txt"),
        ("markdown", "md"),
        ("csv", "csv"),
        ("json", "json"),
    ] {
        let run = diff(&build("leaky"), &build("fixed"), &["--format", format]);
        assert_golden(&format!("diff-fixed.{ending}"), &shown(run));
    }
}

#[test]
fn the_baseline_of_a_program() {
    assert_golden("leaky.baseline", &baseline(&build("leaky")).1);
    assert_golden("handle-held.baseline", &baseline(&leak("handle-held")).1);
}

#[test]
fn figures_that_vary() {
    let (before, after) = (
        leak("plain-freed"),
        recording("leaks", "plain-sometimes", 36),
    );
    assert_golden("diff-varies.txt", &shown(diff(&before, &after, &["--all"])));
}

#[test]
fn handles_that_are_held() {
    let run = diff(&leak("handle-freed"), &leak("handle-held"), &[]);
    assert_golden("diff-handles.txt", &shown(run));
}

#[test]
fn a_run_without_iterations() {
    let run = diff(
        &recording("leaks", "plain-leak", 2),
        &leak("plain-leak"),
        &[],
    );
    assert_golden("diff-at-end.txt", &shown(run));
}

#[test]
fn logs() {
    let log = |name: &str| root().join("tests/logs/good").join(name);
    let marks = ["--mark=^(pool cycle|round)", "--top=5"];
    let run = diff(&log("marks.log"), &log("o1js-pool.log.gz"), &marks);
    assert_golden("diff-logs.txt", &shown(run));
}

#[test]
fn hostile_names_are_only_shown() {
    let log = |name: &str| root().join("tests/logs/good").join(name);
    let (clean, hostile) = (log("nothing-leaks.log"), log("hostile-names.log"));
    for (format, ending) in [("text", "txt"), ("markdown", "md"), ("csv", "csv")] {
        let run = diff(&clean, &hostile, &["--format", format]);
        assert_golden(&format!("diff-hostile.{ending}"), &shown(run));
    }
    assert_golden("hostile.baseline", &baseline(&hostile).1);
    let svg = crate::runs::FOLDER.path().join("hostile.svg");
    shown(diff(
        &clean,
        &hostile,
        &["--svg", svg.to_str().expect("a path")],
    ));
    let svg = std::fs::read_to_string(svg).expect("a picture");
    assert!(!svg.contains("<script") && !svg.contains("<img"), "{svg}");
}
