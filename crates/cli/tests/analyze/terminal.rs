//! Colours, and readers that have seen enough.

use std::io::Write;
use std::process::{Child, Command, Stdio};

use crate::support::{root, unfreed};

fn shown(arguments: &[&str], environment: &[(&str, &str)]) -> String {
    let mut command = unfreed();
    command.args(arguments).envs(environment.iter().copied());
    let output = command.output().expect("a run");
    String::from_utf8([output.stdout, output.stderr].concat()).expect("text")
}

const TEXT: [&str; 2] = ["analyze", "tests/logs/good/one-leak.log"];

#[test]
fn what_is_no_terminal_gets_no_escape_sequences() {
    for arguments in [
        &TEXT[..],
        &["--help"],
        &["analyze", "--help"],
        &["analyze", "--oops"],
    ] {
        assert!(!shown(arguments, &[]).contains('\x1b'), "{arguments:?}");
    }
}

#[test]
fn no_color_wins() {
    let forced = [("CLICOLOR_FORCE", "1")];
    assert!(
        shown(&TEXT, &forced).contains("\x1b[1m"),
        "there are styles to leave out"
    );
    let both = [("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")];
    assert!(!shown(&TEXT, &both).contains('\x1b'));
}

#[test]
fn only_text_is_styled() {
    for format in ["markdown", "json", "csv"] {
        let arguments = [&TEXT[..], &["--format", format]].concat();
        let shown = shown(&arguments, &[("CLICOLOR_FORCE", "1")]);
        assert!(!shown.contains('\x1b'), "{format}: {shown:?}");
    }
}

#[test]
fn styles_change_nothing_but_the_look() {
    let styled = shown(&TEXT, &[("CLICOLOR_FORCE", "1")]);
    let mut plain = String::new();
    for part in styled.split('\x1b') {
        plain.push_str(match part.strip_prefix('[') {
            Some(sequence) => sequence.split_once('m').expect("a style").1,
            None => part,
        });
    }
    assert_eq!(plain, shown(&TEXT, &[]));
}

/// The program with a standard output that no one reads.
fn without_reader(arguments: &[&str]) -> Child {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("unfreed"))
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    drop(child.stdout.take());
    child
}

#[test]
fn a_closed_output_ends_quietly_with_the_true_code() {
    // It writes only when its input has ended, so when no one reads any more.
    let leak = b"@ALLOCATE Buffer 4096 src/buffer.rs:17 0\n";
    for (arguments, code) in [
        (&["analyze"][..], 0),
        (&["analyze", "--format=json"], 0),
        (&["analyze", "--format=csv"], 0),
        (&["analyze", "--fail-on-leak"], 1),
    ] {
        let mut child = without_reader(arguments);
        let mut input = child.stdin.take().expect("a pipe");
        input.write_all(leak).expect("it reads");
        drop(input);
        let output = child.wait_with_output().expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(code), "{arguments:?}");
    }
}

#[test]
fn help_completions_and_man_page_end_quietly_too() {
    for arguments in [
        &["help", "analyze"][..],
        &["completions", "bash"],
        &["man", "analyze"],
    ] {
        let output = without_reader(arguments)
            .wait_with_output()
            .expect("it ends");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    }
}

/// A full disk is no broken pipe: the report is lost, and that is said.
#[cfg(target_os = "linux")]
#[test]
fn an_output_that_fails_is_told() {
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .expect("/dev/full");
    let output = Command::new(assert_cmd::cargo::cargo_bin!("unfreed"))
        .args(TEXT)
        .current_dir(root())
        .stdout(full)
        .output()
        .expect("a run");
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(
        message.starts_with("unfreed: cannot write to standard output"),
        "{message}"
    );
}
