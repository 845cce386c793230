//! Files of heaptrack.

use std::io::BufReader;
use std::path::Path;

use unfreed_engine::foreign::Foreign;
use unfreed_engine::ledger::Temporary;
use unfreed_engine::{Engine, Options};
use unfreed_events::heaptrack::HeaptrackReader;
use unfreed_rewrite::demangle::demangled;

use crate::analyze::{Analysed, open_text};
use crate::foreign;

/// Analyses a file.
pub fn analyse(path: &Path, options: &Options) -> anyhow::Result<Analysed> {
    let mut reader = HeaptrackReader::new(BufReader::new(open_text(path)?), demangled)?;
    let (mut engine, mut records) = (Engine::of(options), Vec::new());
    engine.count_temporary(Temporary::ByNextEvent);
    let mut goes_on = true;
    while goes_on {
        goes_on = reader.decode(&mut records)?;
        engine.apply(&records);
        records.clear();
    }
    let about = reader.about().clone();
    let damage = reader.damage().map(ToString::to_string);
    let lines = about.lines;
    let (mut input, sources) = foreign::input(path, Foreign::Heaptrack(about), lines, damage);
    input.text.lines = lines;
    input.text.records = lines;
    // Which of several equal blocks leaks is not known.
    let options = Options {
        largest: 0,
        ..options.clone()
    };
    let names = reader.into_names();
    Ok(Analysed {
        findings: engine.finish(&names, &input, &options),
        names,
        sources,
        facts: None,
    })
}
