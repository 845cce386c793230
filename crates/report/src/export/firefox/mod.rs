//! A processed profile of the Firefox Profiler, version 55:
//! <https://github.com/firefox-devtools/profiler/blob/main/docs-developer/processed-profile-format.md>.
//!
//! The first thread has a table of native allocations, from which the profiler tells what
//! is retained in a range of time; each figure has a thread of its own, since a table of
//! allocations counts bytes only. Memory has tracks of counters.

mod retained;
mod tables;

use std::io::Write;

use serde::Serialize;
use serde_json::{Value, json};
use unfreed_engine::ledger::history::{History, MomentKind};

use self::retained::NativeAllocations;
use self::tables::Tables;
use super::chrome::Clock;
use super::frames::{FrameStyle, Kind};
use super::{ExportError, Figure};
use crate::view::View;

/// The process that all threads are of.
const PROCESS: &str = "1";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Thread<'a> {
    name: &'static str,
    is_main_thread: bool,
    pid: &'static str,
    tid: usize,
    process_name: &'a str,
    process_type: &'static str,
    process_startup_time: f64,
    process_shutdown_time: Option<f64>,
    register_time: f64,
    unregister_time: Option<f64>,
    paused_ranges: [u8; 0],
    show_markers_in_timeline: bool,
    samples: Samples,
    #[serde(skip_serializing_if = "Option::is_none")]
    native_allocations: Option<&'a NativeAllocations>,
    markers: Markers,
    #[serde(flatten)]
    tables: &'a Tables,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Samples {
    length: usize,
    weight_type: &'static str,
    stack: Vec<Option<usize>>,
    time: Vec<f64>,
    weight: Vec<u64>,
}

#[derive(Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct Markers {
    length: usize,
    category: Vec<usize>,
    data: Vec<Option<Value>>,
    name: Vec<usize>,
    start_time: Vec<f64>,
    end_time: Vec<Option<f64>>,
    phase: Vec<u8>,
}

/// Writes all figures, and how memory went.
///
/// # Errors
///
/// If the output takes no more, or the findings have no history.
pub fn write_firefox(view: &View<'_>, out: &mut dyn Write) -> Result<(), ExportError> {
    let history = view.findings.history.as_ref();
    let history = history.ok_or(ExportError::NoHistory)?;
    let clock = Clock::of(history);
    let style = FrameStyle::of(view);
    let mut tables = Tables::new();
    let sites = view.findings.sites.iter();
    let stacks: Vec<Option<usize>> = sites
        .map(|found| tables.stack(&style.stack(view.names, found.site)))
        .collect();
    let marks = marks(view, history, &clock, &mut tables);
    let allocations = NativeAllocations::of(view, history, &clock, &stacks)?;
    let name = view.sources.names().next().unwrap_or("unfreed");
    let thread = |(number, figure): (usize, Figure)| Thread {
        name: figure.title(),
        is_main_thread: number == 0,
        pid: PROCESS,
        tid: number + 1,
        process_name: name,
        process_type: "default",
        process_startup_time: 0.0,
        process_shutdown_time: None,
        register_time: 0.0,
        unregister_time: None,
        paused_ranges: [],
        show_markers_in_timeline: true,
        samples: samples(view, figure, &stacks, &clock, history),
        native_allocations: (number == 0).then_some(&allocations),
        markers: match number {
            0 => marks.clone(),
            _ => Markers::default(),
        },
        tables: &tables,
    };
    let known = Figure::known(view.findings).enumerate();
    let threads: Vec<Thread<'_>> = known.map(thread).collect();
    let file = json!({
        "meta": meta(view, name),
        "libs": [],
        "pages": [],
        "profilerOverhead": [],
        "counters": counters(view, history, &clock),
        "threads": threads,
    });
    serde_json::to_writer(out, &file)?;
    Ok(())
}

fn meta(view: &View<'_>, name: &str) -> Value {
    let colour = |kind: Kind| match kind {
        Kind::Wasm => "purple",
        Kind::Js => "yellow",
        Kind::Node => "grey",
        Kind::Machine => "blue",
        Kind::Place => "green",
        Kind::Type => "orange",
    };
    let category = |kind: &Kind| json!({"name": kind.name(), "color": colour(*kind), "subcategories": ["Other"]});
    let mut categories: Vec<Value> = Kind::ALL.iter().map(category).collect();
    categories.push(json!({"name": "Other", "color": "grey", "subcategories": ["Other"]}));
    // In ms since the Unix epoch.
    let start = view.recording.map_or(0, |facts| facts.start) as f64 / 1000.0;
    json!({
        "preprocessedProfileVersion": 55,
        "version": 24,
        "product": name,
        "importedFrom": "unfreed",
        "interval": 1,
        "startTime": start,
        "processType": 0,
        "categories": categories,
        "extensions": {"length": 0, "baseURL": [], "id": [], "name": []},
        "sampleUnits": {"time": "ms", "eventDelay": "ms", "threadCPUDelta": "µs"},
        "stackwalk": 0,
        "debug": false,
        "symbolicated": true,
        "pausedRanges": [],
        "markerSchema": [],
        "usesOnlyOneStackType": false,
        "sourceCodeIsNotOnSearchfox": true,
    })
}

/// A sample for each site: at the end of the run, or at the last moment before its peak.
fn samples(
    view: &View<'_>,
    figure: Figure,
    stacks: &[Option<usize>],
    clock: &Clock,
    history: &History,
) -> Samples {
    let peak = view.findings.peak.line;
    let mut moments = history.moments.iter().rev();
    let moment = match figure {
        Figure::PeakBytes | Figure::Peak => moments.find(|moment| moment.line <= peak),
        _ => moments.next(),
    };
    let at = moment.map_or(0.0, |moment| clock.at(moment.time, moment.events));
    let values = view.findings.sites.iter();
    let values = values.map(|found| figure.of(&found.figures));
    let shown = stacks.iter().zip(values).filter(|(_, value)| *value > 0);
    let (stack, weight): (Vec<Option<usize>>, Vec<u64>) = shown.unzip();
    Samples {
        length: stack.len(),
        weight_type: if figure.is_bytes() {
            "bytes"
        } else {
            "samples"
        },
        time: vec![at / 1000.0; stack.len()],
        stack,
        weight,
    }
}

fn marks(view: &View<'_>, history: &History, clock: &Clock, tables: &mut Tables) -> Markers {
    let mut markers = Markers::default();
    for moment in &history.moments {
        if let MomentKind::Mark(name) = moment.kind {
            markers.length += 1;
            markers.category.push(Kind::ALL.len());
            markers.data.push(None);
            markers.name.push(tables.string(view.names.word(name)));
            markers
                .start_time
                .push(clock.at(moment.time, moment.events) / 1000.0);
            markers.end_time.push(None);
            // An instant.
            markers.phase.push(0);
        }
    }
    markers
}

/// A track for each: a count is the difference to the one before.
fn counters(view: &View<'_>, history: &History, clock: &Clock) -> Vec<Value> {
    type Of = fn(&unfreed_engine::account::Sample) -> u64;
    let mut counters = Vec::new();
    let spaces = view.findings.spaces.as_ref();
    let spaces = spaces.filter(|spaces| !spaces.memories().is_empty());
    if let Some(spaces) = spaces {
        let all: [(&str, Of); 3] = [
            ("linear memory", |sample| sample.memory),
            ("live bytes", |sample| sample.live),
            ("holes", |sample| sample.holes),
        ];
        for (name, of) in all {
            let samples = spaces.timeline().samples().iter();
            let points = samples.map(|sample| (clock.at(sample.time, sample.events), of(sample)));
            counters.push(counter(name, points));
        }
    } else {
        let moments = history.moments.iter();
        let points =
            moments.map(|moment| (clock.at(moment.time, moment.events), moment.live_bytes));
        counters.push(counter("live bytes", points));
    }
    counters
}

fn counter(name: &str, points: impl Iterator<Item = (f64, u64)>) -> Value {
    let (mut time, mut count) = (Vec::new(), Vec::new());
    let mut before = 0;
    for (at, value) in points {
        time.push(at / 1000.0);
        count.push(i128::from(value) - i128::from(before));
        before = value;
    }
    json!({
        "name": name,
        "category": "Memory",
        "description": format!("{name} over the run, in bytes"),
        "pid": PROCESS,
        "mainThreadIndex": 0,
        "samples": {"length": time.len(), "time": time, "count": count.iter().map(|n| *n as i64).collect::<Vec<i64>>()},
    })
}
