//! `unfreed handles`: what became of each JavaScript object that owns something in
//! linear memory.

use std::collections::HashMap;
use std::io::Write;

use anyhow::Context;
use unfreed_engine::Options;
use unfreed_engine::handles::{HandleClass, Handles};
use unfreed_events::trace::{Facts, Said, raw};
use unfreed_report::{
    View, handle_kinds, handles, handles_to_json, to_markdown, to_text, write_handles_csv,
};

use crate::analyze::Analysed;
use crate::args::{Format, Handles as Asked};
use crate::trace;
use crate::why;

/// Runs the command; the result is the exit code.
pub fn run(options: &Asked) -> anyhow::Result<u8> {
    trace::require(&options.file, "a log has no handles")?;
    let mut analysed = trace::analyse(&options.file, &Options::default())?;
    why::explain(&options.file, &mut analysed)?;
    show(options, &analysed).context("cannot write to standard output")?;
    Ok(analysed.code())
}

fn show(options: &Asked, analysed: &Analysed) -> anyhow::Result<()> {
    let view = View {
        all_frames: options.all_frames,
        ..analysed.view(options.units, options.top)
    };
    let mut out = anstream::stdout();
    match options.format {
        Format::Text => out.write_all(to_text(&handles(&view)).as_bytes())?,
        Format::Markdown => out.write_all(to_markdown(&handles(&view)).as_bytes())?,
        Format::Json => out.write_all(handles_to_json(&view)?.as_bytes())?,
        Format::Csv => {
            let mut rows = Vec::new();
            write_handles_csv(&view, &mut rows)?;
            out.write_all(&rows)?;
        }
    }
    out.flush()?;
    Ok(())
}

/// The classes of a recording as the engine wants them.
pub fn of(facts: &Facts) -> Handles {
    let kinds = handle_kinds(facts);
    let ended: HashMap<(u32, u32), u64> = facts
        .thread_ends
        .iter()
        .map(|end| ((end.process, end.what.thread), end.time))
        .collect();
    let classes = facts.handle_classes.iter().zip(&kinds.of_class);
    let classes = classes.map(|(said, kind)| HandleClass {
        kind: *kind,
        heaps: heaps(facts, said),
        // A thread's number is not used again.
        is_of_ended_thread: ended.contains_key(&(said.process, said.thread)),
    });
    Handles::new(classes.collect())
}

/// The memory of the instance of a class, or all of its process where it is not known.
fn heaps(facts: &Facts, said: &Said<raw::HandleClass>) -> Vec<u16> {
    let mut instances = facts.instances.iter();
    let instance = instances.find(|instance| {
        let whose = (instance.process, instance.thread, instance.what.instance);
        whose == (said.process, said.thread, said.what.instance)
    });
    let is_candidate = |memory: u32| instance.is_none_or(|known| known.what.memory == memory);
    let heaps = (0..).zip(&facts.heaps);
    heaps
        .filter(|(_, heap)| heap.process == said.process && is_candidate(heap.memory))
        .map(|(place, _): (u16, _)| place)
        .collect()
}
