//! Formats of sums.

use inferno::flamegraph::{self, Options};
use serde_json::Value;
use tempfile::TempDir;

use super::{INPUTS, exported, exported_json, exported_text, ledger, number, sum, totals};

/// The figures of folded stacks, by their options, and what the ledger calls them.
const FOLDED: [(&[&str], &str); 7] = [
    (&[], "leaked_bytes"),
    (&["--unit", "count"], "leaked"),
    (&["--by", "allocated"], "allocated_bytes"),
    (&["--by", "allocated", "--unit", "count"], "allocations"),
    (&["--by", "peak"], "peak_bytes"),
    (&["--by", "peak", "--unit", "count"], "peak"),
    (&["--by", "temporary"], "temporary"),
];

fn figure(ledger: &Value, name: &str) -> u64 {
    number(ledger, &format!("/totals/{name}"))
}

#[test]
fn folded_stacks_add_up_to_each_figure() {
    for input in INPUTS {
        let ledger = ledger(input);
        for (options, name) in FOLDED {
            let folded = exported_text(input, "folded", options);
            let values = folded.lines().map(|line| {
                let (stack, value) = line.rsplit_once(' ').expect("a stack and a value");
                assert!(!stack.is_empty());
                value.parse::<u64>().expect("a number")
            });
            assert_eq!(
                values.sum::<u64>(),
                figure(&ledger, name),
                "{input}: {name}"
            );
        }
    }
}

#[test]
fn inferno_draws_all_of_folded_stacks() {
    for input in INPUTS {
        let folded = exported_text(input, "folded", &["--by", "allocated"]);
        let mut options = Options::default();
        options.count_name = "bytes".to_owned();
        let mut svg = Vec::new();
        flamegraph::from_lines(&mut options, folded.lines(), &mut svg).expect("a flame graph");
        let svg = String::from_utf8(svg).expect("text");
        let [allocated] = totals(&ledger(input), ["allocated_bytes"]);
        let all = format!("total_samples=\"{allocated}\"");
        assert!(svg.contains(&all), "{input}: {all}");
    }
}

#[test]
fn speedscope_has_each_figure() {
    for input in INPUTS {
        let (file, ledger) = (exported_json(input, "speedscope"), ledger(input));
        for (place, (name, of_ledger)) in [
            ("leaked bytes", "leaked_bytes"),
            ("leaked blocks", "leaked"),
            ("allocated bytes", "allocated_bytes"),
            ("allocations", "allocations"),
            ("bytes at the peak", "peak_bytes"),
            ("blocks at the peak", "peak"),
            ("temporary allocations", "temporary"),
        ]
        .into_iter()
        .enumerate()
        {
            let profile = &file["profiles"][place];
            assert_eq!(profile["name"], name);
            let expected = figure(&ledger, of_ledger);
            assert_eq!(sum(&profile["weights"]) as u64, expected, "{input}: {name}");
            assert_eq!(number(profile, "/endValue"), expected);
        }
    }
}

#[test]
fn firefox_has_each_figure_and_what_is_retained() {
    for input in INPUTS {
        let (file, ledger) = (exported_json(input, "firefox"), ledger(input));
        let [leaked, allocated] = totals(&ledger, ["leaked_bytes", "allocated_bytes"]);
        let threads = &file["threads"];
        let weights = |thread: usize| sum(&threads[thread]["samples"]["weight"]) as u64;
        assert_eq!([weights(0), weights(2)], [leaked, allocated], "{input}");
        let [blocks, allocations] = totals(&ledger, ["leaked", "allocations"]);
        assert_eq!([weights(1), weights(3)], [blocks, allocations], "{input}");
        let native = &threads[0]["nativeAllocations"];
        assert_eq!(sum(&native["weight"]) as u64, leaked, "{input}");
        let weights = native["weight"].as_array().expect("weights").iter();
        let positive = weights
            .filter_map(Value::as_i64)
            .filter(|weight| *weight > 0);
        assert_eq!(positive.sum::<i64>() as u64, allocated, "{input}");
        let live = &file["counters"].as_array().expect("counters")[0];
        assert_eq!(live["name"], "live bytes");
        assert_eq!(sum(&live["samples"]["count"]) as u64, leaked, "{input}");
    }
}

#[test]
fn chrome_ends_with_what_leaked() {
    for input in INPUTS {
        let (file, ledger) = (exported_json(input, "chrome"), ledger(input));
        let [leaked, allocations] = totals(&ledger, ["leaked_bytes", "allocations"]);
        assert_eq!(number(&file, "/otherData/leaked_bytes"), leaked);
        assert_eq!(number(&file, "/otherData/allocations"), allocations);
        let events = file["traceEvents"].as_array().expect("events");
        let mut live = events.iter().filter(|event| event["name"] == "live bytes");
        let last = live.next_back().expect("a counter");
        assert_eq!(number(last, "/args/bytes"), leaked, "{input}");
        let times: Vec<f64> = events
            .iter()
            .filter_map(|event| event["ts"].as_f64())
            .collect();
        assert!(times.is_sorted(), "{input}");
    }
}

#[test]
fn rows_of_csv_add_up_to_each_figure() {
    for input in INPUTS {
        let (rows, ledger) = (exported(input, "csv", &[]), ledger(input));
        let mut reader = csv::Reader::from_reader(&rows[..]);
        let head = reader.headers().expect("a head").clone();
        let rows: Vec<csv::StringRecord> =
            reader.records().map(|row| row.expect("a row")).collect();
        for name in [
            "leaked_bytes",
            "leaked",
            "allocated_bytes",
            "allocations",
            "peak_bytes",
        ] {
            let column = head
                .iter()
                .position(|known| known == name)
                .expect("a column");
            let values = rows
                .iter()
                .map(|row| row[column].parse::<u64>().expect("a number"));
            assert_eq!(
                values.sum::<u64>(),
                figure(&ledger, name),
                "{input}: {name}"
            );
        }
    }
}

/// A spreadsheet takes a cell that begins so for a formula.
#[test]
fn no_cell_is_a_formula() {
    let rows = exported("tests/logs/good/hostile-names.log", "csv", &[]);
    let mut reader = csv::Reader::from_reader(&rows[..]);
    let mut changed = 0;
    for row in reader.records() {
        for cell in &row.expect("a row") {
            assert!(!cell.starts_with(['=', '+', '-', '@']), "{cell}");
            changed += u32::from(cell.starts_with("'="));
        }
    }
    assert!(changed > 0);
}

/// What another tool's reader says of an export.
fn read_again(input: &str, format: &str, ending: &str) -> Value {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join(format!("run.{ending}"));
    std::fs::write(&path, exported(input, format, &[])).expect("written");
    ledger(path.to_str().expect("a path of text"))
}

#[test]
fn a_log_has_the_same_ledger() {
    for input in INPUTS {
        let (mut log, mut ledger) = (read_again(input, "log", "log"), ledger(input));
        if input.contains("heaptrack") {
            // Those of heaptrack are told in another way.
            log["totals"]["temporary"] = Value::Null;
            ledger["totals"]["temporary"] = Value::Null;
        }
        assert_eq!(log["totals"], ledger["totals"], "{input}");
    }
}

#[test]
fn dhat_has_the_same_sums() {
    for input in INPUTS {
        let (dhat, ledger) = (read_again(input, "dhat", "json"), ledger(input));
        assert_eq!(dhat["foreign"]["kind"], "dhat");
        let names = [
            "allocations",
            "allocated_bytes",
            "leaked",
            "leaked_bytes",
            "peak_bytes",
        ];
        assert_eq!(totals(&dhat, names), totals(&ledger, names), "{input}");
    }
}

#[test]
fn heaptrack_has_each_allocation() {
    for input in INPUTS {
        let (heaptrack, ledger) = (read_again(input, "heaptrack", "heaptrack"), ledger(input));
        assert_eq!(heaptrack["foreign"]["kind"], "heaptrack");
        assert_eq!(heaptrack["complete"], true, "{input}");
        let [allocations, reallocations] = totals(&ledger, ["allocations", "reallocations"]);
        let names = ["leaked", "leaked_bytes"];
        assert_eq!(totals(&heaptrack, names), totals(&ledger, names), "{input}");
        let [counted] = totals(&heaptrack, ["allocations"]);
        assert_eq!(counted, allocations + reallocations, "{input}");
    }
}
