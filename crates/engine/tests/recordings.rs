//! What only recordings have: threads that end, and memories that blocks must
//! fit in.

use unfreed_engine::findings::{Advice, CheckKind, EndedThreads, Grade, Outcome};
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::text::{TextDecoder, TextOptions};
use unfreed_events::{Event, Names, WordId};

/// Analyses a log as if it were a recording. At sites of `start.wat` threads
/// allocate what they need; `ended` have ended.
fn recording(log: &str, ended: &[&str]) -> (Findings, Names) {
    let mut decoder = TextDecoder::new(TextOptions::default());
    let mut records = Vec::new();
    decoder.decode(log.as_bytes(), &mut records);
    decoder.finish(&mut records);
    let (names, stats) = decoder.into_parts();
    assert_eq!(stats.malformed_lines(), 0, "{log}");
    let mut engine = Engine::new();
    for record in &records {
        if let Event::Site { site, .. } = record.event
            && names.location(site).file() == "start.wat"
        {
            engine.starts_threads(site);
        }
    }
    engine.apply(&records);
    let ended: Vec<WordId> = ended
        .iter()
        .filter_map(|name| names.find_word(name))
        .collect();
    let input = Input::of_recording(records.len() as u64, Vec::new(), ended);
    let findings = engine.finish(&names, &input, &Options::default());
    (findings, names)
}

const STACKS: &str = "\
    @ALLOCATE start 1048576 start.wat:1 1 thread=w1\n\
    @ALLOCATE start 64 start.wat:2 2 thread=w1\n\
    @ALLOCATE start 1048576 start.wat:1 3 thread=w2\n\
    @ALLOCATE start 1048576 start.wat:1 4 thread=w3\n\
    @ALLOCATE Vec 100 a.rs:1 5 thread=w1\n\
    @DROP start 1048576 4\n";

#[test]
fn threads_that_ended_leave_their_stacks_behind() {
    let (findings, names) = recording(STACKS, &["w1", "w3"]);
    let left = EndedThreads {
        threads: 1,
        blocks: 2,
        bytes: 1_048_640,
    };
    assert_eq!(findings.ended_threads(), left);
    assert!(findings.advice.contains(&Advice::EndThreads(left)));
    let threads: Vec<_> = findings
        .thread_blocks
        .iter()
        .map(|block| (block.thread.map(|word| names.word(word)), block.has_ended))
        .collect();
    let expected = [(Some("w1"), true), (Some("w1"), true), (Some("w2"), false)];
    assert_eq!(threads, expected);
}

#[test]
fn stacks_of_running_threads_are_not_left_behind() {
    let (findings, _) = recording(STACKS, &["w3"]);
    assert_eq!(findings.ended_threads(), EndedThreads::default());
    let is_about_threads = |advice: &Advice| matches!(advice, Advice::EndThreads(_));
    assert!(!findings.advice.iter().any(is_about_threads));
}

fn outcome(findings: &Findings, kind: CheckKind) -> Option<Outcome> {
    let mut checks = findings.trust.checks.iter();
    Some(checks.find(|check| check.kind == kind)?.outcome)
}

#[test]
fn live_blocks_must_fit_the_memory() {
    let log = |size: u64| {
        format!("@MEMORY wasm 65536\n@ALLOCATE Vec {size} a.rs:1 1\n@MEMORY wasm 131072\n")
    };
    let (fits, _) = recording(&log(131_072), &[]);
    assert_eq!(outcome(&fits, CheckKind::FitsMemory), Some(Outcome::Pass));
    let (too_large, _) = recording(&log(131_073), &[]);
    assert_eq!(
        outcome(&too_large, CheckKind::FitsMemory),
        Some(Outcome::Fail)
    );
    assert_eq!(too_large.trust.grade, Grade::Low);
    assert!(too_large.advice.contains(&Advice::CheckAllocator));
}

#[test]
fn a_block_at_the_address_of_a_live_one_is_a_partial_recording() {
    let log = "@ALLOCATE Vec 8 a.rs:1 1\n@ALLOCATE Vec 8 a.rs:1 1\n";
    let (findings, _) = recording(log, &[]);
    assert_eq!(findings.trust.grade, Grade::Low);
    assert!(findings.advice.contains(&Advice::CheckAllocator));
}
