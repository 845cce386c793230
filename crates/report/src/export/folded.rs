//! Folded stacks, one line per stack, as flame graphs are made of:
//! <https://github.com/brendangregg/FlameGraph>.

use std::collections::BTreeMap;
use std::io::Write;

use super::frames::FrameStyle;
use super::{ExportError, Figure};
use crate::view::View;

/// Writes a figure of each stack, those without it left out; the outermost frame comes
/// first.
///
/// # Errors
///
/// If the output takes no more, or temporary allocations are not known.
pub fn write_folded(
    view: &View<'_>,
    figure: Figure,
    out: &mut dyn Write,
) -> Result<(), ExportError> {
    if figure == Figure::Temporary && !view.findings.knows_temporary() {
        return Err(ExportError::NoTemporary);
    }
    let style = FrameStyle::of(view);
    // Sites that are shown alike are one line. A sum of parts of a total of 64 bits
    // does not exceed it.
    let mut lines: BTreeMap<String, u64> = BTreeMap::new();
    for found in &view.findings.sites {
        let value = figure.of(&found.figures);
        if value > 0 {
            let stack = style.stack(view.names, found.site);
            let names: Vec<String> = stack
                .iter()
                .rev()
                .map(|frame| plain(&frame.function))
                .collect();
            *lines.entry(names.join(";")).or_default() += value;
        }
    }
    for (stack, value) in lines {
        writeln!(out, "{stack} {value}")?;
    }
    Ok(())
}

/// A semicolon would begin a frame, a line break a stack.
fn plain(name: &str) -> String {
    name.replace([';', '\n', '\r'], ",")
}
