//! Where logs come from: files, several of them, standard input; and how their
//! text is encoded.

use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::support::{analyze, analyze_with, list, number, root, run, run_with, text};

fn log(name: &str) -> Vec<u8> {
    fs::read(root().join("tests/logs").join(name)).expect("the log")
}

/// The findings without what names or describes the input itself.
fn findings(mut found: Value, source: &str) -> String {
    for path in ["/lines/unterminated_sources", "/lines/unknown_fields"] {
        if let Some(number) = found.pointer_mut(path) {
            *number = Value::Null;
        }
    }
    found.to_string().replace(source, "LOG")
}

#[test]
fn the_same_log_in_any_encoding_gives_the_same_findings() {
    let plain = "tests/logs/good/one-leak.log";
    let expected = findings(analyze(plain).1, plain);
    for name in [
        "crlf.log",
        "gzip.log.gz",
        "gzip-members.log.gz",
        "no-last-line-end.log",
        "utf-8-bom.log",
        "utf-16-be.log",
        "utf-16-be-bom.log",
        "utf-16-le.log",
        "utf-16-le.log.gz",
        "utf-16-le-bom.log",
        "zstd.log.zst",
        "zstd-frames.log.zst",
    ] {
        let path = format!("tests/logs/good/{name}");
        let (code, found) = analyze(&path);
        assert_eq!(code, 0, "{name}");
        assert_eq!(findings(found, &path), expected, "{name}");
        let (_, found) = analyze_with(&["-"], log(&format!("good/{name}")));
        assert_eq!(findings(found, "<stdin>"), expected, "{name} from a pipe");
    }
}

#[test]
fn json_records_give_the_same_findings_as_plain_ones() {
    let [plain, json] = ["tests/logs/good/v2.log", "tests/logs/good/json.log"];
    assert_eq!(
        findings(analyze(json).1, json),
        findings(analyze(plain).1, plain)
    );
}

#[test]
fn standard_input_is_read_without_files_and_for_a_dash() {
    let input = log("good/one-leak.log");
    let (code, without) = analyze_with(&[], input.clone());
    let (_, dash) = analyze_with(&["-"], input);
    assert_eq!((code, number(&without, "/totals/leaked")), (0, 1));
    assert_eq!(text(&without, "/sources/0"), "<stdin>");
    assert_eq!(without, dash);
}

#[test]
fn several_logs_are_one_log_and_lines_name_their_file() {
    let first = "@ALLOCATE Buffer 4096 src/buffer.rs:17 0\n@DROP torn";
    let files = "tests/logs/bad/torn-line.log";
    let (code, found) = analyze_with(&["-", files, "tests/logs/good/one-leak.log"], first);
    assert_eq!(code, 3);
    assert_eq!(
        list(&found, "/sources"),
        ["<stdin>", files, "tests/logs/good/one-leak.log"]
    );
    // The id 0 of the second log is that of the first.
    assert_eq!(number(&found, "/anomalies/duplicate_allocations"), 1);
    let place = |path: &str| {
        let source = text(&found, &format!("{path}/source")).to_owned();
        (source, number(&found, &format!("{path}/log_line")))
    };
    let missing = "/anomalies/faults/0/examples";
    assert_eq!(text(&found, "/anomalies/faults/0/fault"), "missing_field");
    assert_eq!(place(&format!("{missing}/0")), ("<stdin>".to_owned(), 2));
    assert_eq!(place(&format!("{missing}/1")), (files.to_owned(), 3));
    assert_eq!(place(&format!("{missing}/2")), (files.to_owned(), 4));
    let duplicate = "/anomalies/examples/0";
    assert_eq!(
        text(&found, &format!("{duplicate}/kind")),
        "duplicate_allocations"
    );
    assert_eq!(place(&format!("{duplicate}/event")), (files.to_owned(), 1));
    assert_eq!(
        place(&format!("{duplicate}/other")),
        ("<stdin>".to_owned(), 1)
    );
    let last = "tests/logs/good/one-leak.log";
    assert_eq!(place("/largest/0"), (last.to_owned(), 3));
}

#[test]
fn text_reports_name_file_and_line_too() {
    let shown = run("analyze tests/logs/good/one-leak.log tests/logs/bad/torn-line.log").stdout;
    assert!(shown.contains("tests/logs/good/one-leak.log:3"), "{shown}");
    assert!(
        shown.contains("tests/logs/bad/torn-line.log:4: fields are missing"),
        "{shown}"
    );
}

#[test]
fn a_file_that_cannot_be_opened_is_wrong_use_and_nothing_is_analysed() {
    let missing = run("analyze tests/logs/good/one-leak.log tests/logs/no-such.log");
    assert_eq!((missing.code, missing.stdout.as_str()), (2, ""));
    assert!(
        missing
            .stderr
            .starts_with("unfreed: cannot open tests/logs/no-such.log: "),
        "{}",
        missing.stderr
    );
    let folder = run("analyze tests/logs");
    assert_eq!((folder.code, folder.stdout.as_str()), (2, ""));
    assert_eq!(
        folder.stderr,
        "unfreed: cannot open tests/logs: it is a directory, not a log\n"
    );
}

#[test]
fn a_file_may_have_any_name() {
    let folder = TempDir::new().expect("a folder");
    for name in ["a b.log", "größe.log", "-.log", "a:12.log"] {
        fs::write(folder.path().join(name), log("good/one-leak.log")).expect("a file");
        let mut command = crate::support::unfreed();
        command.current_dir(folder.path());
        let output = command
            .args(["analyze", "--", name])
            .output()
            .expect("a run");
        assert_eq!(output.status.code(), Some(0), "{name}");
        let shown = String::from_utf8(output.stdout).expect("text");
        assert!(shown.contains(&format!("{name}:3")), "{shown}");
    }
}

/// A name with an escape sequence must not reach the terminal.
#[test]
fn a_file_name_cannot_command_the_terminal() {
    let folder = TempDir::new().expect("a folder");
    let name = "a\x1b[31m\x07b.log";
    fs::write(folder.path().join(name), log("bad/torn-line.log")).expect("a file");
    for arguments in [
        [name, "--format=text"],
        [name, "--format=markdown"],
        ["no\x1b[2J", "--format=csv"],
    ] {
        let mut command = crate::support::unfreed();
        command
            .current_dir(folder.path())
            .env("CLICOLOR_FORCE", "1");
        let output = command
            .arg("analyze")
            .args(arguments)
            .output()
            .expect("a run");
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).expect("text");
        assert!(
            !shown.contains("\x1b[31m") && !shown.contains("\x1b[2J"),
            "{shown:?}"
        );
        assert!(!shown.contains('\x07'), "{shown:?}");
    }
}

#[test]
fn the_real_log_has_the_figures_it_was_recorded_with() {
    let (code, found) = analyze("tests/logs/good/o1js-pool.log.gz");
    assert_eq!(code, 0);
    assert_eq!(number(&found, "/totals/allocations"), 19_431);
    assert_eq!(number(&found, "/totals/frees"), 19_134);
    assert_eq!(number(&found, "/totals/leaked"), 297);
    assert_eq!(number(&found, "/totals/leaked_bytes"), 25_260_628);
    assert_eq!(text(&found, "/trust/grade"), "high");
    let largest = list(&found, "/largest");
    assert_eq!(largest.len(), 10);
    for block in largest {
        assert_eq!(text(block, "/type"), "__wbindgen_malloc");
        assert_eq!(number(block, "/size"), 1_048_576);
    }
    assert_eq!(text(&found, "/types/0/type"), "__wbindgen_malloc");
    assert_eq!(number(&found, "/sites/0/leaked_bytes"), 24 * 1_048_576);
}

#[test]
fn a_pipe_gives_the_same_findings_as_a_file() {
    let whole = analyze("tests/logs/good/step3-cut.log").1;
    let input = log("good/step3-cut.log");
    let (_, piped) = analyze_with(&["-"], input);
    assert_eq!(
        findings(piped, "<stdin>"),
        findings(whole, "tests/logs/good/step3-cut.log")
    );
    let empty = run_with(&["analyze"], "");
    assert_eq!(empty.code, 3);
}

/// What is no file can be read only once: a look at its begin would take that away.
#[cfg(unix)]
#[test]
fn a_named_pipe_is_read_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let pipe = folder.path().join("pipe.log");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.expect("mkfifo runs").success());
    let writer = std::thread::spawn({
        let pipe = pipe.clone();
        move || std::fs::write(pipe, "@ALLOCATE Proof 512 src/proof.rs:7 0\n")
    });
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_unfreed"))
        .args(["analyze", "--format", "json"])
        .arg(&pipe)
        .output()
        .expect("it runs");
    writer.join().expect("it ends").expect("written");
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(found["totals"]["allocations"], 1, "{found:#}");
}
