//! Where a line number came from when several files are read as one log.

/// The inputs in the order in which they were read.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct Sources {
    entries: Vec<(String, u64)>,
}

/// A line of one source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position<'a> {
    /// The source's name: a path, or `<stdin>`.
    pub source: &'a str,
    /// Line number in that source, from 1.
    pub line: u64,
}

impl Sources {
    /// Adds a source; `lines_before` is the number of lines of all earlier ones.
    pub fn push(&mut self, name: impl Into<String>, lines_before: u64) {
        self.entries.push((name.into(), lines_before));
    }

    /// The number of sources.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is no source.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The names in reading order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|(name, _)| name.as_str())
    }

    /// The source and line that the running line number `line` stands for.
    pub fn position(&self, line: u64) -> Position<'_> {
        let after = self.entries.partition_point(|(_, before)| *before < line);
        match after
            .checked_sub(1)
            .and_then(|index| self.entries.get(index))
        {
            Some((name, before)) => Position {
                source: name,
                line: line - before,
            },
            None => Position { source: "", line },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_belongs_to_the_last_source_that_begins_before_it() {
        let mut sources = Sources::default();
        sources.push("a.log", 0);
        sources.push("empty.log", 10);
        sources.push("b.log", 10);
        let at = |line| {
            let position = sources.position(line);
            (position.source, position.line)
        };
        assert_eq!(at(1), ("a.log", 1));
        assert_eq!(at(10), ("a.log", 10));
        assert_eq!(at(11), ("b.log", 1));
    }
}
