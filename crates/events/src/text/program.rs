//! What the program's own lines can tell: marks and memory sizes.

use regex::bytes::{Captures, Regex};

use crate::size::{Size, parse_size};

/// How to read a log.
#[derive(Clone, Default, Debug)]
pub struct TextOptions {
    /// Accept a record behind other text in its line, as loggers print it.
    pub anywhere: bool,
    /// Begin an iteration at each of the program's lines that matches. The
    /// mark's name is the first capture, or the whole line without one. Of the
    /// `@MARK` records, only those whose name matches are used.
    pub mark: Option<Regex>,
    /// Take a memory size from each of the program's lines that matches. The
    /// size, with its unit, is the first capture, or the match without one.
    pub memory: Option<Regex>,
}

/// The name that a matching line gives to a mark.
pub(super) fn mark_name<'a>(pattern: &Regex, line: &'a [u8]) -> Option<&'a [u8]> {
    let captures = pattern.captures(line)?;
    Some(captures.get(1).map_or(line, |group| group.as_bytes()))
}

/// The size that a matching line names; `Some(None)` where the match is none.
pub(super) fn memory_size(pattern: &Regex, line: &[u8]) -> Option<Option<Size>> {
    let captures = pattern.captures(line)?;
    let text = std::str::from_utf8(capture(&captures)).ok();
    Some(text.and_then(|text| parse_size(text).ok()))
}

fn capture<'a>(captures: &Captures<'a>) -> &'a [u8] {
    let group = captures.get(1).or_else(|| captures.get(0));
    group.map_or(b"", |group| group.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_named_by_its_capture_or_its_line() {
        let line = b"--- Iteration 3/10 ---";
        let whole = Regex::new("^--- Iteration").expect("a pattern");
        let group = Regex::new(r"Iteration (\d+)").expect("a pattern");
        assert_eq!(mark_name(&whole, line), Some(&line[..]));
        assert_eq!(mark_name(&group, line), Some(&b"3"[..]));
        assert_eq!(mark_name(&group, b"done"), None);
    }

    #[test]
    fn a_memory_size_has_a_unit() {
        let pattern = Regex::new(r"memory: (.*)$").expect("a pattern");
        let size =
            |line: &str| memory_size(&pattern, line.as_bytes()).map(|size| size.map(|s| s.bytes));
        assert_eq!(size("memory: 2 MB"), Some(Some(2 << 20)));
        assert_eq!(size("memory: much"), Some(None));
        assert_eq!(size("no such line"), None);
    }
}
