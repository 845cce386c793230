//! The flame graph of what two runs leak.

use inferno::flamegraph::Options;
use unfreed_engine::compare::{Basis, Measure, Row};

use super::SvgError;
use super::flame::{draw, plain};
use crate::diff::{Diff, StackKey};

/// Leaked bytes by stack, per iteration if both runs have iterations, the root at the
/// bottom. What is wide leaks much in the later run; red has grown, blue has shrunk. What
/// is gone has no width, unless the later run leaks nothing: then widths are those of the
/// earlier one.
///
/// # Errors
/// If nothing leaks.
pub fn diff_svg(diff: &Diff) -> Result<String, SvgError> {
    let per_iteration = matches!(diff.basis, Basis::PerIteration(..));
    let bytes = |measure: Option<Measure>| bytes(measure, per_iteration);
    let sides = |row: &Row<StackKey>| (bytes(row.before), bytes(row.after));
    let is_gone = diff.stacks.iter().all(|row| sides(row).1 == 0);
    let mut lines: Vec<String> = Vec::new();
    for row in &diff.stacks {
        let (before, after) = sides(row);
        let stack = folded(&row.key);
        match is_gone {
            _ if before == 0 && after == 0 => {}
            true => lines.push(format!("{stack} {after} {before}")),
            false => lines.push(format!("{stack} {before} {after}")),
        }
    }
    if lines.is_empty() {
        return Err(SvgError::NothingDiffers);
    }
    let mut options = Options::default();
    let what = match per_iteration {
        true => "Bytes leaked per iteration",
        false => "Bytes live at the end",
    };
    let widths = match is_gone {
        true => "as wide as before, now none",
        false => "as wide as now",
    };
    options.title = format!("{what}, {widths}: red has grown, blue has shrunk");
    // Sides are the other way round.
    options.negate_differentials = is_gone;
    draw(options, &lines)
}

/// Whole bytes; what shrinks with the iterations leaks nothing.
fn bytes(measure: Option<Measure>, per_iteration: bool) -> u64 {
    let Some(measure) = measure else {
        return 0;
    };
    match per_iteration {
        true => measure
            .growth
            .map_or(0, |growth| growth.mean.round() as u64),
        false => measure.at_end,
    }
}

/// The functions of a stack, outermost first, and what is allocated, where no function
/// says so. A line must not begin like a comment.
fn folded(key: &StackKey) -> String {
    let mut frames: Vec<String> = key.frames.iter().rev().map(|name| plain(name)).collect();
    if !key.frames.contains(&key.type_name) {
        frames.push(plain(&key.type_name));
    }
    let stack = frames.join(";");
    match stack.strip_prefix("# ") {
        Some(rest) => format!("#\u{a0}{rest}"),
        None => stack,
    }
}
