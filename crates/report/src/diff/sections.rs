//! The tables of a comparison.

use unfreed_engine::compare::{Change, Measure, Row};

use super::rows::{Of, change};
use super::{Diff, DiffView, StackKey, Summary};
use crate::document::{Block, Section, Table};
use crate::units::{change as signed, count, things};

/// Functions of a stack that stand in a table, and in the list of the largest.
const IN_CELL: usize = 3;
const IN_LIST: usize = 24;

/// Stacks that are shown with all their functions.
const STACKS: usize = 3;

pub fn types(view: &DiffView<'_>) -> Option<Section> {
    let rows = &view.diff.types;
    let name = |key: &String| vec![key.clone()];
    table(view, title(view, "Types"), rows, &["type"], name, Of::Bytes)
}

pub fn stacks(view: &DiffView<'_>) -> Option<Section> {
    let rows = &view.diff.stacks;
    let name = |key: &StackKey| vec![key.type_name.clone(), in_cell(&key.frames)];
    let texts = ["type", "allocated by"];
    table(view, title(view, "Stacks"), rows, &texts, name, Of::Bytes)
}

pub fn handles(view: &DiffView<'_>) -> Option<Section> {
    let rows = &view.diff.handles;
    let name = |key: &String| vec![key.clone()];
    let title = title(view, "Handles not freed");
    table(view, title, rows, &["class"], name, Of::Things)
}

fn title(view: &DiffView<'_>, what: &str) -> String {
    match view.diff.is_per_iteration() {
        true => format!("{what}, per iteration"),
        false => format!("{what}, at the end"),
    }
}

/// Rows that differ, and at last the sum of all; a row that is not shown is counted.
fn table<K>(
    view: &DiffView<'_>,
    title: String,
    rows: &[Row<K>],
    texts: &[&'static str],
    name: impl Fn(&K) -> Vec<String>,
    of: Of,
) -> Option<Section> {
    if rows.is_empty() {
        return None;
    }
    let mut section = Section::new(title);
    let shown: Vec<&Row<K>> = rows.iter().filter(|row| view.shows(row)).collect();
    let first = view.top.unwrap_or(shown.len()).min(shown.len());
    if first > 0 {
        let texts = [&["what"], texts].concat();
        let mut table = Table::new(&["change", "in A", "in B"], &texts);
        for row in &shown[..first] {
            let mut cells = view.cells(row, of).to_vec();
            cells.push(change(row.change).to_owned());
            cells.extend(name(&row.key));
            table.rows.push(cells);
        }
        section.table(table, shown.len() - first, ["row", "rows"]);
    }
    let same: Vec<&Row<K>> = rows.iter().filter(|row| !view.shows(row)).collect();
    if !same.is_empty() {
        let amount: f64 = same.iter().map(|row| row.amount).sum();
        let noise = match view.diff.is_per_iteration() {
            true => " within noise",
            false => "",
        };
        section.say(format!(
            "{} unchanged{noise}; their changes add up to {} (--all shows them).",
            things(same.len() as u64, "row is", "rows are"),
            view.amount(amount, of)
        ));
    }
    let all: f64 = rows.iter().map(|row| row.amount).sum();
    section.say(format!("All rows together: {}.", view.amount(all, of)));
    Some(section)
}

/// The first functions of a stack.
fn in_cell(frames: &[String]) -> String {
    let shown = frames.len().min(IN_CELL);
    let mut text = frames[..shown].join(" < ");
    if shown < frames.len() {
        text.push_str(&format!(" < (and {} more)", frames.len() - shown));
    }
    text
}

/// Who allocates what grew most.
pub fn largest(view: &DiffView<'_>) -> Option<Section> {
    let grown = view.diff.stacks.iter().filter(|row| row.is_worse());
    let mut section = Section::new("Stacks of what grew most");
    for row in grown.take(STACKS) {
        let frames = &row.key.frames;
        section.say(format!(
            "{}: {} ({}), allocated by",
            row.key.type_name,
            view.amount(row.amount, Of::Bytes),
            change(row.change)
        ));
        let shown = frames.len().min(IN_LIST);
        let mut lines = frames[..shown].to_vec();
        if shown < frames.len() {
            let more = (frames.len() - shown) as u64;
            lines.push(format!("({} more)", things(more, "function", "functions")));
        }
        section.blocks.push(Block::List(lines));
    }
    (!section.blocks.is_empty()).then_some(section)
}

/// What is not of one type or stack.
pub fn side_by_side(view: &DiffView<'_>) -> Section {
    let diff = view.diff;
    let mut section = Section::new("Side by side");
    let mut table = Table::new(&["change", "in A", "in B"], &["what", "of"]);
    if diff.is_per_iteration() {
        for (name, of) in MEASURED {
            let (before, after) = (of(&diff.before.summary), of(&diff.after.summary));
            let grows = |measure: Option<Measure>| measure.is_some_and(|of| of.growth.is_some());
            if grows(before) || grows(after) {
                let row = Row::of((), before, after, diff.basis);
                let mut cells = view.cells(&row, Of::Bytes).to_vec();
                cells.extend([
                    change(judged(&row)).to_owned(),
                    format!("{name} per iteration"),
                ]);
                table.rows.push(cells);
            }
        }
    }
    for (name, of) in MEASURED {
        let at_end = |run: &Summary| of(run).map(|measure| measure.at_end);
        table.rows.extend(totals(
            view,
            &format!("{name} at the end"),
            Of::Bytes,
            at_end,
        ));
    }
    for (name, of, value) in OTHERS {
        table.rows.extend(totals(view, name, of, value));
    }
    section.table(table, 0, ["", ""]);
    section
}

/// A figure of the whole that a run may have.
type Measured = fn(&Summary) -> Option<Measure>;

const MEASURED: [(&str, Measured); 3] = [
    ("live bytes", |run| Some(run.live)),
    ("linear memory", |run| run.memory),
    ("holes in linear memory", |run| run.holes),
];

/// Any other figure that a run may have.
type Total = fn(&Summary) -> Option<u64>;

const OTHERS: [(&str, Of, Total); 4] = [
    ("high-water mark of live bytes", Of::Bytes, |run| {
        Some(run.peak)
    }),
    ("allocations", Of::Things, |run| Some(run.allocations)),
    ("temporary allocations", Of::Things, |run| run.temporary),
    ("iterations", Of::Things, |run| Some(run.iterations as u64)),
];

/// A run without such a figure did not measure it.
fn judged(row: &Row<()>) -> Change {
    match (row.before, row.after) {
        (Some(_), Some(_)) => row.change,
        _ => Change::Unknown,
    }
}

fn totals(
    view: &DiffView<'_>,
    name: &str,
    of: Of,
    value: impl Fn(&Summary) -> Option<u64>,
) -> Option<Vec<String>> {
    let Diff { before, after, .. } = view.diff;
    let (before, after) = (value(&before.summary), value(&after.summary));
    if before.is_none() && after.is_none() {
        return None;
    }
    let shown = |value: Option<u64>| match (value, of) {
        (None, _) => "unknown".to_owned(),
        (Some(value), Of::Bytes) => view.units.size(value),
        (Some(value), Of::Things) => count(value),
    };
    let amount = match (before, after) {
        (Some(before), Some(after)) if of == Of::Bytes => {
            view.amount(after as f64 - before as f64, of)
        }
        (Some(before), Some(after)) => signed(after.wrapping_sub(before) as i64),
        _ => "unknown".to_owned(),
    };
    let texts = [String::new(), name.to_owned()];
    Some(
        [amount, shown(before), shown(after)]
            .into_iter()
            .chain(texts)
            .collect(),
    )
}
