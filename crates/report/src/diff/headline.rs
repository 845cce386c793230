//! Whether the later run leaks more, by how much, and what is responsible.

use unfreed_engine::compare::{Change, Row};

use super::rows::Of;
use super::{DiffView, Named};
use crate::phrases;
use crate::units::things;

/// The lines; the first is the answer.
pub fn lines(view: &DiffView<'_>) -> Vec<String> {
    let mut lines = vec![answer(view), runs(view)];
    lines.extend(caution(view));
    lines
}

fn answer(view: &DiffView<'_>) -> String {
    let live = &view.diff.live;
    let (of, unit) = match view.diff.is_per_iteration() {
        true => ("leaks", " per iteration"),
        false => ("has", " live at the end"),
    };
    let [_, before, after] = view.cells(live, Of::Bytes);
    let (before, after) = (
        before.replace("exactly ", ""),
        after.replace("exactly ", ""),
    );
    let by = view.figure(live.amount.abs(), Of::Bytes);
    match live.change {
        Change::New | Change::Grown => format!(
            "B {of} {by} more{unit} than A: {after} instead of {before}.{}",
            responsible(view)
        ),
        Change::Gone | Change::Shrunk => format!(
            "B {of} {by} less{unit} than A: {after} instead of {before}.{}",
            responsible(view)
        ),
        Change::Same if live.amount == 0.0 => {
            format!("B {of} as much{unit} as A: {after}.{}", responsible(view))
        }
        Change::Same => format!(
            "B {of} as much{unit} as A within noise: {after}, and {before} in A.{}",
            responsible(view)
        ),
        Change::Unknown => format!(
            "Too few iterations to tell whether B {of} more{unit} than A: {after}, and {before} in A.{}",
            responsible(view)
        ),
    }
}

/// The type that changed most, and how many others did.
fn responsible(view: &DiffView<'_>) -> String {
    let rows = &view.diff.types;
    let worse = || rows.iter().filter(|row| row.is_worse());
    let better = || {
        let better = |row: &&Row<String>| matches!(row.change, Change::Gone | Change::Shrunk);
        rows.iter().filter(better)
    };
    let named = |row: &Row<String>| {
        let how = match row.change {
            Change::New => "is new",
            Change::Grown => "has grown",
            Change::Gone => "is gone",
            _ => "has shrunk",
        };
        format!("{} {how} ({})", row.key, view.amount(row.amount, Of::Bytes))
    };
    let others = |number: usize, how: &str| match number {
        0 => String::new(),
        number => {
            let types = things(number as u64, "more type", "more types");
            format!(", and {types} {how} too")
        }
    };
    let mut said = Vec::new();
    if let Some(first) = worse().next() {
        said.push(named(first) + &others(worse().count() - 1, "grew"));
    }
    if let Some(last) = better().next_back() {
        said.push(named(last) + &others(better().count() - 1, "shrank"));
    }
    if view.diff.live.amount < 0.0 {
        said.reverse();
    }
    match said.is_empty() {
        true => String::new(),
        false => format!(" {}.", said.join("; ")),
    }
}

/// Which runs these are.
fn runs(view: &DiffView<'_>) -> String {
    let said = |letter: &str, run: &Named| {
        let summary = &run.summary;
        let iterations = match summary.iterations {
            0 => "no iterations".to_owned(),
            more => things(more as u64, "iteration", "iterations"),
        };
        let trust = phrases::grade(summary.trust);
        format!("{letter} is {}: {iterations}, trust {trust}", run.name)
    };
    let diff = view.diff;
    format!("{}. {}.", said("A", &diff.before), said("B", &diff.after))
}

/// What there is to know before a figure is believed.
fn caution(view: &DiffView<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let runs = [("A", &view.diff.before), ("B", &view.diff.after)];
    for (letter, run) in runs {
        if !run.summary.is_complete {
            lines.push(format!(
                "{letter} is incomplete, or its events do not fit together: what it leaks cannot be told. `unfreed analyze` says \
                 what is wrong."
            ));
        }
        if run.summary.is_estimate {
            lines.push(format!("{letter} is a sample: its figures are estimates."));
        }
    }
    if !view.diff.is_per_iteration() {
        let few = runs
            .iter()
            .filter(|(_, run)| run.summary.window().is_none());
        let few: Vec<&str> = few.map(|(letter, _)| *letter).collect();
        lines.push(format!(
            "What is live at the end is compared, not growth per iteration: {} fewer than three iterations. Mark \
             iterations (`unfreed help analyze`), or else nothing tells a leak from what was set up once.",
            match few.len() {
                1 => format!("{} has", few.join("")),
                _ => "both have".to_owned(),
            }
        ));
    }
    lines
}
