//! Logs, analysed as `unfreed analyze` does it.
#![allow(dead_code, reason = "each test file uses some")]

use std::collections::BTreeMap;

use unfreed_engine::findings::Grade;
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::text::{TextDecoder, TextOptions};

/// Allocations, frees, and bytes that are live at the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Figures {
    pub allocations: u64,
    pub frees: u64,
    pub leaked_bytes: u64,
}

pub fn analyze(log: &str) -> (Findings, BTreeMap<String, Figures>) {
    let mut decoder = TextDecoder::new(TextOptions::default());
    let mut records = Vec::new();
    decoder.decode(log.as_bytes(), &mut records);
    decoder.finish(&mut records);
    let mut engine = Engine::new();
    engine.apply(&records);
    let (names, stats) = decoder.into_parts();
    assert_eq!(stats.malformed_lines(), 0, "{log}");
    assert_eq!(stats.lines, stats.records, "{log}");
    let findings = engine.finish(&names, &Input::of_text(stats), &Options::default());
    let types = findings
        .types
        .iter()
        .map(|found| {
            let figures = Figures {
                allocations: found.figures.allocations,
                frees: found.figures.frees,
                leaked_bytes: found.figures.leaked_bytes,
            };
            (names.type_name(found.type_id).to_owned(), figures)
        })
        .collect();
    (findings, types)
}

/// Nothing in the log contradicts itself, and no type is freed more often than
/// allocated.
pub fn trusted(log: &str) -> (Findings, BTreeMap<String, Figures>) {
    let (findings, types) = analyze(log);
    assert_eq!(
        findings.trust.grade,
        Grade::High,
        "{:?}\n{log}",
        findings.trust
    );
    for (name, figures) in &types {
        assert!(figures.frees <= figures.allocations, "{name}: {figures:?}");
    }
    (findings, types)
}

/// The lines without time and thread.
pub fn lines(log: &str) -> Vec<String> {
    log.lines()
        .map(|line| {
            let end = line.find(" t=").unwrap_or(line.len());
            line[..end].to_owned()
        })
        .collect()
}

/// The size in the only `@ALLOCATE` of a log.
pub fn only_size(log: &str) -> usize {
    let lines = lines(log);
    let allocations: Vec<&String> = lines
        .iter()
        .filter(|line| line.starts_with("@ALLOCATE"))
        .collect();
    assert_eq!(allocations.len(), 1, "{log}");
    let words: Vec<&str> = allocations[0].split(' ').collect();
    words[words.len() - 3].parse().expect("a size")
}
