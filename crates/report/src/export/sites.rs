//! One row of CSV per site.

use std::io::{self, Write};

use super::frames::{FrameStyle, Kind, Shown};
use super::{ExportError, Figure};
use crate::phrases;
use crate::view::View;
use crate::why;

const HEAD: [&str; 16] = [
    "site",
    "type",
    "function",
    "kind",
    "file",
    "line",
    "column",
    "leaked_bytes",
    "leaked",
    "allocated_bytes",
    "allocations",
    "peak_bytes",
    "peak",
    "temporary",
    "verdict",
    "why",
];

/// Writes a row for each site, by leaked bytes; its stack comes last, innermost first, a
/// frame per line. Sizes are in bytes. Of a sample, figures are estimates.
///
/// # Errors
///
/// If the output takes no more.
pub fn write_sites(view: &View<'_>, out: &mut dyn Write) -> Result<(), ExportError> {
    let style = FrameStyle::of(view);
    let mut writer = csv::Writer::from_writer(out);
    let mut write = |row: Vec<String>| writer.write_record(&row).map_err(io::Error::from);
    write(
        HEAD.iter()
            .chain(&["stack"])
            .map(|name| (*name).to_owned())
            .collect(),
    )?;
    let knows_temporary = view.findings.knows_temporary();
    for found in &view.findings.sites {
        let stack = style.stack(view.names, found.site);
        let Some(first) = stack.first() else {
            continue;
        };
        // Of a log, the place of a site is that of its second line.
        let placed = stack.iter().find(|frame| !frame.file.is_empty());
        let placed = placed.unwrap_or(first);
        let known = |number: u64| match number {
            0 => String::new(),
            number => number.to_string(),
        };
        let mut row = vec![
            found.site.0.to_string(),
            cell(view.site_type(found.site)),
            cell(&first.function),
            first.kind.name().to_owned(),
            cell(placed.file_or_module()),
            known(placed.line),
            known(placed.column),
        ];
        row.extend(Figure::ALL.map(|figure| match figure {
            Figure::Temporary if !knows_temporary => String::new(),
            figure => figure.of(&found.figures).to_string(),
        }));
        row.push(phrases::verdict(found.verdict, view));
        row.push(cell(&why::in_words(found.site, view).unwrap_or_default()));
        let lines: Vec<String> = stack.iter().map(line).collect();
        row.push(cell(&lines.join("\n")));
        write(row)?;
    }
    writer.flush()?;
    Ok(())
}

/// A name that begins as formulas do is none to a spreadsheet if an apostrophe comes
/// before it.
fn cell(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

fn line(frame: &Shown) -> String {
    let Shown {
        function,
        line,
        column,
        offset,
        ..
    } = frame;
    match (frame.file_or_module(), *line, *column, *offset) {
        _ if frame.kind == Kind::Place => function.clone(),
        ("", ..) => function.clone(),
        (file, 0, _, Some(offset)) => format!("{function}  {file}:{offset:#x}"),
        (file, 0, _, None) => format!("{function}  {file}"),
        (file, line, 0, _) => format!("{function}  {file}:{line}"),
        (file, line, column, _) => format!("{function}  {file}:{line}:{column}"),
    }
}
