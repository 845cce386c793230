//! The text of records: version 2 of `docs/log-format.md`.

use std::fmt::Write;
use std::panic::Location;

use crate::{clock, thread};

/// `@ALLOCATE` with the fields at its end.
pub(crate) fn allocate(name: &str, bytes: usize, at: &Location<'_>, id: u64) -> String {
    let mut line = start("@ALLOCATE ", name);
    let _ = write!(line, " {bytes} ");
    push_label(&mut line, at.file());
    let _ = write!(line, ":{}:{} {id}", at.line(), at.column());
    end(&mut line);
    line
}

/// The same with a site in the form `file:line` or `file:line:column`.
pub(crate) fn allocate_at(name: &str, bytes: usize, place: &str, id: u64) -> String {
    let mut line = start("@ALLOCATE ", name);
    let _ = write!(line, " {bytes} ");
    push_label(&mut line, place);
    let _ = write!(line, " {id}");
    end(&mut line);
    line
}

/// Long enough for most lines.
fn start(record: &str, name: &str) -> String {
    let mut line = String::with_capacity(160);
    line.push_str(record);
    push_label(&mut line, name);
    line
}

pub(crate) fn reallocate(name: &str, bytes: usize, id: u64) -> String {
    of_object("@REALLOC ", name, bytes, id)
}

pub(crate) fn free(name: &str, bytes: usize, id: u64) -> String {
    of_object("@DROP ", name, bytes, id)
}

fn of_object(record: &str, name: &str, bytes: usize, id: u64) -> String {
    let mut line = start(record, name);
    let _ = write!(line, " {bytes} {id}");
    end(&mut line);
    line
}

pub(crate) fn mark(name: &str) -> String {
    let mut line = start("@MARK ", name);
    end(&mut line);
    line
}

pub(crate) fn memory(domain: &str, bytes: u64) -> String {
    let word: String = domain.split_whitespace().collect();
    let mut line = start("@MEMORY ", &word);
    let _ = write!(line, " {bytes}");
    end(&mut line);
    line
}

fn end(line: &mut String) {
    if let Some(nanoseconds) = clock::now() {
        let _ = write!(line, " t={nanoseconds}");
    }
    if let Some(number) = thread::number() {
        let _ = write!(line, " thread={number}");
    }
    line.push('\n');
}

/// A name as the format wants it: printable, and none of its words but the
/// first consists of digits only.
fn push_label(line: &mut String, label: &str) {
    if label.is_empty() {
        line.push('?');
        return;
    }
    for (index, word) in label.split(' ').enumerate() {
        if index > 0 {
            let is_number = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
            line.push(if is_number { '_' } else { ' ' });
        }
        line.extend(word.chars().map(|c| if c.is_control() { '_' } else { c }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> String {
        let mut line = String::new();
        push_label(&mut line, text);
        line
    }

    #[test]
    fn labels_are_printable_and_have_no_word_of_digits() {
        assert_eq!(label("<A as B<C, D>>::E"), "<A as B<C, D>>::E");
        assert_eq!(label("take 2 [u8; 32]"), "take_2 [u8; 32]");
        assert_eq!(label("two\nlines\u{1b}[0m"), "two_lines_[0m");
        assert_eq!(label(""), "?");
    }
}
