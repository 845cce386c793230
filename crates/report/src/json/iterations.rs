//! Iterations, verdicts, memories and coverage.

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_engine::findings::{CoverageSource, Verdict as Found};
use unfreed_engine::ledger::MemorySource;

use super::LogPlace;
use crate::phrases;
use crate::view::View;

/// What the iterations say of a type.
#[derive(Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// Nothing of it is live at the end.
    Clean,
    /// Fewer than three iterations.
    TooFew,
    /// All that is live has been so since the setup or the first iteration.
    OneOff,
    /// More in each iteration after the warm-up.
    Systematic(Rate),
    /// Grew, but not beyond what it had reached in the first half.
    Bounded,
    /// Grows, but not in each iteration.
    Noisy(Rate),
}

/// Growth per iteration.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Rate {
    /// Objects per iteration after the warm-up: the Theil–Sen slope of how many
    /// are live.
    per_iteration: f64,
    /// Bytes per iteration, likewise.
    bytes_per_iteration: f64,
    /// Where the bytes per iteration lie; null with fewer than four iterations
    /// after the warm-up, which are too few for an interval.
    bytes_interval: Option<Interval>,
    /// Whether each iteration after the warm-up added the same number.
    exact: bool,
    /// The least that an iteration after the warm-up added.
    min: i64,
    /// The most that an iteration after the warm-up added.
    max: i64,
    /// Iterations at the begin that were left out.
    warm_up: usize,
}

/// Where a figure lies.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Interval {
    /// The least that it may be.
    low: f64,
    /// The most that it may be.
    high: f64,
    /// In how many of such intervals the figure is, from 0 to 1: 0.95 or more, and
    /// less with four or five iterations.
    confidence: f64,
}

impl Interval {
    pub(crate) fn new(found: unfreed_engine::Interval) -> Interval {
        Interval {
            low: found.low,
            high: found.high,
            confidence: found.confidence,
        }
    }
}

/// What lies between two marks.
#[derive(Serialize, JsonSchema)]
pub(super) struct Iteration<'a> {
    /// The mark that begins it; null for the setup.
    name: Option<&'a str>,
    /// Which part of the run it is.
    part: Part,
    /// Where its mark is in the log; null for the setup.
    mark: Option<LogPlace<'a>>,
    /// The time of its mark, if the log has times.
    time_ns: Option<u64>,
    /// Allocations in it.
    allocations: u64,
    /// Frees in it.
    frees: u64,
    /// Live objects at its end less those at its begin.
    growth: i64,
    /// Live bytes at its end less those at its begin.
    growth_bytes: i64,
    /// Live objects at its end.
    live: u64,
    /// Live bytes at its end.
    live_bytes: u64,
    /// Marks in it that were too many to cut the run.
    uncut_marks: u64,
    /// Types whose live objects or bytes changed in it.
    types: Vec<Growth<'a>>,
}

/// A part of the run.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Part {
    /// Before the first mark.
    Setup,
    /// From a mark to the next.
    Iteration,
    /// After the last iteration: behind the mark that ends it, or where hardly anything
    /// is allocated.
    Tail,
}

/// Growth of one type in one iteration.
#[derive(Serialize, JsonSchema)]
struct Growth<'a> {
    /// The type.
    r#type: &'a str,
    /// Live objects at the end less those at the begin.
    growth: i64,
    /// Live bytes at the end less those at the begin.
    growth_bytes: i64,
}

/// Sizes of one memory.
#[derive(Serialize, JsonSchema)]
pub(super) struct Memory<'a> {
    /// Where the sizes come from: `logged` (`@MEMORY`), `program` (lines that
    /// `--memory` matches) or `grow` (`@GROW`).
    from: &'static str,
    /// The domain or memory; null for `program`.
    name: Option<&'a str>,
    /// How many sizes there were.
    samples: u64,
    /// The first, in bytes.
    first_bytes: u64,
    /// The last, in bytes.
    last_bytes: u64,
    /// The largest, in bytes.
    largest_bytes: u64,
}

/// Leaked bytes against observed growth.
#[derive(Serialize, JsonSchema)]
pub(super) struct Coverage {
    /// Who observed the sizes, as the report for people says it.
    source: String,
    /// Size at the start.
    start_bytes: u64,
    /// Size at the end.
    end_bytes: u64,
    /// Growth; negative if the memory shrank.
    growth_bytes: i64,
    /// Leaked bytes that were allocated between the two measurements.
    explained_bytes: u64,
    /// The rest; negative if more was leaked than the memory grew.
    unexplained_bytes: i64,
    /// Explained part of the growth; null without growth.
    ratio: Option<f64>,
}

impl Verdict {
    pub fn new(found: Found) -> Verdict {
        match found {
            Found::Clean => Verdict::Clean,
            Found::TooFew => Verdict::TooFew,
            Found::OneOff => Verdict::OneOff,
            Found::Bounded => Verdict::Bounded,
            Found::Systematic(rate) => Verdict::Systematic(Rate::new(rate)),
            Found::Noisy(rate) => Verdict::Noisy(Rate::new(rate)),
        }
    }
}

impl Rate {
    fn new(rate: unfreed_engine::findings::Rate) -> Rate {
        Rate {
            per_iteration: rate.blocks,
            bytes_per_iteration: rate.bytes.growth,
            bytes_interval: rate.bytes.interval.map(Interval::new),
            exact: rate.is_exact(),
            min: rate.range.0,
            max: rate.range.1,
            warm_up: rate.warm_up,
        }
    }
}

pub(super) fn iterations<'a>(view: &View<'a>) -> Vec<Iteration<'a>> {
    let iterations = &view.findings.iterations;
    if iterations.len() <= 1 {
        return Vec::new();
    }
    let counted = view.findings.counted_iterations;
    let part = |number| match number {
        0 => Part::Setup,
        number if number > counted => Part::Tail,
        _ => Part::Iteration,
    };
    let parts = iterations.iter().enumerate();
    parts
        .map(|(number, found)| {
            let growth = |change: &unfreed_engine::ledger::Change| Growth {
                r#type: view.type_name(change.type_id),
                growth: change.live,
                growth_bytes: change.live_bytes,
            };
            let shown = found
                .changes
                .iter()
                .filter(|change| view.shows(change.type_id));
            Iteration {
                name: found.name.map(|name| view.names.word(name)),
                part: part(number),
                mark: found.name.map(|_| LogPlace::new(view, found.line)),
                time_ns: found.time,
                allocations: found.allocations,
                frees: found.frees,
                growth: found.changes.iter().map(|change| change.live).sum(),
                growth_bytes: found.changes.iter().map(|change| change.live_bytes).sum(),
                live: found.live,
                live_bytes: found.live_bytes,
                uncut_marks: found.uncut_marks,
                types: shown.map(growth).collect(),
            }
        })
        .collect()
}

pub(super) fn part_name<'a>(view: &View<'a>, number: usize) -> Option<&'a str> {
    let iteration = view.findings.iterations.get(number)?;
    iteration.name.map(|name| view.names.word(name))
}

pub(super) fn memory<'a>(view: &View<'a>) -> Vec<Memory<'a>> {
    let memories = view.findings.memories.iter();
    memories
        .map(|found| {
            let (from, name) = match found.source {
                MemorySource::Logged(domain) => ("logged", Some(view.names.word(domain))),
                MemorySource::Program => ("program", None),
                MemorySource::Grow(memory) => ("grow", Some(view.names.word(memory))),
            };
            Memory {
                from,
                name,
                samples: found.samples,
                first_bytes: found.first.bytes,
                last_bytes: found.last.bytes,
                largest_bytes: found.largest.bytes,
            }
        })
        .collect()
}

pub(super) fn coverage(view: &View<'_>) -> Option<Coverage> {
    let found = view.findings.coverage.as_ref()?;
    let source: CoverageSource = found.source;
    // Sizes fit 64 bits, their differences one bit more: what is beyond cannot
    // be a memory and is shown as the nearest that fits.
    let signed =
        |value: i128| i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
    Some(Coverage {
        source: phrases::coverage_source(source, view),
        start_bytes: found.start_bytes,
        end_bytes: found.end_bytes,
        growth_bytes: signed(found.growth()),
        explained_bytes: found.explained_bytes,
        unexplained_bytes: signed(found.unexplained()),
        ratio: found.ratio(),
    })
}
