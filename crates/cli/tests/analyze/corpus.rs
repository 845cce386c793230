//! Every log in `tests/logs` is analysed without a panic, ends with the exit
//! code that is documented, and is counted line by line as `expected.txt` says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use crate::support::{analyze, list, number, root, run};

/// What `expected.txt` says of one log.
struct Expected {
    log: String,
    code: i32,
    /// Records, program's lines, malformed lines.
    lines: [u64; 3],
    /// Allocations, frees, leaked objects.
    objects: [u64; 3],
    /// What is counted besides, by name; what is not named is 0.
    counts: BTreeMap<String, u64>,
}

impl Expected {
    fn parse(line: &str) -> Expected {
        let mut words = line.split_whitespace();
        let log = words.next().expect("a log").to_owned();
        let mut numbers = words.by_ref().take(7).map(|word| word.parse::<u64>());
        let mut next = || numbers.next().expect(line).expect(line);
        let code = next();
        let lines = [next(), next(), next()];
        let objects = [next(), next(), next()];
        let counts = words.map(|word| {
            let (name, count) = word.split_once('=').expect(line);
            (name.to_owned(), count.parse().expect(line))
        });
        Expected {
            log,
            code: i32::try_from(code).expect(line),
            lines,
            objects,
            counts: counts.collect(),
        }
    }
}

fn expected() -> Vec<Expected> {
    let text = fs::read_to_string(root().join("tests/logs/expected.txt")).expect("expected.txt");
    let lines = text.lines();
    lines
        .filter(|line| !line.starts_with('#') && !line.is_empty())
        .map(Expected::parse)
        .collect()
}

#[test]
fn every_log_is_counted_as_expected() {
    let mut wrong = Vec::new();
    for expected in expected() {
        let (code, found) = analyze(&format!("tests/logs/{}", expected.log));
        wrong.extend(differences(&expected, code, &found));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn differences(expected: &Expected, code: i32, found: &Value) -> Vec<String> {
    let numbers = |paths: [&str; 3]| paths.map(|path| number(found, path));
    let lines = numbers(["/lines/records", "/lines/program", "/lines/malformed"]);
    let objects = numbers(["/totals/allocations", "/totals/frees", "/totals/leaked"]);
    let mut wrong = Vec::new();
    let mut compare = |what: &str, expected_text: String, found_text: String| {
        if expected_text != found_text {
            let log = &expected.log;
            wrong.push(format!(
                "{log}: {what}: expected {expected_text}, found {found_text}"
            ));
        }
    };
    compare("exit code", expected.code.to_string(), code.to_string());
    compare(
        "lines",
        format!("{:?}", expected.lines),
        format!("{lines:?}"),
    );
    compare(
        "objects",
        format!("{:?}", expected.objects),
        format!("{objects:?}"),
    );
    compare(
        "counts",
        format!("{:?}", expected.counts),
        format!("{:?}", counts(found)),
    );
    wrong
}

/// All that is counted besides lines and objects, and is not 0.
fn counts(found: &Value) -> BTreeMap<String, u64> {
    let members = |path: &str| found[path].as_object().expect("an object").clone();
    let known = [
        "total",
        "records",
        "program",
        "malformed",
        "malformed_lines",
    ];
    let numbers = members("lines")
        .into_iter()
        .chain(members("anomalies"))
        .filter(|(name, _)| !known.contains(&name.as_str()))
        .filter_map(|(name, value)| Some((name, value.as_u64()?)));
    let faults = list(found, "/anomalies/faults").iter();
    let faults = faults.map(|fault| {
        let name = fault["fault"].as_str().expect("a name");
        (name.to_owned(), number(fault, "/lines"))
    });
    let damaged = list(found, "/anomalies/damaged_sources").len() as u64;
    numbers
        .chain(faults)
        .chain([("damaged_sources".to_owned(), damaged)])
        .filter(|(_, count)| *count > 0)
        .collect()
}

#[test]
fn no_check_counts_more_than_there_is() {
    let mut wrong = Vec::new();
    for Expected { log, .. } in expected() {
        let (_, found) = analyze(&format!("tests/logs/{log}"));
        for check in list(&found, "/trust/checks") {
            // More may leak than a memory grew: it had room.
            let may_exceed = check["name"] == "coverage";
            if !may_exceed && number(check, "/count") > number(check, "/of") {
                wrong.push(format!("{log}: {check}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_log_has_an_expectation_and_an_origin() {
    let readme = fs::read_to_string(root().join("tests/logs/README.md")).expect("README.md");
    let mut logs = BTreeSet::new();
    for folder in ["good", "bad"] {
        let files = fs::read_dir(root().join("tests/logs").join(folder)).expect("the folder");
        for file in files {
            let name = file.expect("a file").file_name();
            let log = format!("{folder}/{}", name.display());
            assert!(
                readme.contains(&format!("`{log}`")),
                "README.md has no {log}"
            );
            logs.insert(log);
        }
    }
    let expected: BTreeSet<String> = expected().into_iter().map(|e| e.log).collect();
    assert_eq!(logs, expected);
}

/// Text, Markdown and CSV come from the same findings; here they only must not
/// fail, and end with the same code.
#[test]
fn every_log_is_shown_in_every_format() {
    for Expected { log, code, .. } in expected() {
        for format in ["text", "markdown", "csv"] {
            let run = run(&format!("analyze --format {format} tests/logs/{log}"));
            assert_eq!(
                (run.code, run.stderr.as_str()),
                (code, ""),
                "{log} as {format}"
            );
            assert!(run.stdout.ends_with('\n'), "{log} as {format}");
            assert!(!run.stdout.contains('\x1b'), "{log} as {format}");
        }
    }
}
