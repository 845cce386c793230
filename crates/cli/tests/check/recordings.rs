//! Recordings: what is measured in them, marks that are chosen, and a recording whose
//! program still runs.

use std::fs;

use crate::support::{check_json, recorded, root, unfreed, write};

#[test]
fn memory_and_holes_are_measured() {
    let folder = recorded("fragmentation");
    let arguments = [
        "--budget",
        "leaked_bytes=1GiB",
        "--budget",
        "memory_growth=1GiB",
        "--budget",
        "holes_bytes=1GiB",
        "--budget",
        "holes_share=100%",
        "--budget",
        "handles=0",
    ];
    let (code, json) = check_json(folder.path(), &[&arguments[..], &["case.unfreed"]].concat());
    assert_eq!(code, 0, "{json:#}");
    let measured = |budget: usize| json["budgets"][budget]["measured"]["growth"].as_f64();
    let holes = measured(2).expect("holes");
    let last = |name: &str| {
        let levels = json["series"][name]
            .as_array()
            .and_then(|levels| levels.last());
        levels.and_then(serde_json::Value::as_f64).expect("a level")
    };
    assert_eq!(holes, last("holes_bytes"));
    assert!(holes > 0.0);
    assert_eq!(measured(3), Some(holes / last("memory_bytes")));
    assert_eq!(measured(4), Some(0.0));
    // The account says the same.
    let run = unfreed(
        folder.path(),
        &["account", "--format", "json", "case.unfreed"],
    );
    let account: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let size = &account["memories"][0]["size"]["after"];
    assert_eq!(size.as_f64(), Some(last("memory_bytes")));
}

#[test]
fn memory_and_holes_break_their_budgets() {
    let folder = recorded("fragmentation");
    for budget in [
        "holes_bytes=1KiB",
        "holes_growth=1KiB",
        "holes_share=1%",
        "memory_growth=1KiB",
    ] {
        let arguments = ["--budget", budget, "case.unfreed"];
        let (code, json) = check_json(folder.path(), &arguments);
        assert_eq!(code, 1, "{budget}: {json:#}");
        let broken = &json["budgets"][0];
        assert_eq!(broken["outcome"], "fail", "{budget}: {json:#}");
        let measured = broken["measured"]["growth"].as_f64();
        assert!(measured > broken["limit"].as_f64(), "{budget}: {json:#}");
    }
}

#[test]
fn marks_are_chosen_and_what_lies_outside_does_not_count() {
    let folder = recorded("plain-leak");
    let marks = ["--mark", "^round ([3-9])$", "--mark-end", "^9$"];
    let (code, json) = check_json(folder.path(), &[&marks[..], &["case.unfreed"]].concat());
    assert_eq!(code, 1);
    let names = json["iterations"]["names"].as_array().expect("names");
    assert_eq!(names, &["3", "4", "5", "6", "7", "8"]);
    assert_eq!(json["series"]["live_bytes"][0], 200);
    let budget = &json["budgets"][0];
    assert_eq!(budget["measured"]["exact"], true);
    assert_eq!(budget["culprits"][0]["type"], "forget");
    assert_eq!(budget["culprits"][0]["bytes_per_iteration"], 100.0);
    // So does `unfreed analyze`.
    let options = [
        &["analyze", "--format", "json"],
        &marks[..],
        &["case.unfreed"],
    ]
    .concat();
    let run = unfreed(folder.path(), &options);
    let analysis: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let parts: Vec<_> = analysis["iterations"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|part| {
            (
                part["name"].as_str(),
                part["part"].as_str().expect("a part"),
            )
        })
        .collect();
    assert_eq!(parts.len(), 8);
    assert_eq!(parts[0], (None, "setup"));
    assert_eq!(parts[6], (Some("8"), "iteration"));
    assert_eq!(parts[7], (Some("9"), "tail"));
}

#[test]
fn handles_that_stay_break_their_budget() {
    let folder = recorded("handle-held");
    let (code, json) = check_json(folder.path(), &["--budget", "handles=0", "case.unfreed"]);
    assert_eq!(code, 1, "{json:#}");
    let culprit = &json["budgets"][0]["culprits"][0];
    assert!(culprit["blocks_per_iteration"].as_f64() > Some(0.0));
    let next = culprit["next_step"].as_str().expect("a step");
    assert!(next.contains("free()"), "{next}");
    let class = culprit["type"].as_str().expect("a class");
    let budget = format!("handles:class:{class}=1000");
    let (code, _) = check_json(folder.path(), &["--budget", &budget, "case.unfreed"]);
    assert_eq!(code, 0);
}

/// Sets marks before, for and after a test, and has its own recording checked while it
/// runs: once when its events are not written yet, once when they are.
const PROGRAM: &str = r#"
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
const [module, unfreed, file] = process.argv.slice(2);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(module)));
exports._initialize?.();
const check = () => {
  const marks = ['--mark', '^unfreed:leakCheck:7:(.*)$', '--mark-end', '^8$'];
  const env = { ...process.env, NODE_OPTIONS: '' };
  const { status, stdout } = spawnSync(unfreed, ['check', '--running', '--format', 'json', ...marks, file], { env });
  return { status, said: JSON.parse(stdout) };
};
globalThis.unfreed.mark('unfreed:leakCheck:6:0');
for (let i = 0; i < 50; i++) exports.forget(1);
for (let n = 0; n <= 8; n++) {
  globalThis.unfreed.mark(`unfreed:leakCheck:7:${n}`);
  if (n < 8) exports.forget(1);
}
const early = check();
globalThis.unfreed.mark('unfreed:leakCheck:8:0');
// More than a thread keeps before it writes.
for (let i = 0; i < 5000; i++) exports.forget(1);
console.log(JSON.stringify([early, check()]));
"#;

#[test]
fn a_program_that_runs_may_check_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    write(&folder, "program.mjs", PROGRAM);
    let module = root().join("tests/leaks/plain.wasm");
    let binary = assert_cmd::cargo::cargo_bin!("unfreed");
    let run = unfreed(
        folder.path(),
        &[
            "record",
            "--quiet",
            "-o",
            "own.unfreed",
            "--",
            "node",
            "program.mjs",
            module.to_str().expect("text"),
            binary.to_str().expect("text"),
            "own.unfreed",
        ],
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    let said: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let (early, late) = (&said[0], &said[1]);
    assert_eq!(early["status"], 3, "{early:#}");
    assert_eq!(late["status"], 1, "{late:#}");
    let found = &late["said"];
    assert_eq!(found["problems"].as_array().map(Vec::len), Some(0));
    assert_eq!(found["iterations"]["counted"], 8);
    assert_eq!(found["budgets"][0]["measured"]["growth"], 100.0);
    assert_eq!(found["budgets"][0]["measured"]["exact"], true);
    assert_eq!(found["series"]["live_bytes"][0], 5_000);
}

#[test]
fn a_recording_that_is_cut_cannot_be_told_from() {
    let folder = recorded("plain-freed");
    let file = folder.path().join("case.unfreed");
    let whole = fs::read(&file).expect("the recording");
    fs::write(&file, &whole[..whole.len() - 20]).expect("it can be written");
    let run = unfreed(folder.path(), &["check", "case.unfreed"]);
    assert_eq!(run.code, 3, "{}", run.stdout);
    assert!(run.stdout.contains("cut short"), "{}", run.stdout);
}
