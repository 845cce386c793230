//! The run cut at its marks, and how each type grows from one to the next.

use unfreed_engine::findings::{MIN_ITERATIONS, TypeFinding, Verdict};

use crate::document::{Section, Table};
use crate::phrases;
use crate::units::{change, count};
use crate::view::View;

/// Iterations that are shown however few rows are asked for.
const MIN_ROWS: usize = 20;

pub fn section(view: &View<'_>) -> Option<Section> {
    if view.findings.iterations.len() <= 1 {
        return None;
    }
    let mut section = Section::new("Iterations");
    if view.findings.counted_iterations < MIN_ITERATIONS {
        section.say(format!(
            "Fewer than {MIN_ITERATIONS} iterations: too few for verdicts."
        ));
    }
    types(view, &mut section);
    iterations(view, &mut section);
    Some(section)
}

/// The types that leak, by their growth.
pub fn growing(view: &View<'_>) -> Option<Section> {
    let mut section = Section::new("What leaks");
    types(view, &mut section);
    (!section.blocks.is_empty()).then_some(section)
}

/// Growth per iteration of the types that leak.
fn types(view: &View<'_>, section: &mut Section) {
    let leaks = view
        .findings
        .leaks
        .iter()
        .map(|index| &view.findings.types[*index]);
    let shown = |found: &&TypeFinding| view.shows(found.type_id);
    let types: Vec<&TypeFinding> = leaks.filter(shown).collect();
    if types.is_empty() {
        return;
    }
    let mut table = Table::new(
        &["growth per iteration", "leaked size"],
        &["type", "verdict"],
    );
    let (rows, left_out) = view.first(&types);
    for found in rows {
        let growth = match found.verdict {
            Some(Verdict::Systematic(rate) | Verdict::Noisy(rate)) => {
                phrases::slope(&rate.bytes, view)
            }
            Some(Verdict::OneOff | Verdict::Bounded) => view.bytes(0),
            _ => "unknown".to_owned(),
        };
        table.rows.push(vec![
            growth,
            view.bytes(found.figures.leaked_bytes),
            view.type_name(found.type_id).to_owned(),
            phrases::verdict(found.verdict, view),
        ]);
    }
    section.table(table, left_out, ["type", "types"]);
}

fn iterations(view: &View<'_>, section: &mut Section) {
    let mut table = Table::new(
        &[
            "allocations",
            "frees",
            "growth",
            "growth in size",
            "live at its end",
        ],
        &["iteration"],
    );
    let iterations = &view.findings.iterations;
    let shown = view.top.map_or(iterations.len(), |top| {
        top.max(MIN_ROWS).min(iterations.len())
    });
    let (shown, left_out) = (&iterations[..shown], iterations.len() - shown);
    for (number, iteration) in shown.iter().enumerate() {
        let changes = || iteration.changes.iter();
        let growth: i64 = changes().map(|change| change.live).sum();
        let growth_bytes: i64 = changes().map(|change| change.live_bytes).sum();
        table.rows.push(vec![
            view.blocks(iteration.allocations),
            view.blocks(iteration.frees),
            view.about(change(growth)),
            view.about(view.units.amount(growth_bytes as f64)),
            view.bytes(iteration.live_bytes),
            label(number, view),
        ]);
    }
    section.table(table, left_out, ["iteration", "iterations"]);
    let uncut: u64 = iterations
        .iter()
        .map(|iteration| iteration.uncut_marks)
        .sum();
    if uncut > 0 {
        section.say(format!(
            "{} marks were too many: their events count for the last iteration.",
            count(uncut)
        ));
    }
}

/// What a part of the run is called: its number and the mark that begins it.
pub fn label(number: usize, view: &View<'_>) -> String {
    let findings = view.findings;
    let Some(name) = findings
        .iterations
        .get(number)
        .and_then(|iteration| iteration.name)
    else {
        return "before the first mark".to_owned();
    };
    let name = view.names.word(name);
    if number > findings.counted_iterations {
        format!("after the last iteration ({name})")
    } else {
        format!("iteration {number} ({name})")
    }
}
