//! Trace events of Chrome, in their JSON form: counters over time, and marks.
//! <https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU>

use std::io::Write;

use serde_json::{Value, json};
use unfreed_engine::account::Sample;
use unfreed_engine::ledger::MemorySource;
use unfreed_engine::ledger::history::{History, MomentKind};

use super::ExportError;
use crate::phrases;
use crate::view::View;

/// Everything is of one process.
const PROCESS: u32 = 1;

/// What the counter of all linear memories is called.
const LINEAR_MEMORY: &str = "linear memory";

/// A counter of all memories, and what it is of a sample.
type Counter = (&'static str, fn(&Sample) -> u64);

/// Writes how memory went: sizes of linear memory, live bytes and holes, other memories
/// that were measured, growths and marks. A time is in microseconds since the begin; of a
/// log without times it is the number of allocations and frees until then.
///
/// # Errors
///
/// If the output takes no more, or the findings have no history.
pub fn write_chrome(view: &View<'_>, out: &mut dyn Write) -> Result<(), ExportError> {
    let history = view.findings.history.as_ref();
    let history = history.ok_or(ExportError::NoHistory)?;
    let clock = Clock::of(history);
    let mut events = vec![json!({
        "ph": "M", "pid": PROCESS, "tid": 0, "name": "process_name",
        "args": {"name": view.sources.names().next().unwrap_or("unfreed")},
    })];
    memories(view, history, &clock, &mut events);
    measured(view, history, &clock, &mut events);
    grows(view, &clock, &mut events);
    for moment in &history.moments {
        if let MomentKind::Mark(name) = moment.kind {
            let ts = clock.at(moment.time, moment.events);
            events.push(instant("mark", view.names.word(name), ts, json!({})));
        }
    }
    events.sort_by(|a, b| time(a).total_cmp(&time(b)));
    let totals = &view.findings.totals;
    let file = json!({
        "traceEvents": events,
        "displayTimeUnit": "ms",
        "otherData": {
            "unfreed": env!("CARGO_PKG_VERSION"),
            "time": clock.unit(),
            "allocations": totals.allocations,
            "allocated_bytes": totals.allocated_bytes,
            "leaked": totals.live,
            "leaked_bytes": totals.live_bytes,
        },
    });
    serde_json::to_writer(out, &file)?;
    Ok(())
}

/// What times are counted in.
pub(super) struct Clock {
    is_known: bool,
}

impl Clock {
    pub fn of(history: &History) -> Clock {
        let last = history.moments.last();
        Clock {
            is_known: last.is_some_and(|moment| moment.time.is_some()),
        }
    }

    /// In microseconds. What comes before the first time is at the begin.
    pub fn at(&self, time: Option<u64>, events: u64) -> f64 {
        match self.is_known {
            true => time.unwrap_or_default() as f64 / 1000.0,
            false => events as f64,
        }
    }

    fn unit(&self) -> &'static str {
        match self.is_known {
            true => "microseconds",
            false => "allocations and frees, since the input has no times",
        }
    }
}

fn time(event: &Value) -> f64 {
    event.get("ts").and_then(Value::as_f64).unwrap_or_default()
}

fn counter(name: &str, ts: f64, bytes: u64) -> Value {
    json!({"ph": "C", "pid": PROCESS, "tid": 0, "cat": "memory", "name": name, "ts": ts, "args": {"bytes": bytes}})
}

fn instant(category: &str, name: &str, ts: f64, args: Value) -> Value {
    json!({"ph": "i", "s": "g", "pid": PROCESS, "tid": 0, "cat": category, "name": name, "ts": ts, "args": args})
}

/// Linear memories where they are accounted for, or else live bytes.
fn memories(view: &View<'_>, history: &History, clock: &Clock, events: &mut Vec<Value>) {
    let spaces = view.findings.spaces.as_ref();
    let Some(spaces) = spaces.filter(|spaces| !spaces.memories().is_empty()) else {
        for moment in &history.moments {
            let ts = clock.at(moment.time, moment.events);
            events.push(counter("live bytes", ts, moment.live_bytes));
        }
        return;
    };
    let mut counters: Vec<Counter> = vec![
        (LINEAR_MEMORY, |sample| sample.memory),
        ("live bytes", |sample| sample.live),
    ];
    let mut memories = spaces.memories().iter();
    if memories.any(|memory| memory.model().is_some()) {
        counters.push(("holes", |sample| sample.holes));
    }
    for sample in spaces.timeline().samples() {
        let ts = clock.at(sample.time, sample.events);
        let values = counters.iter();
        events.extend(values.map(|(name, value)| counter(name, ts, value(sample))));
    }
}

/// The latest size of other memories, at each moment.
fn measured(view: &View<'_>, history: &History, clock: &Clock, events: &mut Vec<Value>) {
    let is_accounted = view.findings.spaces.is_some();
    for moment in &history.moments {
        for (source, bytes) in &moment.measured {
            let name = phrases::memory_source(*source, view);
            let is_known = is_accounted && name == LINEAR_MEMORY;
            if !is_known && !matches!(source, MemorySource::Grow(_)) {
                let ts = clock.at(moment.time, moment.events);
                events.push(counter(&name, ts, *bytes));
            }
        }
    }
}

fn grows(view: &View<'_>, clock: &Clock, events: &mut Vec<Value>) {
    let Some(spaces) = &view.findings.spaces else {
        return;
    };
    for grow in spaces.grows() {
        let args = json!({
            "memory": view.memory_name(grow.memory),
            "old_pages": grow.old_pages,
            "delta_pages": grow.delta_pages,
            "by": grow.site.map(|site| view.location(site)),
            "thread": grow.thread.map(|thread| view.names.word(thread)),
        });
        let ts = clock.at(grow.time, grow.line);
        events.push(instant("memory", "memory.grow", ts, args));
    }
}
