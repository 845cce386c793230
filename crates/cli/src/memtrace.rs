//! Traces of memtrace, OCaml's sampling profiler.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::Context;
use unfreed_engine::findings::Damage;
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::Sources;
use unfreed_events::memtrace::{MAGIC, MemtraceReader};
use unfreed_events::text::TextStats;

use crate::analyze::{Analysed, begins_with, source_name};

/// Whether a file begins as a trace of memtrace does.
pub fn is_memtrace(path: &Path) -> bool {
    begins_with(path, MAGIC)
}

/// Analyses a trace of memtrace. A line number is the running number of an event.
pub fn analyse(path: &Path, options: &Options) -> anyhow::Result<Analysed> {
    account(path, options).with_context(|| format!("cannot read {}", source_name(path)))
}

fn account(path: &Path, options: &Options) -> anyhow::Result<Analysed> {
    let mut reader = MemtraceReader::new(BufReader::new(File::open(path)?))?;
    let (mut engine, mut records) = (Engine::of(options), Vec::new());
    let mut goes_on = true;
    while goes_on {
        goes_on = reader.decode(&mut records)?;
        engine.apply(&records);
        records.clear();
    }
    let name = source_name(path);
    let mut sources = Sources::default();
    sources.push(name.as_str(), 0);
    let damage = reader.damage().map(|damage| Damage {
        source: name,
        reason: damage.to_string(),
    });
    let mut text = TextStats::default();
    text.lines = reader.events();
    text.records = reader.events();
    let input = Input {
        text,
        sources: 1,
        damage: damage.into_iter().collect(),
        recorded: Some(reader.events()),
        ..Input::default()
    };
    let names = reader.into_names();
    Ok(Analysed {
        findings: engine.finish(&names, &input, options),
        names,
        sources,
        facts: None,
    })
}
