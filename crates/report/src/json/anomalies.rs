//! Events that do not fit together, and lines that could not be read.

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_engine::findings::{AnomalyKind, Side};

use super::LogPlace;
use crate::view::View;

/// Counts by kind, and the first cases.
#[derive(Serialize, JsonSchema)]
pub(super) struct Anomalies<'a> {
    /// Frees whose id was never allocated.
    unmatched_frees: u64,
    /// Frees of an object that was free already.
    double_frees: u64,
    /// Allocations of an id that was live.
    duplicate_allocations: u64,
    /// Frees that name another size than their allocation.
    size_mismatches: u64,
    /// Frees that name another type than their allocation.
    type_mismatches: u64,
    /// Reallocations of an id that was not live.
    unmatched_reallocations: u64,
    /// Events left out because a sum would exceed 64 bits.
    impossible_sizes: u64,
    /// Frees logged before their allocation; they are matched.
    early_frees: u64,
    /// Allocations of an id that was freed before; they are matched in order.
    reused_ids: u64,
    /// Lines that start with `@` and could not be read.
    malformed_lines: u64,
    /// The malformed lines by fault, with the first of each.
    faults: Vec<Fault<'a>>,
    /// Inputs that could not be read to their end.
    damaged_sources: Vec<Damaged<'a>>,
    /// The first events of each kind.
    examples: Vec<Example<'a>>,
}

/// Malformed lines with the same fault.
#[derive(Serialize, JsonSchema)]
struct Fault<'a> {
    /// What is wrong with them.
    fault: &'static str,
    /// How many.
    lines: u64,
    /// The first of them.
    examples: Vec<FaultyLine<'a>>,
}

/// One malformed line.
#[derive(Serialize, JsonSchema)]
struct FaultyLine<'a> {
    /// Its beginning; bytes that are no text are replaced.
    text: &'a str,
    #[serde(flatten)]
    place: LogPlace<'a>,
}

/// An input that could not be read to its end.
#[derive(Serialize, JsonSchema)]
struct Damaged<'a> {
    /// Its name.
    source: &'a str,
    /// What went wrong.
    reason: &'a str,
}

/// One event that does not fit.
#[derive(Serialize, JsonSchema)]
struct Example<'a> {
    /// The name of its count, such as `double_frees`.
    kind: &'static str,
    /// The id, in decimal digits.
    id: String,
    /// The event.
    event: Event<'a>,
    /// The earlier event that it disagrees with, if there is one.
    other: Option<Event<'a>>,
}

/// What an event said.
#[derive(Serialize, JsonSchema)]
struct Event<'a> {
    /// The type it named, where that was kept.
    r#type: Option<&'a str>,
    /// The size it named, in bytes.
    size: u64,
    #[serde(flatten)]
    place: LogPlace<'a>,
}

pub(super) fn anomalies<'a>(view: &View<'a>) -> Anomalies<'a> {
    let findings = view.findings;
    let events = |kind| findings.anomalies.events(kind);
    Anomalies {
        unmatched_frees: events(AnomalyKind::UnmatchedFree),
        double_frees: events(AnomalyKind::DoubleFree),
        duplicate_allocations: events(AnomalyKind::DuplicateAllocation),
        size_mismatches: events(AnomalyKind::SizeMismatch),
        type_mismatches: events(AnomalyKind::TypeMismatch),
        unmatched_reallocations: events(AnomalyKind::UnmatchedReallocation),
        impossible_sizes: events(AnomalyKind::ImpossibleSize),
        early_frees: events(AnomalyKind::EarlyFree),
        reused_ids: events(AnomalyKind::ReusedId),
        malformed_lines: findings.input.text.malformed_lines(),
        faults: faults(view),
        damaged_sources: damaged_sources(view),
        examples: AnomalyKind::ALL
            .into_iter()
            .flat_map(|kind| examples(kind, view))
            .collect(),
    }
}

fn faults<'a>(view: &View<'a>) -> Vec<Fault<'a>> {
    let line = |example: &'a unfreed_events::text::FaultExample| FaultyLine {
        text: &example.text,
        place: LogPlace::new(view, example.line),
    };
    let faults = view.findings.input.text.faults();
    faults
        .map(|(fault, count)| Fault {
            fault: fault.name(),
            lines: count.lines,
            examples: count.examples.iter().map(line).collect(),
        })
        .collect()
}

fn damaged_sources<'a>(view: &View<'a>) -> Vec<Damaged<'a>> {
    let damage = view.findings.input.damage.iter();
    damage
        .map(|damage| Damaged {
            source: &damage.source,
            reason: &damage.reason,
        })
        .collect()
}

fn examples<'a>(kind: AnomalyKind, view: &View<'a>) -> Vec<Example<'a>> {
    let event = |side: &Side| Event {
        r#type: side.type_id.map(|id| view.type_name(id)),
        size: side.size,
        place: LogPlace::new(view, side.line),
    };
    let examples = view.findings.anomalies.get(kind).examples.iter();
    examples
        .map(|example| Example {
            kind: name(kind),
            id: example.id.0.to_string(),
            event: event(&example.event),
            other: example.other.as_ref().map(event),
        })
        .collect()
}

fn name(kind: AnomalyKind) -> &'static str {
    match kind {
        AnomalyKind::UnmatchedFree => "unmatched_frees",
        AnomalyKind::DoubleFree => "double_frees",
        AnomalyKind::DuplicateAllocation => "duplicate_allocations",
        AnomalyKind::SizeMismatch => "size_mismatches",
        AnomalyKind::TypeMismatch => "type_mismatches",
        AnomalyKind::UnmatchedReallocation => "unmatched_reallocations",
        AnomalyKind::ImpossibleSize => "impossible_sizes",
        AnomalyKind::EarlyFree => "early_frees",
        AnomalyKind::ReusedId => "reused_ids",
    }
}
