//! What snapshots mean for the trust in the findings.

use unfreed_engine::account::model::DLMALLOC;
use unfreed_engine::account::{Agreement, CheckResult, MemoryDescription, Spaces};
use unfreed_engine::findings::{Advice, CheckKind, Grade, Outcome};
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::trace::{MemoryImage, Said, Snapshot, raw};
use unfreed_events::{AllocationId, Event, Names, Record, SiteId, TypeId};

const BASE: u32 = 1 << 16;

/// Chunks of dlmalloc with 32-bit words: size, and whether it is in use; then the top.
fn memory(chunks: &[(u32, bool)]) -> Vec<u8> {
    let mut bytes = vec![0; 1 << 17];
    let mut put = |at: u32, word: u32| {
        bytes[at as usize..at as usize + 4].copy_from_slice(&word.to_le_bytes());
    };
    let (mut at, mut before) = (BASE + 4, 1);
    for (size, in_use) in chunks.iter().chain(&[(1024, false)]) {
        put(at, size | before | u32::from(*in_use) << 1);
        if !in_use {
            put(at + size - 4, *size);
        }
        at += size;
        before = u32::from(*in_use);
    }
    put(at, 40);
    bytes
}

fn snapshot(bytes: &[u8], threads: u32) -> Snapshot {
    let said = raw::Snapshot {
        bytes: bytes.len() as u64,
        threads,
        ..raw::Snapshot::default()
    };
    Snapshot {
        said: Said {
            what: said,
            ..Said::default()
        },
        image: MemoryImage::of_bytes(bytes),
        ..Snapshot::default()
    }
}

/// Three blocks of 60 bytes side by side, and what a snapshot says of them.
fn findings(snapshot: &Snapshot) -> Findings {
    let mut engine = Engine::new();
    engine.account_for(Spaces::new(vec![MemoryDescription {
        model: Some(DLMALLOC),
        ..MemoryDescription::default()
    }]));
    let site = Event::Site {
        site: SiteId(0),
        type_id: TypeId(0),
    };
    let blocks = (0..3u64).map(|number| Event::Allocate {
        site: SiteId(0),
        size: 60,
        id: AllocationId(u64::from(BASE) + 8 + 64 * number),
    });
    let records: Vec<Record> = (1..)
        .zip(std::iter::once(site).chain(blocks))
        .map(|(line, event)| Record { line, event })
        .collect();
    engine.apply(&records);
    engine.spaces().expect("a memory").check(snapshot);
    let mut names = Names::default();
    names.intern_site(b"Block", b"a.rs:1").expect("few names");
    let input = Input::of_recording(3, Vec::new(), Vec::new());
    engine.finish(&names, &input, &Options::default())
}

fn outcome(findings: &Findings) -> Option<Outcome> {
    let mut checks = findings.trust.checks.iter();
    let check = checks.find(|check| check.kind == CheckKind::MatchesHeaders);
    check.map(|check| check.outcome)
}

const AS_RECORDED: [(u32, bool); 3] = [(64, true); 3];
const OTHERWISE: [(u32, bool); 3] = [(64, true), (64, false), (64, true)];

#[test]
fn headers_that_agree_pass() {
    let found = findings(&snapshot(&memory(&AS_RECORDED), 0));
    assert_eq!(outcome(&found), Some(Outcome::Pass));
    assert_eq!(found.trust.grade, Grade::High);
}

#[test]
fn figures_that_headers_contradict_are_not_to_be_relied_on() {
    let found = findings(&snapshot(&memory(&OTHERWISE), 0));
    assert_eq!(outcome(&found), Some(Outcome::Fail));
    assert_eq!(found.trust.grade, Grade::Low);
    assert!(
        found
            .advice
            .iter()
            .any(|advice| matches!(advice, Advice::CheckAllocator))
    );
}

#[test]
fn what_other_threads_can_have_changed_is_no_failure() {
    let found = findings(&snapshot(&memory(&OTHERWISE), 1));
    assert_eq!(outcome(&found), Some(Outcome::Note));
    assert_eq!(found.trust.grade, Grade::High);
    let checks = found.spaces.as_ref().expect("a memory").self_checks();
    assert_eq!(checks[0].agreement(), Some(Agreement::NotExact));
}

#[test]
fn a_copy_that_is_not_whole_says_nothing() {
    let mut snapshot = snapshot(&memory(&OTHERWISE), 0);
    snapshot.said.what.pages = 2;
    let found = findings(&snapshot);
    assert_eq!(outcome(&found), None);
    let checks = found.spaces.as_ref().expect("a memory").self_checks();
    assert_eq!(checks[0].result, CheckResult::PagesMissing(1));
}
