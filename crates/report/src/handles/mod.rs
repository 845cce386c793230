//! Handles: JavaScript objects that own something in linear memory, and what became
//! of them.

mod answer;
mod csv;
mod json;
mod sites;
mod table;
mod values;

use unfreed_engine::findings::Verdict;
use unfreed_engine::handles::HandleFinding;
use unfreed_engine::recording::{KindName, handle_kinds};

pub(crate) use self::answer::{in_summary, leaking};
pub use self::csv::write_handles_csv;
pub use self::json::{HANDLES_SCHEMA, handles_to_json};
use crate::document::Document;
use crate::view::View;

/// All that is known of handles, for people.
pub fn handles(view: &View<'_>) -> Document {
    let rows = rows(view);
    let sections = [
        table::section(view, &rows),
        sites::section(view, &rows),
        values::section(view),
        answer::section(view, &rows),
    ];
    Document {
        headline: answer::lines(view, &rows),
        sections: sections.into_iter().flatten().collect(),
    }
}

/// One kind of handles with its name.
pub(crate) struct Row<'a> {
    pub name: KindName<'a>,
    pub found: &'a HandleFinding,
    /// Bytes that nothing else held at the last snapshot of each memory; `None` if
    /// no snapshot tells.
    pub retained: Option<u64>,
}

/// The kinds: those that leak first, and by what is not freed.
pub(crate) fn rows<'a>(view: &View<'a>) -> Vec<Row<'a>> {
    let Some(facts) = view.recording else {
        return Vec::new();
    };
    let names = handle_kinds(facts).names.into_iter();
    let rows = names.zip(&view.findings.handles).enumerate();
    let mut rows: Vec<Row<'a>> = rows
        .map(|(kind, (name, found))| Row {
            name,
            found,
            retained: retained(view, kind),
        })
        .filter(|row| row.found.made + row.found.unknown > 0)
        .collect();
    rows.sort_by_key(|row| {
        let found = row.found;
        let rank = (found.orphans, found.grows(), found.held, found.made);
        (std::cmp::Reverse(rank), row.name.class)
    });
    rows
}

fn retained(view: &View<'_>, kind: usize) -> Option<u64> {
    let memories = view.findings.holders.iter();
    let kinds = memories.flat_map(|memory| &memory.kinds);
    let sizes = kinds.filter(|found| found.kind == kind);
    sizes
        .map(|found| found.retained)
        .reduce(u64::saturating_add)
}

/// Handles that are not freed, per iteration; `None` if they do not grow.
fn growth(found: &HandleFinding) -> Option<f64> {
    match found.verdict {
        Some(Verdict::Systematic(rate) | Verdict::Noisy(rate)) => Some(rate.blocks),
        _ => None,
    }
}
