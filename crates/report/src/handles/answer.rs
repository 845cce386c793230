//! Which handles leak, and what to do about it.

use unfreed_engine::handles::HandleFinding;
use unfreed_engine::recording::KindName;

use crate::document::{Block, Section};
use crate::handles::{Row, rows};
use crate::phrases;
use crate::units::{count, things};
use crate::view::View;

/// Classes that are named in a summary.
const NAMED: usize = 3;

/// The lines; the first is the answer.
pub fn lines(view: &View<'_>, rows: &[Row<'_>]) -> Vec<String> {
    if rows.is_empty() {
        return vec![
            "No handle was recorded: no glue of wasm-bindgen with classes or of embind was loaded, or none that is recognised."
                .to_owned(),
        ];
    }
    let sum = |figure: fn(&HandleFinding) -> u64| rows.iter().map(|row| figure(row.found)).sum();
    let all = format!(
        "{} of {}: {} freed, {} consumed, {} collected, {} held at the end.",
        things(sum(|found| found.made), "handle", "handles"),
        things(rows.len() as u64, "class", "classes"),
        count(sum(|found| found.freed)),
        count(sum(|found| found.consumed)),
        count(sum(|found| found.collected)),
        count(sum(|found| found.held)),
    );
    let mut lines: Vec<String> = rows.iter().filter_map(|row| leak(view, row)).collect();
    if lines.is_empty() {
        lines.push("No class of handles is known to leak.".to_owned());
    }
    lines.truncate(NAMED);
    lines.push(all);
    lines
}

/// The method that frees a handle.
fn free(name: &KindName<'_>) -> &'static str {
    match name.is_of_embind() {
        true => "delete()",
        false => "free()",
    }
}

/// A class of handles that leaks.
pub(crate) struct Leak {
    pub class: String,
    /// What is wrong.
    pub what: String,
    /// Of the blocks that its handles own and that stay.
    pub bytes: u64,
    /// Bytes that only the handles that are held lead to, at a snapshot.
    pub retained: Option<u64>,
    /// What to do.
    pub step: Option<String>,
}

/// The classes that leak, the worst first.
pub(crate) fn leaking(view: &View<'_>) -> Vec<Leak> {
    let rows = rows(view);
    let leaks = rows.iter().filter_map(|row| {
        Some(Leak {
            class: row.name.class.to_owned(),
            what: leak(view, row)?,
            bytes: row.found.orphan_bytes + row.found.held_bytes,
            retained: row.retained.filter(|_| row.found.held > 0),
            step: step(row),
        })
    });
    leaks.take(NAMED).collect()
}

/// What is wrong with a class; `None` if nothing is known to be.
fn leak(view: &View<'_>, row: &Row<'_>) -> Option<String> {
    let Row { name, found, .. } = row;
    let class = name.class;
    if found.orphans > 0 {
        // A pointer that C++ has only lent looks like one that embind's handle owns.
        let has = match name.is_of_embind() {
            true => "pointed to",
            false => "owned",
        };
        return Some(format!(
            "{class}: {} collected without {}, and what {} {has} was never freed ({} themselves).",
            things(found.orphans, "handle was", "handles were"),
            free(name),
            match found.orphans {
                1 => "it",
                _ => "they",
            },
            view.size(found.orphan_bytes),
        ));
    }
    (found.grows() && found.held > 0).then(|| {
        format!(
            "{class}: {} held at the end and grow with the iterations ({}).",
            things(found.held, "handle is", "handles are"),
            phrases::verdict(found.verdict, view)
        )
    })
}

/// The next step for each class that leaks.
fn steps(rows: &[Row<'_>]) -> Vec<String> {
    rows.iter().filter_map(step).take(NAMED).collect()
}

fn step(row: &Row<'_>) -> Option<String> {
    let Row { name, found, .. } = row;
    let class = name.class;
    if name.is_closure() && found.grows() {
        return Some(
            "Closure: let Rust drop each closure when it is not needed any more, or make it with Closure::once."
                .to_owned(),
        );
    }
    if found.orphans > 0 {
        let unless = match name.is_of_embind() {
            true => ", unless C++ owns what it points to",
            false => "",
        };
        return Some(format!(
            "{class}: call {} on each when it is not needed any more, or declare it with `using`{unless}.",
            free(name)
        ));
    }
    (found.grows() && found.held > 0).then(|| {
        let threads = match found.held_by_ended_threads {
            0 => String::new(),
            some => format!(" {} of them belong to threads that have ended.", count(some)),
        };
        let free = free(name);
        format!(
            "{class}: look for what keeps them (an array, a cache), and call {free} on each that is done.{threads}"
        )
    })
}

pub fn section(_: &View<'_>, rows: &[Row<'_>]) -> Option<Section> {
    let steps = steps(rows);
    let mut section = Section::new("Next steps");
    section.blocks.push(Block::Steps(steps));
    match &section.blocks[..] {
        [Block::Steps(steps)] if steps.is_empty() => None,
        _ => Some(section),
    }
}

/// What the summary of a recording says of handles: those that leak.
pub(crate) fn in_summary(view: &View<'_>) -> Option<Section> {
    let rows = rows(view);
    let mut said: Vec<String> = rows.iter().filter_map(|row| leak(view, row)).collect();
    if said.is_empty() {
        return None;
    }
    said.truncate(NAMED);
    said.extend(steps(&rows).into_iter().take(1));
    said.push("All classes, and who made them:  unfreed handles FILE.unfreed".to_owned());
    let mut section = Section::new("JavaScript handles");
    section.blocks.push(Block::List(said));
    Some(section)
}
