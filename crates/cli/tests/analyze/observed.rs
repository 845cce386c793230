//! Marks, and memory that was observed to grow: `--mark`, `--memory`,
//! `--observed`, and the records for them.

use serde_json::Value;

use crate::support::{analyze_with, list, number, run_with, text};

const STEP3: &str = "tests/logs/good/step3-cut.log";

fn verdict<'a>(found: &'a Value, type_name: &str) -> &'a Value {
    let mut types = list(found, "/types").iter();
    let found = types.find(|row| text(row, "/type") == type_name);
    &found.expect("the type")["verdict"]
}

fn kind<'a>(found: &'a Value, type_name: &str) -> &'a str {
    text(verdict(found, type_name), "/kind")
}

#[test]
fn a_pattern_cuts_the_run_into_iterations() {
    let (_, found) = analyze_with(&["--mark=^--- Iteration", STEP3], "");
    let parts: Vec<&str> = list(&found, "/iterations")
        .iter()
        .map(|part| text(part, "/part"))
        .collect();
    assert_eq!(parts, [&["setup"][..], &["iteration"; 10]].concat());
    assert_eq!(text(&found, "/iterations/1/name"), "--- Iteration 1/10 ---");
    assert_eq!(number(&found, "/iterations/1/mark/log_line"), 3);
    let proof = verdict(&found, "WasmFpProverProof");
    assert_eq!(text(proof, "/kind"), "systematic");
    assert_eq!(
        (&proof["per_iteration"], &proof["exact"]),
        (&1.0.into(), &true.into())
    );
    for setup in [
        "WasmFpSrs",
        "WasmFqSrs",
        "WasmPastaFpPlonkIndex",
        "WasmPastaFqPlonkIndex",
    ] {
        assert_eq!(kind(&found, setup), "one_off", "{setup}");
    }
    assert_eq!(kind(&found, "WasmFqGate"), "clean");
}

#[test]
fn a_capture_names_the_iterations() {
    let (_, found) = analyze_with(&[r"--mark=Iteration (\d+)", STEP3], "");
    assert_eq!(text(&found, "/iterations/10/name"), "10");
}

#[test]
fn mark_records_cut_the_run_and_each_type_gets_its_verdict() {
    let (_, found) = analyze_with(&["tests/logs/good/marks.log"], "");
    assert_eq!(number(verdict(&found, "Session"), "/warm_up"), 0);
    assert_eq!(verdict(&found, "Session")["exact"], true);
    for (type_name, expected) in [
        ("Session", "systematic"),
        ("CacheEntry", "bounded"),
        ("Log", "noisy"),
        ("Config", "one_off"),
        ("Request", "clean"),
    ] {
        assert_eq!(kind(&found, type_name), expected, "{type_name}");
    }
    // After the mark `done` nothing is allocated.
    assert_eq!(text(&found, "/iterations/7/part"), "tail");
}

#[test]
fn a_pattern_selects_mark_records_by_name() {
    let (_, found) = analyze_with(&["--mark=round [246]", "tests/logs/good/marks.log"], "");
    assert_eq!(list(&found, "/iterations").len(), 4);
    assert_eq!(number(&found, "/lines/unselected_marks"), 4);
}

#[test]
fn no_mark_no_verdict_and_few_marks_too_few() {
    let (_, found) = analyze_with(&[STEP3], "");
    assert_eq!(list(&found, "/iterations").len(), 0);
    assert_eq!(*verdict(&found, "WasmFpSrs"), Value::Null);
    let (_, found) = analyze_with(&["--mark=Iteration [12]/", STEP3], "");
    assert_eq!(kind(&found, "WasmFpSrs"), "too_few");
}

#[test]
fn observed_growth_is_compared_with_what_leaked() {
    let (_, found) = analyze_with(&["--observed", "36.06MB", "774.62MB", STEP3], "");
    assert_eq!(number(&found, "/coverage/start_bytes"), 37_811_651);
    assert_eq!(number(&found, "/coverage/end_bytes"), 812_247_941);
    assert_eq!(number(&found, "/coverage/growth_bytes"), 774_436_290);
    assert_eq!(number(&found, "/coverage/explained_bytes"), 67_518_669);
    assert_eq!(number(&found, "/coverage/unexplained_bytes"), 706_917_621);
    let ratio = found["coverage"]["ratio"].as_f64().expect("a ratio");
    assert!((ratio - 0.0872).abs() < 0.0001, "{ratio}");
}

#[test]
fn memory_that_did_not_grow_has_no_ratio() {
    let (code, found) = analyze_with(&["--observed", "2MiB", "1MiB", STEP3], "");
    assert_eq!(code, 0);
    assert_eq!(found["coverage"]["growth_bytes"], -1_048_576);
    assert_eq!(found["coverage"]["ratio"], Value::Null);
}

#[test]
fn sizes_of_memory_are_taken_from_the_programs_lines() {
    let (_, found) = analyze_with(&["--memory=WASM memory.*: (.*)", STEP3], "");
    assert_eq!(text(&found, "/memory/0/from"), "program");
    assert_eq!(number(&found, "/memory/0/samples"), 11);
    assert_eq!(number(&found, "/coverage/start_bytes"), 37_811_651);
    assert_eq!(number(&found, "/coverage/end_bytes"), 813_432_832);
    assert_eq!(number(&found, "/coverage/explained_bytes"), 67_518_669);
}

#[test]
fn a_capture_that_is_no_size_is_told() {
    let arguments = ["analyze", "--memory=--- (.*)", STEP3];
    let run = run_with(&arguments, "");
    assert_eq!(run.code, 0);
    assert!(
        run.stdout
            .contains("10 lines match --memory, but what it captures is no size"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains(&format!("{STEP3}:3")), "{}", run.stdout);
}

#[test]
fn memory_records_are_compared_without_an_option() {
    let (_, found) = analyze_with(&["tests/logs/good/v2.log"], "");
    assert_eq!(text(&found, "/coverage/source"), "@MEMORY wasm");
    assert_eq!(number(&found, "/coverage/growth_bytes"), 1_114_112);
    assert_eq!(number(&found, "/coverage/explained_bytes"), 65_536);
    assert_eq!(list(&found, "/memory").len(), 3);
    let grow = "@ALLOCATE A 65536 a.rs:1 1\n@GROW 0 16 1\n@GROW 0 17 2\n";
    let (_, found) = analyze_with(&["-"], grow);
    assert_eq!(text(&found, "/coverage/source"), "@GROW 0");
    assert_eq!(number(&found, "/coverage/growth_bytes"), 3 * 65_536);
    assert_eq!(number(&found, "/coverage/explained_bytes"), 65_536);
}

#[test]
fn observed_excludes_memory_and_takes_two_sizes() {
    for arguments in [
        &["--observed", "1MB", "2MB", "--memory", "x"][..],
        &["--observed", "1MB"],
        &["--observed", "1MB", "many"],
        &["--observed", "1 apple", "2MB"],
        &["--observed", "-1", "2MB"],
    ] {
        let run = run_with(&[&["analyze"], arguments, &["--", STEP3]].concat(), "");
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}");
    }
}
