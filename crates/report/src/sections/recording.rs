//! What was recorded, and what was not.

use crate::document::{Block, Section};
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
    }
    let missing = &facts.missing;
    let lost = missing.gaps.max(missing.reported) + missing.homeless;
    said.push(match lost {
        0 => "no event was lost".to_owned(),
        lost => format!("{} lost", things(lost, "event", "events")),
    });
    for module in &facts.modules {
        let reason = match module.what.reason.as_str() {
            "" => "no reason is known",
            reason => reason,
        };
        match module.what.status.as_str() {
            "instrumented" => {}
            "pages" => said.push(format!(
                "module {}: only its memory growth was recorded: {reason}",
                module.what.id
            )),
            _ => said.push(format!("module {}: not recorded: {reason}", module.what.id)),
        }
    }
    said.dedup();
    section.blocks.push(Block::List(said));
    Some(section)
}
