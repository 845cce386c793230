//! `unfreed analyze` with a trace of memtrace.

#[path = "../../events/tests/memtrace_writer/mod.rs"]
mod memtrace_writer;

use std::process::Command;

use memtrace_writer::{Packet, Word, info};

/// The trace of a program that leaks 300 of 400 blocks.
fn trace() -> Vec<u8> {
    let mut locations = Packet::new();
    locations.location(1, &[(3, Err("main.ml"), Err("Main.run"))]);
    locations.location(2, &[(9, Ok(0), Err("Main.keep"))]);
    let mut events = Packet::new();
    events.ids = (0, 400);
    events.short_alloc(1, 3, 0, &[Word::Miss(8, 1), Word::Miss(9, 2)]);
    events.alloc(1, 3, 0, 1, &[Word::Hit(9, 0)]);
    for _ in 2..400 {
        events.short_alloc(1, 3, 2, &[]);
    }
    for number in 0..100 {
        events.event(4, 2).vint(number);
    }
    [info(1e-3, 64, 3), locations.bytes(), events.bytes()].concat()
}

fn analyse(name: &str, trace: &[u8], format: &str) -> (Option<i32>, String) {
    let folder = std::env::temp_dir().join(format!("unfreed-memtrace-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, trace).expect("a file");
    let mut command = Command::new(env!("CARGO_BIN_EXE_unfreed"));
    let output = command
        .args(["analyze", "--format", format])
        .arg(&path)
        .output();
    let output = output.expect("unfreed runs");
    std::fs::remove_file(&path).expect("the file is there");
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).expect("text"))
}

#[test]
fn a_trace_is_scaled_and_every_figure_is_marked() {
    let (code, text) = analyse("text.ctf", &trace(), "text");
    assert_eq!(code, Some(0), "{text}");
    // 300 samples of 4 words, each of which stands for about 250 blocks.
    assert!(
        text.contains("Main.keep [minor] was not freed ~75,"),
        "{text}"
    );
    assert!(text.contains("Main.keep  main.ml:9:5"), "{text}");
    assert!(!text.contains("@MARK"), "{text}");
    let (_, json) = analyse("json.ctf", &trace(), "json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let figure = |name: &str| json["totals"][name].as_f64().expect("a number");
    let bound = |name: &str, bound: &str| json["totals"]["estimate"][name][bound].as_f64();
    let truth = 300.0 / (1.0 - 0.999_f64.powi(4));
    assert!((figure("leaked") / truth - 1.0).abs() < 0.001, "{json}");
    assert!(
        (figure("leaked_bytes") / (truth * 32.0) - 1.0).abs() < 0.001,
        "{json}"
    );
    assert!(bound("leaked_bytes", "low") < Some(truth * 32.0));
    assert!(bound("leaked_bytes", "high") > Some(truth * 32.0));
    assert_eq!(json["totals"]["temporary"], serde_json::Value::Null);
    assert_eq!(json["sampling"]["rates"][0]["chance"], 1e-3);
    let (_, markdown) = analyse("md.ctf", &trace(), "markdown");
    assert!(markdown.contains("~75,"), "{markdown}");
    let (_, csv) = analyse("csv.ctf", &trace(), "csv");
    assert!(
        csv.lines().skip(1).all(|row| row.contains(",yes,")),
        "{csv}"
    );
}

#[test]
fn what_is_cut_is_incomplete() {
    let trace = trace();
    let (code, text) = analyse("cut.ctf", &trace[..trace.len() - 1], "text");
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("it ends early"), "{text}");
    let (code, text) = analyse("no.ctf", &trace[..20], "text");
    assert_ne!(code, Some(0));
    assert!(text.contains("not a trace of memtrace"), "{text}");
}
