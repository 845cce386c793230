//! The run at moments of it against the ledger.

use std::collections::HashMap;

use proptest::prelude::*;
use unfreed_engine::ledger::history::{History, MomentKind};
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::SiteId;
use unfreed_events::text::{TextDecoder, TextOptions};

fn findings(log: &str, piece: usize) -> Findings {
    let mut decoder = TextDecoder::new(TextOptions::default());
    let mut records = Vec::new();
    decoder.decode(log.as_bytes(), &mut records);
    decoder.finish(&mut records);
    let options = Options {
        history: true,
        ..Options::default()
    };
    let mut engine = Engine::of(&options);
    for piece in records.chunks(piece) {
        engine.apply(piece);
    }
    let (names, stats) = decoder.into_parts();
    engine.finish(&names, &Input::of_text(stats), &options)
}

fn history(findings: &Findings) -> &History {
    findings.history.as_ref().expect("it was asked for")
}

/// Live bytes of each site at the end, and bytes allocated, by the steps.
fn sums(history: &History) -> HashMap<SiteId, (i64, u64)> {
    let mut sums: HashMap<SiteId, (i64, u64)> = HashMap::new();
    for step in history.moments.iter().flat_map(|moment| &moment.steps) {
        let sum = sums.entry(step.site).or_default();
        sum.0 += step.live_bytes;
        sum.1 += step.allocated_bytes;
    }
    sums
}

/// A log of blocks of three sites, with a mark here and there.
fn log(actions: &[(u8, u8)]) -> String {
    let mut log = String::new();
    let mut live = Vec::new();
    for (id, (what, how)) in actions.iter().enumerate() {
        match what % 8 {
            0 => log.push_str(&format!("@MARK m{id}\n")),
            1..=3 if !live.is_empty() => {
                let (id, site, size) = live.swap_remove(usize::from(*how) % live.len());
                log.push_str(&format!("@DROP T{site} {size} {id}\n"));
            }
            _ => {
                let (site, size) = (how % 3, u32::from(*how) + 1);
                log.push_str(&format!("@ALLOCATE T{site} {size} a.rs:{site} {id}\n"));
                live.push((id, site, size));
            }
        }
    }
    log
}

proptest! {
    #[test]
    fn steps_add_up_to_the_ledger(
        actions in prop::collection::vec(any::<(u8, u8)>(), 1..2000),
        piece in 1_usize..300,
    ) {
        let log = log(&actions);
        let found = findings(&log, piece);
        let history = history(&found);
        let sums = sums(history);
        for site in &found.sites {
            let (live, allocated) = sums.get(&site.site).copied().unwrap_or_default();
            prop_assert_eq!(live, site.figures.leaked_bytes as i64);
            prop_assert_eq!(allocated, site.figures.allocated_bytes);
        }
        for moment in &history.moments {
            let before = history.moments.iter().take_while(|other| other.line <= moment.line);
            let live: i64 = before
                .flat_map(|moment| &moment.steps)
                .map(|step| step.live_bytes)
                .sum();
            prop_assert_eq!(live, moment.live_bytes as i64);
        }
        let (first, last) = (history.moments.first(), history.moments.last());
        prop_assert_eq!(first.map(|moment| moment.kind), Some(MomentKind::Start));
        prop_assert_eq!(last.map(|moment| moment.kind), Some(MomentKind::End));
    }

    #[test]
    fn pieces_do_not_matter(
        actions in prop::collection::vec(any::<(u8, u8)>(), 1..1500),
        piece in 1_usize..300,
    ) {
        let log = log(&actions);
        let (whole, cut) = (findings(&log, usize::MAX), findings(&log, piece));
        let facts = |found: &Findings| -> Vec<_> {
            let moments = history(found).moments.iter();
            moments
                .map(|moment| (moment.kind, moment.events, moment.line, moment.steps.clone()))
                .collect()
        };
        prop_assert_eq!(facts(&whole), facts(&cut));
    }
}

#[test]
fn moments_are_bounded_and_marks_come_first() {
    let mut log = String::new();
    for id in 0..20_000 {
        if id % 20 == 0 {
            log.push_str(&format!("@MARK round {}\n", id / 20));
        }
        log.push_str(&format!("@ALLOCATE T 1 a.rs:1 {id}\n"));
    }
    let found = findings(&log, usize::MAX);
    let history = history(&found);
    let marks = history
        .moments
        .iter()
        .filter(|moment| matches!(moment.kind, MomentKind::Mark(_)))
        .count();
    assert!((128..=256).contains(&marks), "{marks}");
    assert_eq!(marks as u64 + history.dropped_marks, 1000);
    assert!(history.moments.len() <= marks + 128 + 2);
    let events: Vec<u64> = history.moments.iter().map(|moment| moment.events).collect();
    assert!(events.is_sorted(), "{events:?}");
    assert_eq!(events.last(), Some(&20_000));
}
