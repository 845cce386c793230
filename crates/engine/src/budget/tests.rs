//! Runs of a program that are judged, written as logs.

use std::fmt::Write;

use unfreed_events::Names;
use unfreed_events::text::{TextDecoder, TextOptions};

use super::*;
use crate::{Engine, Input, Options};

/// Bytes that each iteration leaves live of each type; a negative number takes blocks
/// of a byte back that were left before.
fn log(types: &[(&str, &[i64])]) -> String {
    let mut log = String::new();
    let mut id = 0;
    let mut live: Vec<Vec<i64>> = vec![Vec::new(); types.len()];
    let iterations = types.iter().map(|(_, steps)| steps.len()).max();
    for iteration in 0..iterations.unwrap_or(0) {
        let _ = writeln!(log, "@MARK {iteration}");
        // Something happens in each.
        let _ = writeln!(log, "@ALLOCATE Work 8 w.rs:1 {id}\n@DROP Work 8 {id}");
        id += 1;
        for (number, (name, steps)) in types.iter().enumerate() {
            let step = steps[iteration];
            for _ in 0..step.unsigned_abs().min(if step < 0 { u64::MAX } else { 0 }) {
                let freed = live[number].pop().expect("a block of a byte");
                let _ = writeln!(log, "@DROP {name} 1 {freed}");
            }
            if step > 0 {
                let _ = writeln!(log, "@ALLOCATE {name} {step} {name}.rs:1 {id}");
                live[number].push(id);
                id += 1;
            }
        }
    }
    log
}

fn run(log: &str) -> (Findings, Names) {
    let (mut decoder, mut records) = (TextDecoder::new(TextOptions::default()), Vec::new());
    decoder.decode(log.as_bytes(), &mut records);
    decoder.finish(&mut records);
    let (names, stats) = decoder.into_parts();
    let mut engine = Engine::new();
    engine.apply(&records);
    let findings = engine.finish(&names, &Input::of_text(stats), &Options::default());
    (findings, names)
}

fn all(names: &Names) -> Selection {
    (0..names.site_count()).map(|_| true).collect()
}

fn budget(measure: Measure, limit: f64) -> Budget {
    Budget {
        measure,
        limit,
        warm_up: None,
        iterations: 0,
    }
}

/// What comes of a budget of leaked bytes per iteration.
fn leaked(steps: &[i64], limit: f64) -> Judged {
    let (findings, names) = run(&log(&[("Leak", steps)]));
    judge(&findings, &budget(Measure::LeakedBytes(all(&names)), limit))
}

#[test]
fn what_is_the_same_in_each_iteration_is_compared_as_it_is() {
    let steps = [10; 6];
    let judged = leaked(&steps, 9.0);
    let measured = judged.measured.expect("six iterations");
    assert_eq!(judged.outcome, Outcome::Fail);
    assert_eq!((measured.figure, measured.is_exact), (10.0, true));
    assert_eq!((measured.iterations, measured.warm_up), (6, 0));
    assert_eq!(leaked(&steps, 10.0).outcome, Outcome::Pass);
}

#[test]
fn a_budget_inside_the_interval_is_not_shown_to_be_exceeded() {
    let steps = [8, 12, 9, 11, 10, 8, 12, 10, 9, 11];
    let above = leaked(&steps, 5.0);
    let interval = above.measured.and_then(|found| found.interval);
    let interval = interval.expect("an interval");
    assert!(interval.low > 5.0 && interval.high > interval.low);
    assert_eq!(above.outcome, Outcome::Fail);
    let inside = leaked(&steps, interval.low);
    assert_eq!(inside.outcome, Outcome::NotShown);
    assert!(inside.culprits.is_empty());
    assert_eq!(leaked(&steps, interval.high).outcome, Outcome::Pass);
}

#[test]
fn few_iterations_are_no_pass_and_no_failure() {
    for steps in [&[][..], &[10], &[10; 3]] {
        let too_few = Outcome::TooFewIterations {
            counted: steps.len(),
            needed: 4,
        };
        let judged = leaked(steps, 0.0);
        match steps {
            [] => assert_eq!(
                judged.outcome,
                Outcome::NotMeasured(Unmeasured::NoAllocations)
            ),
            _ => assert_eq!(judged.outcome, too_few),
        }
        assert_eq!(judged.measured, None);
    }
    let (findings, names) = run(&log(&[("Leak", &[10; 6])]));
    let asked = Budget {
        iterations: 5,
        warm_up: Some(2),
        ..budget(Measure::LeakedBytes(all(&names)), 0.0)
    };
    let too_few = Outcome::TooFewIterations {
        counted: 4,
        needed: 5,
    };
    assert_eq!(judge(&findings, &asked).outcome, too_few);
}

#[test]
fn what_was_set_up_once_or_stopped_growing_breaks_no_budget() {
    for steps in [
        // In the warm-up, and where there is no room for one.
        &[5000, 0, 0, 0, 0, 0, 0, 0][..],
        &[5000, 0, 0, 0],
        // In the middle, and at the end.
        &[0, 0, 0, 5000, 0, 0, 0, 0],
        &[0, 0, 0, 0, 0, 0, 0, 5000],
        // A cache fills up.
        &[400, 300, 100, 0, 0, 0, 0, 0, 0, 0],
        // What one iteration leaves the next takes back.
        &[1, 0, -1, 1, -1, 1, -1, 1, -1, 1],
    ] {
        let outcome = leaked(steps, 0.0).outcome;
        assert!(
            [Outcome::Pass, Outcome::NotShown].contains(&outcome),
            "{steps:?}: {outcome:?}"
        );
    }
}

#[test]
fn a_leak_beside_something_set_up_late_still_breaks_it() {
    assert_eq!(
        leaked(&[8, 8, 8, 8, 100_000, 8, 8, 8], 0.0).outcome,
        Outcome::Fail
    );
}

#[test]
fn culprits_are_those_that_grow_the_largest_first() {
    let (findings, names) = run(&log(&[
        ("Small", &[4; 6]),
        ("Once", &[900, 0, 0, 0, 0, 0]),
        ("Large", &[64; 6]),
    ]));
    let judged = judge(&findings, &budget(Measure::LeakedBytes(all(&names)), 1.0));
    let named: Vec<(&str, f64, f64)> = judged
        .culprits
        .iter()
        .map(|culprit| match culprit.who {
            Who::Site(site) => {
                let name = names.site_type(site).map(|id| names.type_name(id));
                (name.expect("a type"), culprit.bytes, culprit.blocks)
            }
            Who::Handles(_) => panic!("a log has no handles"),
        })
        .collect();
    assert_eq!(named, [("Large", 64.0, 1.0), ("Small", 4.0, 1.0)]);
}

#[test]
fn a_budget_is_of_the_sites_that_are_chosen() {
    let (findings, names) = run(&log(&[("Small", &[4; 6]), ("Large", &[64; 6])]));
    let small: Selection = (0..names.site_count() as u32)
        .map(|site| names.site_type(SiteId(site)))
        .map(|id| id.is_some_and(|id| names.type_name(id) == "Small"))
        .collect();
    let bytes = judge(&findings, &budget(Measure::LeakedBytes(small.clone()), 4.0));
    assert_eq!(bytes.outcome, Outcome::Pass);
    let objects = judge(&findings, &budget(Measure::LeakedObjects(small), 0.0));
    assert_eq!(objects.outcome, Outcome::Fail);
    assert_eq!(objects.measured.map(|found| found.figure), Some(1.0));
}

#[test]
fn the_peak_is_that_of_the_iterations() {
    let log = "@ALLOCATE Setup 9000 a.rs:1 1\n@DROP Setup 9000 1\n@MARK a\n\
               @ALLOCATE Work 50 a.rs:2 2\n@DROP Work 50 2\n@MARK b\n\
               @ALLOCATE Work 70 a.rs:2 3\n@DROP Work 70 3\n";
    let (findings, _) = run(log);
    let judged = judge(&findings, &budget(Measure::PeakBytes, 60.0));
    assert_eq!(judged.measured.map(|found| found.figure), Some(70.0));
    assert_eq!(judged.outcome, Outcome::Fail);
    let whole = judge(
        &run("@ALLOCATE A 9 a.rs:1 1\n").0,
        &budget(Measure::PeakBytes, 60.0),
    );
    assert_eq!(whole.measured.map(|found| found.figure), Some(9.0));
}

#[test]
fn temporary_allocations_count_in_each_iteration() {
    let (findings, _) = run(&log(&[("Kept", &[8; 5])]));
    let number = judge(&findings, &budget(Measure::Temporary, 0.0));
    let figure = number.measured.expect("five iterations").figure;
    assert_eq!((figure, number.outcome), (1.0, Outcome::Fail));
    let share = judge(&findings, &budget(Measure::TemporaryShare, 0.5));
    assert_eq!(share.measured.map(|found| found.figure), Some(0.5));
    assert_eq!(share.outcome, Outcome::Pass);
}

#[test]
fn what_a_log_does_not_have_is_not_measured() {
    let (findings, names) = run(&log(&[("Leak", &[10; 6])]));
    for (measure, why) in [
        (Measure::MemoryGrowth, Unmeasured::NoMemory),
        (Measure::HolesBytes, Unmeasured::NoMemory),
        (Measure::Handles(all(&names)), Unmeasured::NoHandles),
    ] {
        let judged = judge(&findings, &budget(measure, 1e9));
        assert_eq!(judged, Judged::not_measured(why));
    }
}

#[test]
fn levels_are_those_at_each_mark() {
    let (findings, _) = run(&log(&[("Leak", &[10; 3])]));
    let levels = Levels::of(&findings);
    assert_eq!(levels.live_bytes, [0, 10, 20, 30].map(Some));
    assert_eq!(levels.live_blocks, [0, 1, 2, 3].map(Some));
    assert_eq!(levels.memory_bytes, [None; 4]);
    assert_eq!(levels.handles_held, [None; 4]);
}
