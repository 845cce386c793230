//! What the decoder saw besides events.

use crate::limits::{EXAMPLE_BYTES, EXAMPLES_PER_FAULT};
use crate::names::commands_terminal;
use crate::text::fault::Fault;

/// Counts of lines; every line of the input is in exactly one of `records`,
/// `program_lines` and the faults.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct TextStats {
    /// Lines read.
    pub lines: u64,
    /// Lines that were events.
    pub records: u64,
    /// Lines that do not start with `@`: the program's own.
    pub program_lines: u64,
    /// Program lines in which a record stands behind other text. They are
    /// records only with [`crate::text::TextOptions::anywhere`].
    pub prefixed_records: u64,
    /// The first of them.
    pub first_prefixed: Option<FaultExample>,
    /// Program lines longer than [`crate::limits::MAX_LINE_BYTES`]: no pattern
    /// was searched in them.
    pub unsearched_lines: u64,
    /// `@MARK` records whose name the pattern of marks did not match.
    pub unselected_marks: u64,
    /// Program lines where the pattern of memory sizes matched something that
    /// is no size.
    pub unreadable_sizes: u64,
    /// The first of them.
    pub first_unreadable_size: Option<FaultExample>,
    /// Whether a size in a program line had a unit such as `MB`, taken as a
    /// power of 1024.
    pub assumed_binary_units: bool,
    /// `key=value` fields and JSON members that this version does not know.
    pub unknown_fields: u64,
    /// Sources whose last line has no line end, so that it may be cut.
    pub unterminated_sources: u64,
    faults: [FaultCount; Fault::ALL.len()],
}

/// How often a fault was seen, and where first.
#[derive(Clone, Default, Debug, PartialEq, Eq)]
pub struct FaultCount {
    /// Lines with this fault.
    pub lines: u64,
    /// The first few of them.
    pub examples: Vec<FaultExample>,
}

/// One line as an example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultExample {
    /// Running line number; see [`crate::Sources`].
    pub line: u64,
    /// The beginning of the line; bytes that are no text are replaced.
    pub text: String,
}

impl FaultExample {
    pub(super) fn new(line: u64, bytes: &[u8]) -> FaultExample {
        FaultExample {
            line,
            text: printable(bytes),
        }
    }
}

/// The beginning of a text (120 bytes), with what could command a terminal
/// replaced.
pub(super) fn printable(bytes: &[u8]) -> String {
    let head = &bytes[..bytes.len().min(EXAMPLE_BYTES)];
    let mut text: String = String::from_utf8_lossy(head)
        .chars()
        .map(|c| {
            if commands_terminal(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            }
        })
        .collect();
    if bytes.len() > EXAMPLE_BYTES {
        text.push('…');
    }
    text
}

impl TextStats {
    /// Lines that start with `@` and could not be read.
    pub fn malformed_lines(&self) -> u64 {
        self.faults.iter().map(|fault| fault.lines).sum()
    }

    /// The faults that occurred.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, &FaultCount)> {
        Fault::ALL
            .into_iter()
            .zip(&self.faults)
            .filter(|(_, count)| count.lines > 0)
    }

    #[cold]
    pub(super) fn count_fault(&mut self, fault: Fault, line: u64, bytes: &[u8]) {
        let count = &mut self.faults[fault as usize];
        count.lines += 1;
        if count.examples.len() < EXAMPLES_PER_FAULT {
            count.examples.push(FaultExample::new(line, bytes));
        }
    }
}
