//! A document for a terminal: plain text, with styles that a stream which is
//! no terminal strips off (see the crate `anstream`).

use std::fmt::Write;

use anstyle::{Reset, Style};
use comfy_table::{CellAlignment, ContentArrangement, presets};

use crate::document::{Block, Document, Section, Table};

const TITLE: Style = Style::new().bold();
const HEAD: Style = Style::new().dimmed();

/// The document as text with ANSI styles.
pub fn to_text(document: &Document) -> String {
    let mut out = String::new();
    for line in &document.headline {
        let _ = writeln!(out, "{TITLE}{line}{Reset}");
    }
    for section in &document.sections {
        write_section(&mut out, section);
    }
    out
}

// Writing into a string cannot fail, so the results are not looked at.
fn write_section(out: &mut String, section: &Section) {
    let _ = writeln!(out, "\n{TITLE}{}{Reset}", section.title);
    for block in &section.blocks {
        match block {
            Block::Paragraph(text) => {
                let _ = writeln!(out, "  {text}");
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(out, "  - {item}");
                }
            }
            Block::Steps(steps) => {
                for (index, step) in steps.iter().enumerate() {
                    let _ = writeln!(out, "  {}. {step}", index + 1);
                }
            }
            Block::Table(table) => write_table(out, table),
        }
    }
}

fn write_table(out: &mut String, table: &Table) {
    let mut shown = comfy_table::Table::new();
    shown.load_style(presets::NOTHING);
    shown.set_content_arrangement(ContentArrangement::Disabled);
    shown.set_header(table.columns.iter().map(|column| column.name));
    shown.add_rows(&table.rows);
    for (index, column) in table.columns.iter().enumerate() {
        if let Some(shown) = shown.column_mut(index) {
            shown.set_padding((if index == 0 { 2 } else { 0 }, 2));
            if column.is_number {
                shown.set_cell_alignment(CellAlignment::Right);
            }
        }
    }
    for (index, line) in shown.lines().enumerate() {
        let line = line.trim_end();
        let _ = match index {
            0 => writeln!(out, "{HEAD}{line}{Reset}"),
            _ => writeln!(out, "{line}"),
        };
    }
}
