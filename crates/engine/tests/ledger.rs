//! What the ledger makes of small logs, fact by fact.

use unfreed_engine::findings::{
    AnomalyKind, CheckKind, CoverageSource, Figures, Outcome, TypeFinding, Verdict,
};
#[cfg(target_os = "linux")]
use unfreed_engine::ledger::MemorySource;
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::text::{TextDecoder, TextOptions};
use unfreed_events::{Event, Names};

/// The findings in one log, with its names.
struct Run {
    findings: Findings,
    names: Names,
}

fn run(log: &str) -> Run {
    run_with(log, &Options::default())
}

fn run_with(log: &str, options: &Options) -> Run {
    let mut decoder = TextDecoder::new(TextOptions::default());
    let mut records = Vec::new();
    decoder.decode(log.as_bytes(), &mut records);
    decoder.finish(&mut records);
    let (names, stats) = decoder.into_parts();
    assert_eq!(stats.malformed_lines(), 0, "{log}");
    let mut engine = Engine::new();
    engine.apply(&records);
    let findings = engine.finish(&names, &Input::of_text(stats), options);
    Run { findings, names }
}

impl Run {
    fn type_named(&self, name: &str) -> &TypeFinding {
        let mut types = self.findings.types.iter();
        types
            .find(|found| self.names.type_name(found.type_id) == name)
            .expect("a type of this name")
    }

    fn site_at(&self, location: &str) -> &Figures {
        let mut sites = self.findings.sites.iter();
        let found = sites.find(|found| self.names.location(found.site).as_str() == location);
        &found.expect("a site at this location").figures
    }

    fn events(&self, kind: AnomalyKind) -> u64 {
        self.findings.anomalies.events(kind)
    }
}

#[test]
fn what_is_never_freed_is_leaked() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 1\n\
                   @ALLOCATE Foo 24 a.rs:2 2\n\
                   @DROP Foo 16 1\n");
    let foo = &run.type_named("Foo").figures;
    assert_eq!((foo.leaked, foo.leaked_bytes), (1, 24));
    assert_eq!(run.site_at("a.rs:1").leaked, 0);
    assert_eq!(run.findings.largest[0].line, 2);
}

#[test]
fn a_free_logged_before_its_allocation_leaves_nothing_live() {
    let run = run("@DROP Foo 16 1\n@ALLOCATE Foo 16 a.rs:1 1\n");
    assert_eq!(run.findings.totals.live, 0);
    assert_eq!(run.findings.peak.bytes, 0);
    assert_eq!(run.site_at("a.rs:1").frees, 1);
    assert_eq!(run.events(AnomalyKind::EarlyFree), 1);
    assert_eq!(run.events(AnomalyKind::UnmatchedFree), 0);
}

/// A recording's frees name neither type nor size.
#[test]
fn a_release_is_the_free_of_the_block_that_is_live() {
    let log = "@DROP Foo 0 1\n@ALLOCATE Foo 16 a.rs:1 1\n@DROP Foo 0 1\n@DROP Foo 0 1\n";
    let mut decoder = TextDecoder::new(TextOptions::default());
    let mut records = Vec::new();
    decoder.decode(log.as_bytes(), &mut records);
    let (names, stats) = decoder.into_parts();
    for record in &mut records {
        if let Event::Free { id, .. } = record.event {
            record.event = Event::Release { id };
        }
    }
    let mut engine = Engine::new();
    engine.apply(&records);
    let findings = engine.finish(&names, &Input::of_text(stats), &Options::default());
    let run = Run { findings, names };
    assert_eq!(run.findings.totals.live, 0);
    assert_eq!(run.findings.totals.frees, 3);
    let foo = &run.type_named("Foo").figures;
    assert_eq!((foo.frees, foo.freed_bytes, foo.leaked), (1, 16, 0));
    // No allocation that comes later is what a release meant.
    assert_eq!(run.events(AnomalyKind::EarlyFree), 0);
    assert_eq!(run.events(AnomalyKind::UnmatchedFree), 2);
    assert_eq!(run.events(AnomalyKind::SizeMismatch), 0);
}

#[test]
fn a_free_whose_allocation_never_comes_is_unmatched() {
    let run = run("@DROP Foo 16 1\n@ALLOCATE Foo 16 a.rs:1 2\n");
    let foo = run.type_named("Foo");
    assert_eq!((foo.unmatched_frees, foo.unmatched_freed_bytes), (1, 16));
    assert_eq!(foo.figures.leaked, 1);
}

#[test]
fn the_first_unmatched_frees_are_the_examples() {
    let frees =
        |ids: &[u64]| -> String { ids.iter().map(|id| format!("@DROP Foo 1 {id}\n")).collect() };
    let run = run(&frees(&[90, 1 << 40, 3, u64::MAX, 2]));
    let unmatched = run.findings.anomalies.get(AnomalyKind::UnmatchedFree);
    let lines: Vec<u64> = unmatched.examples.iter().map(|e| e.event.line).collect();
    assert_eq!((unmatched.events, &lines[..]), (5, &[1, 2, 3][..]));
}

#[test]
fn a_second_free_changes_nothing_but_its_count() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 1\n\
                   @DROP Foo 16 1\n\
                   @DROP Bar 16 1\n");
    assert_eq!(run.type_named("Bar").double_frees, 1);
    assert_eq!(run.type_named("Foo").double_frees, 0);
    assert_eq!(run.findings.totals.live, 0);
    assert_eq!(run.events(AnomalyKind::TypeMismatch), 0);
}

#[test]
fn an_address_used_again_after_its_free_is_another_block() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 0x10\n\
                   @DROP Foo 16 0x10\n\
                   @ALLOCATE Foo 32 a.rs:2 0x10\n");
    assert_eq!(run.site_at("a.rs:1").leaked, 0);
    assert_eq!(run.site_at("a.rs:2").leaked_bytes, 32);
    assert_eq!(run.events(AnomalyKind::ReusedId), 1);
    assert_eq!(run.events(AnomalyKind::DuplicateAllocation), 0);
}

#[test]
fn an_allocation_of_a_live_id_supersedes_the_earlier_block() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 1\n\
                   @ALLOCATE Foo 32 a.rs:2 1\n\
                   @DROP Foo 32 1\n");
    let earlier = run.site_at("a.rs:1");
    assert_eq!((earlier.superseded, earlier.superseded_bytes), (1, 16));
    assert_eq!((earlier.frees, earlier.leaked), (0, 0));
    assert_eq!(run.site_at("a.rs:2").frees, 1);
    assert_eq!(run.findings.peak.bytes, 32);
}

#[test]
fn a_free_counts_for_the_type_it_names_and_for_the_site_of_its_block() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 1\n@DROP Bar 20 1\n");
    let (foo, bar) = (run.type_named("Foo"), run.type_named("Bar"));
    assert_eq!((foo.figures.frees, foo.figures.leaked), (0, 0));
    assert_eq!((bar.figures.frees, bar.figures.freed_bytes), (1, 20));
    assert_eq!(run.site_at("a.rs:1").freed_bytes, 16);
    assert_eq!(run.events(AnomalyKind::TypeMismatch), 1);
    assert_eq!(run.events(AnomalyKind::SizeMismatch), 1);
}

#[test]
fn peak_keeps_what_was_live_then_not_what_is_live_now() {
    let run = run("@ALLOCATE Foo 100 a.rs:1 1\n\
                   @ALLOCATE Bar 50 a.rs:2 2\n\
                   @DROP Foo 100 1\n\
                   @ALLOCATE Bar 60 a.rs:3 3\n");
    let peak = &run.findings.peak;
    assert_eq!((peak.bytes, peak.live, peak.line), (150, 2, 2));
    assert_eq!(run.type_named("Foo").figures.peak_bytes, 100);
    assert_eq!(run.type_named("Bar").figures.peak_bytes, 50);
    assert_eq!(run.site_at("a.rs:3").peak, 0);
}

#[test]
fn a_peak_reached_twice_is_the_first_one() {
    let run = run("@MARK one t=1\n\
                   @ALLOCATE Foo 100 a.rs:1 1 t=2\n\
                   @DROP Foo 100 1 t=3\n\
                   @MARK two t=4\n\
                   @ALLOCATE Bar 100 a.rs:2 2 t=5\n");
    let peak = &run.findings.peak;
    assert_eq!((peak.line, peak.time, peak.iteration), (2, Some(2), 1));
    assert_eq!(run.type_named("Foo").figures.peak, 1);
    assert_eq!(run.type_named("Bar").figures.peak, 0);
}

#[test]
fn a_block_that_grows_can_make_the_peak() {
    let run = run("@ALLOCATE Foo 100 a.rs:1 1\n\
                   @REALLOC Foo 300 1\n\
                   @REALLOC Foo 50 1\n");
    let foo = run.site_at("a.rs:1");
    assert_eq!((run.findings.peak.bytes, run.findings.peak.line), (300, 2));
    assert_eq!((foo.allocations, foo.allocated_bytes), (1, 300));
    assert_eq!((foo.leaked_bytes, foo.shrunk_bytes), (50, 250));
    assert_eq!(foo.peak_bytes, 300);
}

#[test]
fn a_reallocation_of_what_is_not_live_is_unmatched() {
    let run = run("@REALLOC Foo 16 1\n\
                   @ALLOCATE Foo 16 a.rs:1 1\n\
                   @DROP Foo 16 1\n\
                   @REALLOC Foo 32 1\n");
    assert_eq!(run.events(AnomalyKind::UnmatchedReallocation), 2);
    assert_eq!(run.findings.totals.reallocations, 0);
}

#[test]
fn a_temporary_allocation_is_freed_before_the_next_of_its_thread() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 1 thread=a\n\
                   @ALLOCATE Foo 16 a.rs:2 2 thread=b\n\
                   @ALLOCATE Foo 16 a.rs:3 3 thread=b\n\
                   @DROP Foo 16 1 thread=a\n\
                   @DROP Foo 16 2 thread=b\n\
                   @DROP Foo 16 3 thread=a\n");
    assert_eq!(run.site_at("a.rs:1").temporary, 1);
    assert_eq!(run.site_at("a.rs:2").temporary, 0);
    assert_eq!(
        run.site_at("a.rs:3").temporary,
        0,
        "freed by another thread"
    );
    assert_eq!(run.findings.totals.temporary, 1);
}

#[test]
fn an_id_that_went_to_another_thread_is_not_temporary_to_the_first() {
    let reused = run("@ALLOCATE Foo 16 a.rs:1 1 thread=a\n\
                      @DROP Foo 16 1 thread=b\n\
                      @ALLOCATE Foo 16 a.rs:1 1 thread=b\n\
                      @DROP Foo 16 1 thread=a\n");
    assert_eq!(reused.findings.totals.temporary, 0);
    let duplicate = run("@ALLOCATE Foo 16 a.rs:1 1 thread=a\n\
                         @ALLOCATE Foo 16 a.rs:1 1 thread=b\n\
                         @DROP Foo 16 1 thread=a\n");
    assert_eq!(duplicate.findings.totals.temporary, 0);
}

#[test]
fn an_allocation_whose_free_was_logged_first_is_the_next_of_its_thread() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 1\n\
                   @DROP Foo 16 2\n\
                   @ALLOCATE Foo 16 a.rs:2 2\n\
                   @DROP Foo 16 1\n");
    assert_eq!(run.findings.totals.temporary, 0);
}

#[test]
fn context_belongs_to_the_next_event_only() {
    let run = run("@MEMORY wasm 65536 t=7 thread=a\n\
                   @ALLOCATE Foo 16 a.rs:1 1\n\
                   @DROP Foo 16 1\n");
    assert_eq!(run.findings.peak.time, None);
    assert_eq!(run.findings.totals.temporary, 1);
}

#[test]
fn a_size_that_no_sum_can_hold_is_counted_and_not_accounted() {
    let run = run("@ALLOCATE Foo 18446744073709551615 a.rs:1 1\n\
                   @ALLOCATE Foo 1 a.rs:2 2\n\
                   @DROP Foo 18446744073709551615 1\n\
                   @DROP Foo 1 1\n");
    assert_eq!(run.events(AnomalyKind::ImpossibleSize), 2);
    assert_eq!(
        (run.findings.totals.allocations, run.findings.totals.frees),
        (1, 1)
    );
    assert_eq!(run.events(AnomalyKind::DoubleFree), 0);
}

#[test]
fn a_reallocation_adds_only_what_the_block_grew_by() {
    let run = run("@ALLOCATE Foo 18446744073709551615 a.rs:1 1\n\
                   @REALLOC Foo 16 1\n\
                   @REALLOC Foo 17 1\n");
    assert_eq!(run.findings.totals.reallocations, 1);
    assert_eq!(
        run.findings.totals.live_bytes, 16,
        "the refused one changed nothing"
    );
    assert_eq!(run.events(AnomalyKind::ImpossibleSize), 1);
}

#[test]
fn marks_cut_the_run_and_what_precedes_them_is_setup() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 1\n\
                   @MARK one t=5\n\
                   @ALLOCATE Foo 16 a.rs:1 2\n\
                   @ALLOCATE Bar 32 a.rs:2 3\n\
                   @DROP Foo 16 1\n\
                   @MARK two\n\
                   @DROP Bar 32 3\n");
    let [setup, one, two] = &run.findings.iterations[..] else {
        panic!("not three parts");
    };
    assert_eq!(
        (setup.name, setup.live_bytes, setup.changes.len()),
        (None, 16, 1)
    );
    assert_eq!((one.line, one.time), (2, Some(5)));
    assert_eq!(
        (one.allocations, one.frees, one.live, one.live_bytes),
        (2, 1, 2, 48)
    );
    let [bar] = &one.changes[..] else {
        panic!("one block of Foo came, one went: only Bar changed");
    };
    assert_eq!((bar.live, bar.live_bytes), (1, 32));
    assert_eq!((two.frees, two.changes[0].live_bytes), (1, -32));
}

#[test]
fn a_change_larger_than_63_bits_keeps_its_sign() {
    let run = run("@ALLOCATE Foo 9223372036854775808 a.rs:1 1\n\
                   @MARK one\n\
                   @DROP Foo 9223372036854775808 1\n");
    let change = |part: usize| run.findings.iterations[part].changes[0].live_bytes;
    assert_eq!((change(0), change(1)), (i64::MAX, i64::MIN));
}

#[test]
fn only_what_was_allocated_between_two_measurements_explains_a_growth() {
    let run = run("@ALLOCATE Foo 1000 a.rs:1 1\n\
                   @MEMORY wasm 100000\n\
                   @ALLOCATE Foo 200 a.rs:1 2\n\
                   @ALLOCATE Foo 300 a.rs:1 3\n\
                   @DROP Foo 300 3\n\
                   @MEMORY wasm 100500\n\
                   @ALLOCATE Foo 4000 a.rs:1 4\n");
    let coverage = run.findings.coverage.as_ref().expect("a growth");
    assert_eq!((coverage.growth(), coverage.explained_bytes), (500, 200));
    assert_eq!(coverage.unexplained(), 300);
}

#[test]
fn a_first_growth_tells_the_size_before_it() {
    let run = run("@ALLOCATE Foo 1000 a.rs:1 1\n@GROW memory 10 2\n");
    let coverage = run.findings.coverage.as_ref().expect("a growth");
    let is_grow = matches!(
        coverage.source,
        CoverageSource::Measured(MemorySource::Grow(_))
    );
    assert!(is_grow, "{coverage:?}");
    assert_eq!(
        (coverage.start_bytes, coverage.end_bytes),
        (10 << 16, 12 << 16)
    );
    assert_eq!(coverage.explained_bytes, 1000);
}

#[test]
fn a_log_that_explains_more_than_a_memory_grew_is_doubtful() {
    let coverage = |leaked: u64| {
        let log =
            format!("@MEMORY wasm 1000\n@ALLOCATE Foo {leaked} a.rs:1 1\n@MEMORY wasm 1500\n");
        let run = run(&log);
        let mut checks = run.findings.trust.checks.into_iter();
        let found = checks.find(|check| check.kind == CheckKind::Coverage);
        found.expect("a growth").outcome
    };
    assert_eq!(coverage(200), Outcome::Fail);
    assert_eq!(coverage(500), Outcome::Pass);
    // What had room in the memory before it grew.
    assert_eq!(coverage(1200), Outcome::Warn);
    assert_eq!(coverage(1501), Outcome::Fail);
}

#[test]
fn an_observed_growth_is_explained_by_all_that_leaked() {
    let options = Options {
        observed: Some((1000, 3000)),
        largest: 1,
        history: false,
    };
    let run = run_with(
        "@ALLOCATE Foo 500 a.rs:1 1\n@ALLOCATE Foo 700 a.rs:1 2\n",
        &options,
    );
    let coverage = run.findings.coverage.as_ref().expect("a growth");
    assert_eq!(coverage.ratio(), Some(0.6));
    assert_eq!(run.findings.largest.len(), 1);
}

/// A log of blocks of two words, of which every other one is freed; each was drawn with
/// a chance of 0.19.
fn sampled(rate: &str) -> Run {
    let mut log = format!("@SAMPLE {rate}\n");
    for id in 0..1000 {
        log += &format!("@ALLOCATE Foo 16 a.rs:1 {id}\n@PROMOTE {id}\n");
        if id % 2 == 0 {
            log += &format!("@DROP Foo 16 {id}\n");
        }
    }
    run(&log)
}

#[test]
fn a_sampled_block_stands_for_those_like_it() {
    let run = sampled("0.1 8");
    let totals = &run.findings.totals;
    let close = |figure: u64, truth: f64| (figure as f64 / truth - 1.0).abs() < 0.03;
    assert!(close(totals.allocations, 1000.0 / 0.19), "{totals:?}");
    assert!(close(totals.allocated_bytes, 16_000.0 / 0.19), "{totals:?}");
    assert!(close(totals.live, 500.0 / 0.19), "{totals:?}");
    assert!(close(totals.live_bytes, 8000.0 / 0.19), "{totals:?}");
    assert_eq!(totals.allocations, totals.frees + totals.live);
    assert_eq!(
        totals.allocated_bytes,
        totals.freed_bytes + totals.live_bytes
    );
    assert_eq!(totals.temporary, 0);
    let sampling = run.findings.sampling.as_ref().expect("a sample");
    assert_eq!((sampling.allocations, sampling.frees), (1000, 500));
    assert!(close(sampling.promoted_bytes, 16_000.0 / 0.19));
    let (low, high) = sampling.total.leaked_bytes;
    assert!(low > 8000.0 && low < 8000.0 / 0.19 && high > 8000.0 / 0.19);
    let foo = run.type_named("Foo");
    assert_eq!(foo.estimate, Some(sampling.total));
    assert_eq!(foo.figures.leaked, totals.live);
}

#[test]
fn a_rate_of_one_is_no_sample() {
    let run = sampled("1 8");
    assert_eq!(run.findings.sampling, None);
    assert_eq!(run.findings.totals.live, 500);
}

#[test]
fn what_came_before_a_rate_counts_as_it_is() {
    let run = run("@ALLOCATE Foo 16 a.rs:1 1\n\
                   @ALLOCATE Foo 16 a.rs:1 2\n\
                   @SAMPLE 0.001 8\n\
                   @DROP Foo 16 1\n\
                   @ALLOCATE Bar 800000 a.rs:2 3\n\
                   @REALLOC Bar 16 3\n");
    let foo = run.type_named("Foo");
    assert_eq!((foo.figures.allocations, foo.figures.leaked_bytes), (2, 16));
    let estimate = foo.estimate.expect("a sample");
    assert_eq!(estimate.leaked_bytes, (16.0, 16.0));
    // So large a block is never missed; and its size stays that with which it was drawn.
    assert_eq!(run.type_named("Bar").figures.leaked_bytes, 800_000);
    assert_eq!(run.events(AnomalyKind::UnmatchedReallocation), 1);
}

#[test]
fn few_samples_allow_no_verdict() {
    let mut log = "@SAMPLE 0.001 8\n".to_owned();
    for id in 0..10 {
        log += &format!("@MARK {id}\n@ALLOCATE Foo 16 a.rs:1 {id}\n");
    }
    let run = run(&log);
    assert_eq!(run.type_named("Foo").verdict, Some(Verdict::TooFew));
}
