//! The short report with which a recording ends.

use unfreed_engine::findings::{Grade, Verdict};
use unfreed_engine::ledger::MemorySource;

use crate::document::{Block, Document, Section};
use crate::handles;
use crate::phrases;
use crate::sections::{headline, iterations, next, recording, stacks, trust};
use crate::units::things;
use crate::view::View;

/// What leaks, who allocates it, how memory grew and what is missing, in about a
/// screen.
pub fn summary(view: &View<'_>) -> Document {
    let doubtful = view.findings.trust.grade != Grade::High;
    let sections = [
        iterations::growing(view),
        stacks::section(view),
        memory(view),
        handles::in_summary(view),
        recording::section(view),
        doubtful.then(|| trust::section(view)).flatten(),
        next::section(view),
    ];
    Document {
        headline: headline::lines(view),
        sections: sections.into_iter().flatten().collect(),
    }
}

/// Memory before and after, leaked bytes per iteration, and the peak.
fn memory(view: &View<'_>) -> Option<Section> {
    let findings = view.findings;
    let mut said = Vec::new();
    for memory in &findings.memories {
        // A memory's own growth is in that of all linear memories.
        if !matches!(memory.source, MemorySource::Grow(_)) {
            let change = memory.last.bytes as f64 - memory.first.bytes as f64;
            said.push(format!(
                "{}: {} before, {} after ({}{}), {} at most",
                phrases::memory_source(memory.source, view),
                view.size(memory.first.bytes),
                view.size(memory.last.bytes),
                if change > 0.0 { "+" } else { "" },
                view.units.amount(change),
                view.size(memory.largest.bytes)
            ));
        }
    }
    said.extend(per_iteration(view));
    if findings.peak.line > 0 {
        let peak = &findings.peak;
        said.push(format!(
            "live blocks: {} in {} at the peak, {} in {} at the end",
            view.bytes(peak.bytes),
            view.blocks(peak.live),
            view.bytes(findings.totals.live_bytes),
            view.blocks(findings.totals.live)
        ));
    }
    let mut section = Section::new("Memory");
    section.blocks.push(Block::List(said));
    Some(section)
}

/// What all types that grow add in an iteration.
fn per_iteration(view: &View<'_>) -> Option<String> {
    let findings = view.findings;
    let rates = findings
        .types
        .iter()
        .filter_map(|found| match found.verdict {
            Some(Verdict::Systematic(rate) | Verdict::Noisy(rate)) => Some(rate.bytes.growth),
            _ => None,
        });
    let rates: Vec<f64> = rates.collect();
    (!rates.is_empty()).then(|| {
        let types = things(rates.len() as u64, "type that grows", "types that grow");
        format!(
            "leaked per iteration: {} by {types}",
            view.units.amount(rates.iter().sum())
        )
    })
}
