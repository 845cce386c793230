//! How much of the observed growth the log explains.

use unfreed_engine::findings::{Coverage, CoverageSource};
use unfreed_engine::ledger::MemorySource;

use crate::document::{Section, Table};
use crate::phrases;
use crate::units::{count, percent};
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let findings = view.findings;
    let text = &findings.input.text;
    if findings.coverage.is_none() && findings.memories.is_empty() && text.unreadable_sizes == 0 {
        return None;
    }
    let mut section = Section::new("Coverage");
    if let Some(coverage) = &findings.coverage {
        say_coverage(coverage, view, &mut section);
    }
    say_memories(view, &mut section);
    if text.assumed_binary_units {
        section.say("Units such as MB in the program's lines were taken as powers of 1,024.");
    }
    if let Some(first) = &text.first_unreadable_size {
        section.say(format!(
            "{} lines match --memory, but what it captures is no size; first {}: {}",
            count(text.unreadable_sizes),
            view.place(first.line),
            first.text
        ));
    }
    Some(section)
}

fn say_coverage(coverage: &Coverage, view: &View<'_>, section: &mut Section) {
    let (start, end) = (
        view.size(coverage.start_bytes),
        view.size(coverage.end_bytes),
    );
    let source = phrases::coverage_source(coverage.source, view);
    let Some(ratio) = coverage.ratio() else {
        section.say(format!(
            "Memory did not grow ({source}): {start} at the start, {end} at the end."
        ));
        return;
    };
    let growth = view.size(u64::try_from(coverage.growth()).unwrap_or(0));
    let explained = view.bytes(coverage.explained_bytes);
    section.say(format!(
        "Memory grew by {growth} ({source}: {start} to {end}). Leaked allocations explain {explained} of it, {}.",
        view.about(percent(ratio))
    ));
    if coverage.explained_bytes != view.findings.totals.live_bytes {
        section.say(format!(
            "{} was leaked in all; what was not allocated between the two measurements does not count.",
            view.bytes(view.findings.totals.live_bytes)
        ));
    }
    match u64::try_from(coverage.unexplained()) {
        Ok(0) => {}
        Ok(rest) if view.recording.is_some() => section.say(format!(
            "Not in leaked blocks: {} ({} bytes). Where they are says the section on linear memory.",
            view.size(rest),
            count(rest)
        )),
        Ok(rest) if view.findings.sampling.is_some() => section.say(format!(
            "Unexplained: {}. It is in garbage that was not collected yet, in room that the heap keeps free, or in \
             what was allocated before the log began.",
            view.bytes(rest)
        )),
        Ok(rest) => section.say(format!(
            "Unexplained: {} ({} bytes). It is in what is not logged, in the allocator's overhead, or in holes \
             between blocks. To explain more, log more types, or every allocation of the allocator itself.",
            view.size(rest),
            count(rest)
        )),
        Err(_) => section.say(
            "More was leaked than the memory grew: it had room to begin with, or the logged sizes are too large.",
        ),
    }
}

fn say_memories(view: &View<'_>, section: &mut Section) {
    let memories = &view.findings.memories;
    let compared = view
        .findings
        .coverage
        .as_ref()
        .map(|coverage| coverage.source);
    if memories
        .iter()
        .all(|memory| compared == Some(CoverageSource::Measured(memory.source)))
    {
        return;
    }
    let mut table = Table::new(&["first", "last", "largest", "samples"], &["memory"]);
    for memory in memories {
        let samples = match memory.source {
            // The size before the first growth is no sample.
            MemorySource::Grow(_) => memory.samples - 1,
            _ => memory.samples,
        };
        table.rows.push(vec![
            view.size(memory.first.bytes),
            view.size(memory.last.bytes),
            view.size(memory.largest.bytes),
            count(samples),
            phrases::memory_source(memory.source, view),
        ]);
    }
    section.table(table, 0, ["", ""]);
}
