//! Why a file cannot be read, or not to its end.

use std::io;

use thiserror::Error;

use crate::names::NameFault;

/// Why a file cannot be read at all.
#[derive(Debug, Error)]
pub enum HeaptrackError {
    /// The file cannot be read.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It does not begin as such files do.
    #[error("not a file of heaptrack: its first line is no `v` with the version of the format")]
    NotHeaptrack,
    /// It is of another version.
    #[error("version {0} of heaptrack's format; expected version 1 to 3")]
    Version(u64),
    /// It has addresses of which nothing is known yet.
    #[error(
        "line {0}: a raw recording, which has no names of functions; expected what \
         heaptrack_interpret makes of it, as heaptrack has it done without --raw"
    )]
    Raw(u64),
}

/// What is wrong with a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// It has fewer fields than it needs.
    #[error("it has too few fields")]
    Short,
    /// A field is no hexadecimal number, or one that is too large.
    #[error("a field that is no hexadecimal number of the size it may have")]
    Number,
    /// A text is not as long as it says.
    #[error("a text of {found} bytes; expected {expected}")]
    Length {
        /// Bytes of the text.
        found: u64,
        /// Bytes as the line says.
        expected: u64,
    },
    /// It begins with no known letter.
    #[error("no kind of line is known that begins so")]
    Kind,
    /// It refers to an entry that is not there.
    #[error("it refers to {what} {number}, which is not there")]
    Missing {
        /// The table.
        what: &'static str,
        /// The number of the entry.
        number: u64,
    },
    /// A block goes, and none of its kind is there.
    #[error("a block of kind {0} is freed, and none is live")]
    NotLive(u64),
    /// It is longer than any that is written.
    #[error("it is longer than any that is written")]
    Long,
    /// More entries of a table, or deeper stacks, than can be kept.
    #[error("more than can be kept")]
    Many,
    /// A line of a file that is cut.
    #[error("the file is cut in it")]
    Cut,
    /// What the last lines count is not what was read.
    #[error("{expected} strings should be there, and {found} are")]
    Count {
        /// What was read.
        found: u64,
        /// What the last lines say.
        expected: u64,
    },
    /// The last lines are missing.
    #[error("it ends without the two lines with which such files end: it is cut short")]
    NoEnd,
}

impl From<NameFault> for Fault {
    fn from(_: NameFault) -> Fault {
        Fault::Many
    }
}

/// Where reading ended before the end.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Damage {
    /// A line cannot be read.
    #[error("line {line}: {fault}; what follows was not read")]
    Line {
        /// Line number, from 1.
        line: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The compressed data cannot be read on.
    #[error("behind line {line}: {reason}")]
    Input {
        /// The last line that was read.
        line: u64,
        /// What went wrong.
        reason: String,
    },
}
