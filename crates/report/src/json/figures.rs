//! Totals, types, sites, the largest objects and the peak.

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_engine::findings::{Figures as Found, TypeFinding};
use unfreed_engine::sampling::{CONFIDENCE, Estimate as Sampled};
use unfreed_events::SiteId;

use super::LogPlace;
use super::iterations::{Interval, Verdict, part_name};
use crate::view::View;

/// Sums over all types.
#[derive(Serialize, JsonSchema)]
pub(super) struct Totals {
    /// Allocations logged.
    allocations: u64,
    /// Frees logged, whether or not their allocation was: matched, unmatched
    /// and double ones.
    frees: u64,
    /// Allocations never freed.
    leaked: u64,
    /// Bytes allocated, with what reallocations added.
    allocated_bytes: u64,
    /// Bytes freed, as the frees name them.
    freed_bytes: u64,
    /// Bytes never freed.
    leaked_bytes: u64,
    /// Live bytes at the high-water mark.
    peak_bytes: u64,
    /// Live objects at the high-water mark.
    peak: u64,
    /// Frees that belong to an allocation. Allocations are matched frees,
    /// leaked and superseded ones.
    matched_frees: u64,
    /// Allocations freed before the next allocation of their thread.
    ///
    /// Null for a sample and for sums, where it is not known.
    temporary: Option<u64>,
    /// Reallocations of live objects.
    reallocations: u64,
    /// Bytes given up by reallocations. Allocated bytes are those of matched
    /// frees, leaked, superseded and shrunk bytes.
    shrunk_bytes: u64,
    /// Objects whose id was allocated again while they were live.
    superseded: u64,
    /// Their bytes.
    superseded_bytes: u64,
    /// Where these figures lie; only there if the log is a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<Estimate>,
}

/// How a log that is a sample was drawn.
#[derive(Serialize, JsonSchema)]
pub(super) struct Sampling {
    /// The rates at which it was drawn, in order.
    rates: Vec<SampleRate>,
    /// Allocations that are in the log.
    allocations: u64,
    /// Frees that are in the log.
    frees: u64,
    /// Estimated bytes of blocks that outlived their first collections.
    promoted_bytes: u64,
}

/// With which chance memory is sampled.
#[derive(Serialize, JsonSchema)]
struct SampleRate {
    /// The chance of one unit, above 0 and at most 1.
    chance: f64,
    /// The bytes of a unit.
    unit: u64,
}

/// Where figures lie that are estimated from samples.
#[derive(Serialize, JsonSchema)]
struct Estimate {
    /// Sampled allocations.
    samples: u64,
    /// Sampled allocations that were never freed.
    leaked_samples: u64,
    /// Allocations.
    allocations: Interval,
    /// Bytes allocated.
    allocated_bytes: Interval,
    /// Allocations never freed.
    leaked: Interval,
    /// Bytes never freed.
    leaked_bytes: Interval,
}

/// Figures of a type or a site.
#[derive(Serialize, JsonSchema)]
struct Figures {
    /// Allocations logged.
    allocations: u64,
    /// Of a type: frees that name it. Of a site: frees of its allocations.
    frees: u64,
    /// Allocations never freed.
    leaked: u64,
    /// Bytes allocated, with what reallocations added.
    allocated_bytes: u64,
    /// Bytes freed; of a type as the frees name them, of a site as its
    /// allocations do.
    freed_bytes: u64,
    /// Bytes never freed.
    leaked_bytes: u64,
    /// Bytes live at the high-water mark of all types together.
    peak_bytes: u64,
    /// Objects live at the high-water mark of all types together.
    peak: u64,
    /// Allocations freed before the next allocation of their thread.
    ///
    /// Null for a sample and for sums, where it is not known.
    temporary: Option<u64>,
    /// Objects whose id was allocated again while they were live.
    superseded: u64,
    /// Their bytes.
    superseded_bytes: u64,
    /// Bytes given up by reallocations.
    shrunk_bytes: u64,
    /// Where these figures lie; only there if the log is a sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    estimate: Option<Estimate>,
}

/// One type.
#[derive(Serialize, JsonSchema)]
pub(super) struct Type<'a> {
    /// Its name in the log.
    r#type: &'a str,
    #[serde(flatten)]
    figures: Figures,
    /// Its part of all leaked bytes, from 0 to 1.
    share: f64,
    /// Frees that name this type and whose id was never allocated.
    unmatched_frees: u64,
    /// Their bytes, as the frees name them.
    unmatched_freed_bytes: u64,
    /// Frees that name this type and whose object was free already.
    double_frees: u64,
    /// The smallest size allocated; null if nothing was, or only sums are known.
    min_size: Option<u64>,
    /// The largest size allocated; null if nothing was, or only sums are known.
    max_size: Option<u64>,
    /// What the iterations say; null without marks.
    verdict: Option<Verdict>,
}

/// One site.
#[derive(Serialize, JsonSchema)]
pub(super) struct Site<'a> {
    /// The type that is allocated there.
    r#type: &'a str,
    /// The file.
    file: &'a str,
    /// The line in that file.
    line: Option<u64>,
    /// The column, if the log names it.
    column: Option<u64>,
    #[serde(flatten)]
    figures: Figures,
    /// What the iterations say; null without marks.
    verdict: Option<Verdict>,
    /// Why its blocks were live at the last snapshot; null if none tells.
    why: Option<Why>,
    /// The stack that allocates, innermost frame first; empty for a log.
    stack: Vec<Frame<'a>>,
}

/// Why blocks are live.
#[derive(Serialize, JsonSchema)]
struct Why {
    /// What most of them are held by, in words.
    reason: String,
    /// What to do about it, in words.
    remedy: &'static str,
    /// Blocks that were live at the snapshot.
    blocks: u64,
    /// Their bytes.
    bytes: u64,
    /// Bytes that would be held by nothing without them.
    retained_bytes: u64,
}

/// A frame of a stack.
#[derive(Serialize, JsonSchema)]
struct Frame<'a> {
    /// The function; empty if it has no name.
    function: &'a str,
    /// The module's file, or the script.
    module: &'a str,
    /// `file:line` or `file:line:column`, if it is known.
    place: Option<&'a str>,
    /// Index of the function in its module.
    index: Option<u32>,
    /// Byte offset in the module.
    offset: Option<u32>,
}

/// One object that was never freed.
#[derive(Serialize, JsonSchema)]
pub(super) struct LargestBlock<'a> {
    /// Its type.
    r#type: &'a str,
    /// Its site's file.
    file: &'a str,
    /// The line in that file.
    line: Option<u64>,
    /// The column, if the log names it.
    column: Option<u64>,
    /// Its size in bytes.
    size: u64,
    /// Its id in the log, in decimal digits: JSON numbers do not hold 64 bits.
    id: String,
    #[serde(flatten)]
    place: LogPlace<'a>,
}

/// The high-water mark of live bytes.
#[derive(Serialize, JsonSchema)]
pub(super) struct Peak<'a> {
    /// Live bytes then.
    bytes: u64,
    /// Live objects then.
    objects: u64,
    /// Its time, if the log has times.
    time_ns: Option<u64>,
    /// The mark of the iteration it fell in; null before the first mark.
    iteration: Option<&'a str>,
    #[serde(flatten)]
    place: LogPlace<'a>,
}

pub(super) fn totals(view: &View<'_>) -> Totals {
    let totals = &view.findings.totals;
    Totals {
        allocations: totals.allocations,
        frees: totals.frees,
        leaked: totals.live,
        allocated_bytes: totals.allocated_bytes,
        freed_bytes: totals.freed_bytes,
        leaked_bytes: totals.live_bytes,
        peak_bytes: view.findings.peak.bytes,
        peak: view.findings.peak.live,
        matched_frees: totals.allocations - totals.live - totals.superseded,
        temporary: view.findings.knows_temporary().then_some(totals.temporary),
        reallocations: totals.reallocations,
        shrunk_bytes: totals.shrunk_bytes,
        superseded: totals.superseded,
        superseded_bytes: totals.superseded_bytes,
        estimate: (view.findings.sampling.as_ref()).map(|sampling| estimate(&sampling.total)),
    }
}

pub(super) fn types<'a>(view: &View<'a>) -> Vec<Type<'a>> {
    let types = view.types();
    let all = view.findings.totals.live_bytes.max(1) as f64;
    let make = |found: &&TypeFinding| Type {
        r#type: view.type_name(found.type_id),
        figures: figures(view, &found.figures, found.estimate.as_ref()),
        share: found.figures.leaked_bytes as f64 / all,
        unmatched_frees: found.unmatched_frees,
        unmatched_freed_bytes: found.unmatched_freed_bytes,
        double_frees: found.double_frees,
        min_size: found.size_range.map(|(low, _)| low),
        max_size: found.size_range.map(|(_, high)| high),
        verdict: found.verdict.map(Verdict::new),
    };
    view.first(&types).0.iter().map(make).collect()
}

pub(super) fn sites<'a>(view: &View<'a>) -> Vec<Site<'a>> {
    let sites = view.sites();
    let shown = view.first(&sites).0.iter();
    shown
        .map(|found| {
            let location = view.names.location(found.site);
            Site {
                r#type: view.site_type(found.site),
                file: location.file(),
                line: location.line(),
                column: location.column(),
                figures: figures(view, &found.figures, found.estimate.as_ref()),
                verdict: found.verdict.map(Verdict::new),
                why: why(view, found.site),
                stack: stack(view, found.site),
            }
        })
        .collect()
}

fn why(view: &View<'_>, site: SiteId) -> Option<Why> {
    let found = view.findings.why(site)?;
    Some(Why {
        reason: crate::why::in_words(site, view)?,
        remedy: crate::why::remedy(found, view),
        blocks: found.size.blocks,
        bytes: found.size.shallow,
        retained_bytes: found.size.retained,
    })
}

fn stack<'a>(view: &View<'a>, site: SiteId) -> Vec<Frame<'a>> {
    let stack = view.names.stack_of(site);
    let frames = stack.map(|stack| view.names.frames_of(stack));
    let frame = |frame: unfreed_events::stacks::Frame<'a>| Frame {
        function: frame.function,
        module: frame.module,
        place: frame.place,
        index: frame.wasm.map(|wasm| wasm.function),
        offset: frame.wasm.map(|wasm| wasm.offset),
    };
    frames.into_iter().flatten().map(frame).collect()
}

pub(super) fn largest<'a>(view: &View<'a>) -> Vec<LargestBlock<'a>> {
    let blocks = view.largest().into_iter();
    blocks
        .map(|block| {
            let location = view.names.location(block.site);
            LargestBlock {
                r#type: view.site_type(block.site),
                file: location.file(),
                line: location.line(),
                column: location.column(),
                size: block.size,
                id: block.id.0.to_string(),
                place: LogPlace::new(view, block.line),
            }
        })
        .collect()
}

pub(super) fn peak<'a>(view: &View<'a>) -> Option<Peak<'a>> {
    let peak = &view.findings.peak;
    (peak.bytes > 0).then(|| Peak {
        bytes: peak.bytes,
        objects: peak.live,
        time_ns: peak.time,
        iteration: part_name(view, peak.iteration),
        place: LogPlace::new(view, peak.line),
    })
}

fn figures(view: &View<'_>, found: &Found, sampled: Option<&Sampled>) -> Figures {
    Figures {
        allocations: found.allocations,
        frees: found.frees,
        leaked: found.leaked,
        allocated_bytes: found.allocated_bytes,
        freed_bytes: found.freed_bytes,
        leaked_bytes: found.leaked_bytes,
        peak_bytes: found.peak_bytes,
        peak: found.peak,
        temporary: view.findings.knows_temporary().then_some(found.temporary),
        superseded: found.superseded,
        superseded_bytes: found.superseded_bytes,
        shrunk_bytes: found.shrunk_bytes,
        estimate: sampled.map(estimate),
    }
}

fn estimate(found: &Sampled) -> Estimate {
    let interval = |(low, high)| {
        Interval::new(unfreed_engine::Interval {
            low,
            high,
            confidence: CONFIDENCE,
        })
    };
    Estimate {
        samples: found.samples,
        leaked_samples: found.leaked_samples,
        allocations: interval(found.allocations),
        allocated_bytes: interval(found.allocated_bytes),
        leaked: interval(found.leaked),
        leaked_bytes: interval(found.leaked_bytes),
    }
}

pub(super) fn sampling(view: &View<'_>) -> Option<Sampling> {
    let found = view.findings.sampling.as_ref()?;
    let rate = |rate: &unfreed_events::SampleRate| SampleRate {
        chance: rate.chance(),
        unit: rate.unit(),
    };
    Some(Sampling {
        rates: found.rates.iter().map(rate).collect(),
        allocations: found.allocations,
        frees: found.frees,
        promoted_bytes: found.promoted_bytes,
    })
}
