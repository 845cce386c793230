//! Where exports go, and what cannot be exported.

use std::fs;

use tempfile::TempDir;

use super::{root, unfreed};

#[test]
fn the_input_is_not_overwritten() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("app.log");
    fs::copy(root().join("tests/logs/good/v2.log"), &path).expect("copied");
    let path = path.to_str().expect("a path of text");
    let before = fs::read(path).expect("it is there");
    let (code, _, said) = unfreed(&["export", "--as", "log", "-o", path, path]);
    assert_eq!(code, 2);
    assert!(said.contains("would be overwritten"), "{said}");
    assert_eq!(fs::read(path).expect("it is there"), before);
}

#[test]
fn what_an_input_does_not_have_is_said() {
    let dhat = "tests/foreign/leaky-c.dhat.json";
    let log = "tests/logs/good/v2.log";
    for (arguments, expected) in [
        (
            &["--as", "heaptrack", dhat][..],
            "has sums by stack and no allocations",
        ),
        (
            &["--as", "dhat", dhat],
            "has sums by stack and no allocations",
        ),
        (
            &["--as", "folded", "--by", "temporary", dhat],
            "does not tell which allocations are temporary",
        ),
        (
            &[
                "--as",
                "folded",
                "--by",
                "temporary",
                "--unit",
                "bytes",
                log,
            ],
            "use --unit count",
        ),
        (&["--as", "parquet", "-o", "-", log], "is two files"),
        (&["--as", "log", "no-such-file.log"], "no-such-file.log"),
    ] {
        let (code, out, said) = unfreed(&[&["export"], arguments].concat());
        assert_eq!((code, out.len()), (2, 0), "{arguments:?}");
        assert!(said.contains(expected), "{arguments:?}: {said}");
    }
}

#[test]
fn blocks_of_a_sample_are_not_told_one_by_one() {
    let folder = TempDir::new().expect("a folder");
    let log = folder.path().join("sample.log");
    fs::write(&log, "@SAMPLE 0.001 8\n@ALLOCATE list 64 a.ml:1 1\n").expect("written");
    let log = log.to_str().expect("a path of text");
    for format in ["heaptrack", "dhat", "parquet"] {
        let output = folder.path().join("out.parquet");
        let path = output.to_str().expect("a path of text");
        let (code, _, said) = unfreed(&["export", "--as", format, "-o", path, log]);
        assert_eq!(code, 2, "{format}");
        assert!(said.contains("the input is a sample"), "{said}");
        assert!(!output.exists(), "{format} leaves half a file");
    }
    let (code, _, said) = unfreed(&["export", "--as", "pprof", log]);
    assert_eq!(code, 0, "{said}");
}

#[test]
fn sums_of_dhat_are_exported() {
    for format in ["pprof", "folded", "speedscope", "firefox", "chrome", "csv"] {
        let dhat = "tests/foreign/leaky-c.dhat.json";
        let (code, out, said) = unfreed(&["export", "--as", format, dhat]);
        assert_eq!(code, 0, "{format}: {said}");
        assert!(!out.is_empty(), "{format}");
    }
}

#[test]
fn damage_is_said_and_the_rest_is_exported() {
    let log = "tests/logs/bad";
    let folder = fs::read_dir(root().join(log)).expect("logs");
    let mut files: Vec<String> = folder
        .map(|file| {
            file.expect("a file")
                .file_name()
                .to_string_lossy()
                .into_owned()
        })
        .collect();
    files.sort();
    for file in files {
        let path = format!("{log}/{file}");
        let (analysed, _, _) = unfreed(&["analyze", &path]);
        for format in ["csv", "heaptrack", "log"] {
            let (code, _, said) = unfreed(&["export", "--as", format, &path]);
            assert!([0, 3].contains(&code), "{path} as {format}: {said}");
            assert!(code == 0 || !said.is_empty(), "{path} as {format}");
            // An input without records is incomplete to an analysis only.
            assert!(code <= analysed, "{path} as {format}: {code}, {analysed}");
        }
    }
}

#[test]
fn an_input_without_records_is_said_to_be_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("empty.log");
    std::fs::write(&file, "nothing to see\n").expect("written");
    for format in ["csv", "folded", "log"] {
        let file = file.to_str().expect("text");
        let (code, _, said) = unfreed(&["export", "--as", format, "-o", "-", file]);
        assert_eq!(code, 3, "{format}: {said}");
        assert!(
            said.contains("no allocation and no free"),
            "{format}: {said}"
        );
    }
}
