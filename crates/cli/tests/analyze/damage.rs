//! What is said of logs that are torn, cut or no logs at all, and lines too long
//! to be committed.

use std::fmt::Write;
use std::fs;
use std::io::{self, BufWriter};

use serde_json::Value;
use tempfile::TempDir;

use crate::golden::assert_golden;
use crate::support::{analyze_with, list, number, root, run, text};

const MB: usize = 1_000_000;

/// The answer and the end of each report: what is wrong, with examples, and
/// what to do about it.
#[test]
fn each_bad_log_gets_an_explanation() {
    let folder = fs::read_dir(root().join("tests/logs/bad")).expect("the folder");
    let mut logs: Vec<String> = folder
        .map(|file| file.expect("a file").file_name().display().to_string())
        .collect();
    logs.sort();
    let mut said = String::new();
    for log in logs {
        let run = run(&format!("analyze tests/logs/bad/{log}"));
        let parts: Vec<&str> = run.stdout.split("\n\n").collect();
        writeln!(said, "### {log}: exit {}\n{}", run.code, parts[0]).expect("memory");
        for part in &parts[1..] {
            let cases = part.split_once("First cases:\n").map(|(_, cases)| cases);
            let steps = part.strip_prefix("Next steps\n").map(str::trim_end);
            if let Some(shown) = cases.or(steps) {
                writeln!(said, "{shown}").expect("memory");
            }
        }
        said.push('\n');
    }
    assert_golden("bad-logs.txt", &said);
}

#[test]
fn a_line_of_10_mb_is_counted_and_the_next_ones_are_read() {
    let long = "x".repeat(10 * MB);
    let log = [
        "@ALLOCATE Buffer 4096 src/buffer.rs:17 0".to_owned(),
        format!("@ALLOCATE {long} 4096 src/buffer.rs:17 1"),
        format!("{long} @DROP Buffer 4096 0"),
        format!("@MARK {long}"),
        format!("@{{\"event\":\"drop\",\"type\":\"{long}\",\"size\":1,\"id\":2}}"),
        "@DROP Buffer 4096 0".to_owned(),
        format!("@DROP {long}"),
    ];
    let (code, found) = analyze_with(&["--mark=x", "--memory=x"], log.join("\n"));
    assert_eq!(code, 3);
    assert_eq!(number(&found, "/lines/total"), 7);
    assert_eq!(number(&found, "/lines/records"), 2);
    assert_eq!(number(&found, "/lines/program"), 1);
    assert_eq!(number(&found, "/lines/unsearched"), 1);
    assert_eq!(text(&found, "/anomalies/faults/0/fault"), "too_long");
    assert_eq!(number(&found, "/anomalies/faults/0/lines"), 4);
    assert_eq!(number(&found, "/totals/matched_frees"), 1);
    let example = text(&found, "/anomalies/faults/0/examples/0/text");
    assert!(example.len() < 1000, "{} bytes are shown", example.len());
}

#[test]
fn a_line_of_1_mib_is_still_read_and_a_longer_one_is_not() {
    let line = |length: usize| {
        let head = "@MARK ";
        let fields = " t=5".repeat((length - head.len() - 1) / 4);
        format!(
            "{head}{}{fields}\n",
            "m".repeat(length - head.len() - fields.len())
        )
    };
    let mib = 1 << 20;
    assert_eq!(line(mib).len(), mib + 1);
    let (code, found) = analyze_with(&["-"], line(mib));
    assert_eq!((code, number(&found, "/lines/records")), (3, 1));
    let (_, found) = analyze_with(&["-"], line(mib + 1));
    assert_eq!(text(&found, "/anomalies/faults/0/fault"), "too_long");
}

#[test]
fn names_of_64_kib_are_the_longest() {
    let log = |length: usize| format!("@DROP {} 1 1\n", "n".repeat(length));
    let (_, found) = analyze_with(&["-"], log(65_536));
    assert_eq!(number(&found, "/totals/frees"), 1);
    let (code, found) = analyze_with(&["-"], log(65_537));
    assert_eq!(code, 3);
    assert_eq!(text(&found, "/anomalies/faults/0/fault"), "too_long");
}

/// Inputs that a parser could take quadratic time or much memory for.
#[test]
fn lines_made_to_be_slow_are_read() {
    let lines = [
        "@".repeat(MB),
        "@DROP ".repeat(MB / 6),
        format!("@DROP{}", " ".repeat(MB)),
        format!("@DROP Buffer 1 1{}", " k=v".repeat(MB / 4 - 10)),
        format!("@ALLOCATE {}", "1 ".repeat(MB / 2)),
        format!("@{}", "{\"a\":".repeat(MB / 5)),
        format!("@{{\"event\":{}", "[".repeat(MB)),
        format!(" {}", "@ALLOCATE".repeat(MB / 9)),
    ];
    let (code, found) = analyze_with(&["--mark=(x+x+)+y", "--memory=(.*)*MB"], lines.join("\n"));
    assert_eq!(code, 3);
    assert_eq!(number(&found, "/lines/total"), lines.len() as u64);
    assert_eq!(number(&found, "/lines/records"), 1);
}

/// Cut at any byte, a compressed log is analysed up to there, and is never
/// taken for a whole one.
#[test]
fn a_compressed_log_cut_anywhere_is_incomplete() {
    for log in ["gzip.log.gz", "zstd.log.zst"] {
        let whole = fs::read(root().join("tests/logs/good").join(log)).expect("the log");
        for length in 4..whole.len() {
            let (code, found) = analyze_with(&["-"], &whole[..length]);
            assert_eq!(code, 3, "{log} cut at {length}");
            assert_eq!(list(&found, "/anomalies/damaged_sources").len(), 1);
        }
    }
}

/// One bit of a compressed log changed is noticed, or does not matter.
#[test]
fn a_compressed_log_with_a_wrong_bit_gives_no_wrong_figures() {
    let whole = fs::read(root().join("tests/logs/good/gzip.log.gz")).expect("the log");
    for position in 10..whole.len() {
        let mut changed = whole.clone();
        changed[position] ^= 0x10;
        let (code, found) = analyze_with(&["-"], changed);
        let is_right = number(&found, "/totals/leaked_bytes") == 4096;
        assert!(code == 3 || is_right, "bit changed in byte {position}");
    }
}

#[test]
fn a_cut_in_one_of_several_logs_is_named() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("long.log");
    write_long_log(&path).expect("the log is written");
    let path = path.to_str().expect("a path that is text");
    let arguments = [
        "tests/logs/bad/gzip-cut.log.gz",
        path,
        "tests/logs/bad/zstd-cut.log.zst",
    ];
    let (code, found) = analyze_with(&arguments, "");
    assert_eq!(code, 3);
    let damaged: Vec<&str> = list(&found, "/anomalies/damaged_sources")
        .iter()
        .map(|damaged: &Value| text(damaged, "/source"))
        .collect();
    assert_eq!(damaged, [arguments[0], arguments[2]]);
    assert_eq!(number(&found, "/totals/allocations"), 141 + 20_000 + 1);
    let mut checks = list(&found, "/trust/checks").iter();
    let complete = checks.find(|check| check["name"] == "complete");
    let complete = complete.expect("the check");
    assert_eq!(
        text(complete, "/detail"),
        "2 of 3 could not be read to the end"
    );
    assert_eq!(
        (number(complete, "/count"), number(complete, "/of")),
        (2, 3)
    );
}

/// Longer than what is read at once.
fn write_long_log(path: &std::path::Path) -> io::Result<()> {
    use io::Write;
    let mut out = BufWriter::new(fs::File::create(path)?);
    for id in 1_000_000..1_020_000 {
        writeln!(out, "@ALLOCATE Buffer 4096 src/buffer.rs:17 {id}")?;
    }
    out.flush()
}
