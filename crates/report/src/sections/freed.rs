//! What was freed perfectly, and what was freed without having been allocated.

use unfreed_engine::findings::TypeFinding;

use crate::document::{Block, Section, Table};
use crate::view::View;

/// Types whose every allocation was freed, once.
pub fn completely(view: &View<'_>) -> Option<Section> {
    let perfect = |found: &&TypeFinding| {
        let figures = &found.figures;
        figures.allocations > 0
            && figures.leaked == 0
            && figures.superseded == 0
            && found.unmatched_frees == 0
            && found.double_frees == 0
    };
    let types: Vec<&TypeFinding> = view.types().into_iter().filter(perfect).collect();
    if types.is_empty() {
        return None;
    }
    let (shown, left_out) = view.first(&types);
    let item = |found: &&TypeFinding| {
        let figures = &found.figures;
        let size = view.bytes(figures.allocated_bytes);
        format!(
            "{}: {}, {size}",
            view.type_name(found.type_id),
            view.things(figures.allocations, "allocation", "allocations")
        )
    };
    let mut section = Section::new("Freed perfectly");
    section
        .blocks
        .push(Block::List(shown.iter().map(item).collect()));
    section.left_out(left_out, ["type", "types"]);
    Some(section)
}

/// Types with frees that have no allocation in the log.
pub fn without_allocation(view: &View<'_>) -> Option<Section> {
    let has_unmatched = |found: &&TypeFinding| found.unmatched_frees + found.double_frees > 0;
    let mut types: Vec<&TypeFinding> = view.types().into_iter().filter(has_unmatched).collect();
    types.sort_by_key(|found| std::cmp::Reverse(found.unmatched_frees));
    if types.is_empty() {
        return None;
    }
    let mut table = Table::new(
        &[
            "allocations",
            "frees",
            "without allocation",
            "their size",
            "freed again",
        ],
        &["type"],
    );
    let (shown, left_out) = view.first(&types);
    for found in shown {
        table.rows.push(vec![
            view.blocks(found.figures.allocations),
            view.blocks(found.figures.frees),
            view.blocks(found.unmatched_frees),
            view.bytes(found.unmatched_freed_bytes),
            view.blocks(found.double_frees),
            view.type_name(found.type_id).to_owned(),
        ]);
    }
    let mut section = Section::new("Freed without an allocation, or twice");
    section.table(table, left_out, ["type", "types"]);
    if types.iter().any(|found| found.unmatched_frees > 0) {
        section.say(
        "These objects came to be in a way that is not logged (a constructor, clone or conversion without its line), or \
         before the log begins. Others that came to be so and were never freed are in no figure here.",
    );
    }
    Some(section)
}
