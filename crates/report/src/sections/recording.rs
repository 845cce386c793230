//! What was recorded, and what was not.

use std::collections::HashSet;

use unfreed_events::trace::raw::Module;

use crate::document::{Block, Section};
use crate::sections::threads;
use crate::units::{count, things};
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let facts = view.recording?;
    let mut section = Section::new("Recording");
    let mut said = vec![format!(
        "{} of {} in {}",
        things(facts.events, "event", "events"),
        things(facts.heaps.len() as u64, "linear memory", "linear memories"),
        things(facts.processes.len() as u64, "process", "processes"),
    )];
    let workers = facts.threads.len() as u64;
    if workers > 0 {
        said.push(format!(
            "{} started, {} of them terminated from outside",
            things(workers, "worker thread", "worker threads"),
            count(facts.terminated_threads() as u64)
        ));
        said.extend(threads::left_behind(view));
    }
    let missing = &facts.missing;
    let lost = missing.gaps.max(missing.reported) + missing.homeless;
    said.push(match lost {
        0 => "no event was lost".to_owned(),
        lost => format!("{} lost", things(lost, "event", "events")),
    });
    let unknown = missing.without_stack + missing.with_partial_stack;
    if unknown > 0 {
        let allocations = things(unknown, "allocation", "allocations");
        said.push(format!(
            "of {allocations} the stack is not known, or not all of it"
        ));
    }
    for module in &facts.modules {
        let reason = match module.what.reason.as_str() {
            "" => "no reason is known",
            reason => reason,
        };
        match module.what.status.as_str() {
            "instrumented" => said.extend(doubts(&module.what)),
            "pages" => said.push(format!(
                "{}: only its memory growth was recorded: {reason}",
                name(&module.what)
            )),
            _ => said.push(format!("{}: not recorded: {reason}", name(&module.what))),
        }
    }
    // Each thread that loads a module says the same of it.
    let mut seen = HashSet::new();
    said.retain(|line| seen.insert(line.clone()));
    section.blocks.push(Block::List(said));
    Some(section)
}

/// What is not certain about the allocators of a module.
fn doubts(module: &Module) -> Vec<String> {
    let mut doubts = Vec::new();
    for allocator in &module.allocators {
        if allocator.certainty != "certain" {
            doubts.push(format!(
                "{}: its allocator, {}, is not certain ({})",
                name(module),
                allocator.kind,
                allocator.certainty
            ));
        }
        let notes = allocator.notes.iter();
        let note = |note: &String| format!("{}: {}", name(module), note.trim_end_matches('.'));
        doubts.extend(notes.map(note));
    }
    doubts
}

fn name(module: &Module) -> String {
    match module.name.as_str() {
        "" => format!("module {}", module.id),
        name => name.to_owned(),
    }
}
