//! A document as GitHub-flavoured Markdown, to paste into a pull request.

use std::fmt::Write;

use crate::document::{Block, Document, Section, Table};

/// The document as Markdown. What comes from a log cannot become markup.
pub fn to_markdown(document: &Document) -> String {
    let mut out = String::new();
    for line in &document.headline {
        let _ = writeln!(out, "**{}**\n", escape(line));
    }
    for section in &document.sections {
        write_section(&mut out, section);
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

// Writing into a string cannot fail, so the results are not looked at.
fn write_section(out: &mut String, section: &Section) {
    let _ = writeln!(out, "## {}\n", escape(&section.title));
    for block in &section.blocks {
        match block {
            Block::Paragraph(text) => {
                let _ = writeln!(out, "{}", escape(text));
            }
            Block::List(items) => {
                for item in items {
                    let _ = writeln!(out, "- {}", escape(item));
                }
            }
            Block::Steps(steps) => {
                for (index, step) in steps.iter().enumerate() {
                    let _ = writeln!(out, "{}. {}", index + 1, escape(step));
                }
            }
            Block::Table(table) => write_table(out, table),
        }
        out.push('\n');
    }
}

fn write_table(out: &mut String, table: &Table) {
    let names: Vec<String> = table
        .columns
        .iter()
        .map(|column| column.name.to_owned())
        .collect();
    write_row(out, &names);
    let rules = table
        .columns
        .iter()
        .map(|column| if column.is_number { "---:" } else { "---" });
    let _ = writeln!(out, "| {} |", rules.collect::<Vec<_>>().join(" | "));
    for row in &table.rows {
        write_row(out, row);
    }
}

fn write_row(out: &mut String, cells: &[String]) {
    let cells: Vec<String> = cells.iter().map(|cell| escape(cell)).collect();
    let _ = writeln!(out, "| {} |", cells.join(" | "));
}

/// Text with all that Markdown or HTML would take for markup set off. `@` and
/// `#` would notify people and link issues.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '@' => escaped.push_str("&#64;"),
            '#' => escaped.push_str("&#35;"),
            '$' => escaped.push_str("&#36;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' => {
                escaped.push('\\');
                escaped.push(c);
            }
            '\n' | '\r' => escaped.push(' '),
            _ => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_from_a_log_becomes_markup() {
        assert_eq!(
            escape("<script>|[x](y) @team #1 `a` *b*"),
            r"&lt;script&gt;\|\[x\](y) &#64;team &#35;1 \`a\` \*b\*"
        );
    }
}
