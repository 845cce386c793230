//! By type.

use crate::document::{Section, Table};
use crate::phrases;
use crate::units::{percent, things};
use crate::view::View;

pub fn section(view: &View<'_>) -> Option<Section> {
    let types = view.types();
    if types.is_empty() && view.findings.types.is_empty() {
        return None;
    }
    let mut table = Table::new(
        &[
            "allocations",
            "frees",
            "leaked",
            "allocated",
            "freed",
            "leaked size",
            "share",
        ],
        &["type", "verdict"],
    );
    let all = view.findings.totals.live_bytes;
    let (shown, left_out) = view.first(&types);
    for found in shown {
        let figures = &found.figures;
        let share = match figures.leaked_bytes {
            0 => String::new(),
            leaked => view.about(percent(leaked as f64 / all as f64)),
        };
        table.rows.push(vec![
            view.blocks(figures.allocations),
            view.blocks(figures.frees),
            view.blocks(figures.leaked),
            view.bytes(figures.allocated_bytes),
            view.bytes(figures.freed_bytes),
            view.bytes(figures.leaked_bytes),
            share,
            view.type_name(found.type_id).to_owned(),
            phrases::verdict(found.verdict, view),
        ]);
    }
    table.rows.push(total(view));
    let mut section = Section::new("By type");
    section.table(table, left_out, ["type", "types"]);
    if types.len() < view.findings.types.len() {
        let hidden = view.findings.types.len() - types.len();
        let hidden = things(hidden as u64, "type does", "types do");
        section.say(format!(
            "{hidden} not match --type; the totals are those of all types."
        ));
    }
    if view.recording.is_none() && view.findings.input.foreign.is_none() {
        section.say(
            "Frees and freed sizes are those that the log's frees name, with or without an allocation; leaked is \
             what was allocated and never freed.",
        );
    }
    let totals = &view.findings.totals;
    if totals.superseded > 0 {
        section.say(format!(
            "{} allocated again while live ({}): whether they were freed or leaked is unknown, so they count as neither.",
            view.things(totals.superseded, "object was", "objects were"),
            view.bytes(totals.superseded_bytes)
        ));
    }
    if totals.shrunk_bytes > 0 {
        section.say(format!(
            "Reallocations to a smaller size gave up {}, which are in no free.",
            view.bytes(totals.shrunk_bytes)
        ));
    }
    Some(section)
}

fn total(view: &View<'_>) -> Vec<String> {
    let totals = &view.findings.totals;
    vec![
        view.blocks(totals.allocations),
        view.blocks(totals.frees),
        view.blocks(totals.live),
        view.bytes(totals.allocated_bytes),
        view.bytes(totals.freed_bytes),
        view.bytes(totals.live_bytes),
        String::new(),
        "all types".to_owned(),
        String::new(),
    ]
}
