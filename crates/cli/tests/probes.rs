//! Modules with probes (`tests/probes`): their log and a recording of the same
//! run say the same; lines that were written by hand, with the mistakes that
//! people make, are not trusted; what crosses the boundary to JavaScript and what
//! several workers do at once is counted right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const ROUNDS: u64 = 12;

fn example() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/probes")
}

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).expect("text")
}

fn unfreed(folder: &TempDir, arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_unfreed"))
        .current_dir(example())
        .env("XDG_CACHE_HOME", folder.path().join("cache"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("it runs");
    let said = text(output.stderr);
    assert_eq!(output.status.code(), Some(0), "{said}");
    text(output.stdout)
}

fn path(folder: &TempDir, name: &str) -> String {
    folder.path().join(name).to_str().expect("text").to_owned()
}

fn analysis(folder: &TempDir, of: &str) -> Value {
    let json = unfreed(folder, &["analyze", "--format", "json", of]);
    serde_json::from_str(&json).expect("JSON")
}

/// What a run prints.
fn run(how: &str) -> String {
    node(&["run.mjs", how])
}

fn node(arguments: &[&str]) -> String {
    let output = Command::new("node")
        .current_dir(example())
        .args(arguments)
        .output()
        .expect("node runs");
    assert!(output.status.success(), "{}", text(output.stderr));
    text(output.stdout)
}

/// `leaked`, `leaked_bytes` and `allocations` of all types that `is_part` accepts.
fn sum(analysis: &Value, is_part: impl Fn(&str) -> bool) -> [u64; 3] {
    let mut sums = [0; 3];
    for found in analysis["types"].as_array().expect("types") {
        if is_part(found["type"].as_str().expect("a name")) {
            for (sum, member) in sums
                .iter_mut()
                .zip(["leaked", "leaked_bytes", "allocations"])
            {
                *sum += found[member].as_u64().expect("a number");
            }
        }
    }
    sums
}

#[test]
fn the_log_of_probes_and_a_recording_of_the_same_run_agree() {
    let folder = tempfile::tempdir().expect("a folder");
    let recording = path(&folder, "run.unfreed");
    let printed = unfreed(
        &folder,
        &[
            "record", "-o", &recording, "--", "node", "run.mjs", "probes",
        ],
    );
    let log = path(&folder, "probes.log");
    std::fs::write(&log, printed).expect("written");
    let probes = analysis(&folder, &log);
    let recorded = analysis(&folder, &recording);
    for found in [&probes, &recorded] {
        assert_eq!(found["trust"]["grade"], "high", "{:#}", found["trust"]);
    }

    let of_probe = |name: &str| sum(&probes, |found| found.ends_with(&format!("::{name}")));
    let of_functions = |names: &[&str]| sum(&recorded, |found| names.contains(&found));

    // One of its functions makes one block for each object: so the counts are equal.
    let proofs = of_probe("Proof");
    let commitments = of_functions(&["probes_o1js::proof::commit"]);
    assert_eq!((proofs[0], proofs[2]), (2 * ROUNDS, 3 * ROUNDS));
    assert_eq!((commitments[0], commitments[2]), (proofs[0], proofs[2]));
    let handles = of_probe("SrsHandle");
    let boxes = of_functions(&["srshandle_new", "srshandle_another"]);
    assert_eq!(handles[0], ROUNDS + 1);
    assert_eq!((boxes[0], boxes[2]), (handles[0], handles[2]));
    let indices = of_probe("Index");
    let boxes = of_functions(&["index_new"]);
    assert_eq!((indices[0], indices[2]), (0, ROUNDS));
    assert_eq!((boxes[0], boxes[2]), (indices[0], indices[2]));
    let witnesses = of_probe("Vec<u32>");
    let arrays = of_functions(&["Object.prove"]);
    assert_eq!((witnesses[0], witnesses[2]), (0, 3 * ROUNDS));
    assert_eq!((arrays[0], arrays[2]), (witnesses[0], witnesses[2]));
    assert_eq!(of_probe("srs::Srs")[0], 1);

    // Of each type that leaks, the bytes are those of all its functions.
    for (name, functions) in [
        (
            "Proof",
            &[
                "probes_o1js::proof::commit",
                "probes_o1js::proof::evaluate",
                "<probes_o1js::proof::Transcript>::compute",
                "prove",
                "into_raw",
            ][..],
        ),
        ("srs::Srs", &["<probes_o1js::srs::Srs>::create"][..]),
    ] {
        let (own, blocks) = (of_probe(name)[1] as f64, of_functions(functions)[1] as f64);
        assert!(
            (own / blocks - 1.0).abs() < 0.01,
            "{name}: {own} and {blocks}"
        );
    }
    let all = |found: &Value| found["totals"]["leaked_bytes"].as_u64().expect("bytes") as f64;
    assert!((all(&probes) / all(&recorded) - 1.0).abs() < 0.01);

    let coverage = probes["coverage"]["ratio"].as_f64().expect("a ratio");
    assert!((0.99..=1.0).contains(&coverage), "{coverage}");
}

#[test]
fn no_type_is_freed_more_often_than_allocated() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = path(&folder, "probes.log");
    std::fs::write(&log, run("probes")).expect("written");
    let probes = analysis(&folder, &log);
    for found in probes["types"].as_array().expect("types") {
        assert!(
            found["frees"].as_u64() <= found["allocations"].as_u64(),
            "{found:#}"
        );
    }
}

#[test]
fn lines_with_the_mistakes_of_people_are_not_trusted() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = path(&folder, "hand.log");
    std::fs::write(&log, run("by-hand")).expect("written");
    let report = unfreed(&folder, &["analyze", &log]);
    let found = analysis(&folder, &log);
    assert_eq!(found["trust"]["grade"], "low");
    for reason in [
        // A constructor without its line.
        "12 of 24 frees have no allocation",
        "Log every way in which a Index comes to be",
        // Constants in the place of sizes.
        "all 36 Proof are exactly",
        // An end without its line: more leaked than there is memory.
        "More was leaked than the memory grew",
    ] {
        assert!(report.contains(reason), "{reason}:\n{report}");
    }
    let checks = found["trust"]["checks"].as_array().expect("checks");
    let coverage = checks.iter().find(|check| check["name"] == "coverage");
    assert_eq!(coverage.expect("memory was measured")["outcome"], "fail");
}

#[test]
fn a_run_without_a_log_computes_the_same_and_prints_nothing_else() {
    let silent = run("silent");
    assert_eq!(silent.lines().count(), 1, "{silent}");
    for how in ["probes", "by-hand"] {
        let last = run(how);
        assert_eq!(last.lines().last(), silent.lines().last());
    }
}

/// Allocations, frees, and what is live at the end, of each type by its last name.
fn per_type(analysis: &Value) -> BTreeMap<String, [u64; 3]> {
    let types = analysis["types"].as_array().expect("types").iter();
    types
        .map(|found| {
            let name = found["type"].as_str().expect("a name");
            let last = name.split_once('<').map_or(name, |(before, _)| before);
            let start = last.rfind("::").map_or(0, |at| at + 2);
            let figures = ["allocations", "frees", "leaked"]
                .map(|member| found[member].as_u64().expect("a number"));
            (name[start..].to_owned(), figures)
        })
        .collect()
}

#[test]
fn what_crosses_the_boundary_is_freed_as_often_as_allocated_or_live() {
    let folder = tempfile::tempdir().expect("a folder");
    let log = path(&folder, "boundary.log");
    std::fs::write(&log, node(&["boundary.mjs"])).expect("written");
    let found = analysis(&folder, &log);
    assert_eq!(found["trust"]["grade"], "high", "{:#}", found["trust"]);
    let expected = [
        // `back`, the three of `rest`, `refused`.
        ("String", [5, 5, 0]),
        // What `Ticket` is made of is part of it; third and fourth are forgotten.
        ("Ticket", [5, 3, 2]),
        ("Vec<u32>", [1, 1, 0]),
        ("Vec<u8>", [1, 0, 1]),
    ]
    .map(|(name, figures)| (name.to_owned(), figures));
    assert_eq!(per_type(&found), BTreeMap::from(expected));
}

/// The fields of a log line that are asked for.
struct Line<'a> {
    is_allocation: bool,
    id: &'a str,
    thread: &'a str,
}

/// The begins and ends of objects in a log without times.
fn lines(log: &str) -> Vec<Line<'_>> {
    log.lines()
        .filter(|line| !line.starts_with("@REALLOC "))
        .map(|line| {
            let is_allocation = line.starts_with("@ALLOCATE ");
            assert!(is_allocation || line.starts_with("@DROP "), "{line}");
            let (record, thread) = line.rsplit_once(" thread=").expect("a thread");
            let id = record.rsplit(' ').next().expect("an id");
            Line {
                is_allocation,
                id,
                thread,
            }
        })
        .collect()
}

const WORKERS: u64 = 4;
const ROUNDS_OF_WORKERS: u64 = 50;

/// What the workers print that share one memory, and append to `log`.
fn workers(how: &str, log: &str) -> String {
    let (workers, rounds) = (WORKERS.to_string(), ROUNDS_OF_WORKERS.to_string());
    node(&["threads/run.mjs", how, log, &workers, &rounds])
}

#[test]
fn workers_of_one_memory_write_one_log_without_a_torn_line_or_a_clash_of_ids() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = path(&folder, "workers.log");
    workers("objects", &path);
    let text = std::fs::read_to_string(&path).expect("a log");
    let found = analysis(&folder, &path);
    assert_eq!(found["trust"]["grade"], "high", "{:#}", found["trust"]);
    let times = WORKERS * ROUNDS_OF_WORKERS;
    let expected = [
        // Two of three end, and the forgotten one keeps its key.
        ("Proof", [3 * times, 2 * times, times]),
        ("Vec<u8>", [2 * times, times, times]),
        ("Vec<u64>", [times, times, 0]),
    ]
    .map(|(name, figures)| (name.to_owned(), figures));
    assert_eq!(per_type(&found), BTreeMap::from(expected));

    // Counted from 0 in all of them together.
    let lines = lines(&text);
    let made_in: BTreeMap<u64, &str> = lines
        .iter()
        .filter(|line| line.is_allocation)
        .map(|line| (line.id.parse().expect("a number"), line.thread))
        .collect();
    assert_eq!(
        made_in.keys().copied().collect::<Vec<_>>(),
        (0..6 * times).collect::<Vec<_>>()
    );
    let threads: BTreeSet<&str> = made_in.values().copied().collect();
    assert_eq!(threads.len() as u64, WORKERS);
    // Each begin has its line before its end, also where another thread ends it.
    let mut begun = BTreeSet::new();
    for line in &lines {
        if line.is_allocation {
            begun.insert(line.id);
        } else {
            assert!(begun.remove(line.id), "{}", line.id);
        }
    }
    let handed_over = lines.iter().filter(|line| {
        let id: u64 = line.id.parse().expect("a number");
        !line.is_allocation && made_in[&id] != line.thread
    });
    // The main thread takes the last ones, if nobody else does.
    assert!(handed_over.count() > 0);
}

#[test]
fn the_heap_of_workers_of_one_memory_is_logged_and_counted() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = path(&folder, "heap.log");
    workers("heap", &path);
    let found = analysis(&folder, &path);
    assert_eq!(found["trust"]["grade"], "high", "{:#}", found["trust"]);
    let totals = &found["totals"];
    // Of each forgotten proof: its rows, its key, and the block of the key's `Arc`.
    assert_eq!(totals["leaked"], 3 * WORKERS * ROUNDS_OF_WORKERS);

    let counted = workers("count", "-");
    let (allocations, live) = counted.trim().split_once(' ').expect("two numbers");
    assert_eq!(totals["allocations"].to_string(), allocations);
    assert_eq!(totals["leaked_bytes"].to_string(), live);
}
