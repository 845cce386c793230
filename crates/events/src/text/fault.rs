//! What can be wrong with a line that starts with `@`.

use thiserror::Error;

use crate::limits::{MAX_LINE_BYTES, MAX_NAME_BYTES, MAX_NAMES, MAX_PAGES};
use crate::names::NameFault;

/// The faults, in the order in which a line is checked. The message says what
/// was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[repr(u8)]
pub enum Fault {
    /// `@` and then no known record.
    #[error(
        "no record of this name; expected @ALLOCATE, @DROP, @REALLOC, @MARK, @MEMORY, @GROW, @SAMPLE, @PROMOTE or @{{"
    )]
    UnknownRecord,
    /// The line ends too early.
    #[error("fields are missing; the line is torn or cut off")]
    MissingField,
    /// The id is no number.
    #[error("the last field is not an id; expected decimal digits, or hexadecimal ones after 0x")]
    BadId,
    /// A size is no number.
    #[error("the size is not a number of bytes in decimal digits")]
    BadSize,
    /// A number of 2^64 or more, or more pages than there can be.
    #[error("a number is too large; sizes and ids fit 64 bits, pages are at most {MAX_PAGES}")]
    TooLarge,
    /// A sampling rate that is none.
    #[error(
        "not a sampling rate; expected @SAMPLE <chance from 1e-9 to 1> <unit in bytes, at most 4096>"
    )]
    BadRate,
    /// `file:line` without the line.
    #[error("the location is not <file>:<line>")]
    BadLocation,
    /// A `key=value` whose value is none.
    #[error("a key=value field has a value of the wrong kind")]
    BadField,
    /// Not the JSON that is documented.
    #[error("not a JSON event; see docs/log-format.md for its fields")]
    BadJson,
    /// Bytes that are no text.
    #[error("a name is not printable UTF-8 text")]
    NotText,
    /// Two records in one line.
    #[error("another record begins inside this line; two writers shared it")]
    HoldsRecord,
    /// The line is longer than the limit.
    #[error(
        "the line is longer than {MAX_LINE_BYTES} bytes, or a name in it than {MAX_NAME_BYTES}"
    )]
    TooLong,
    /// No more ids for names.
    #[error("more than {MAX_NAMES} different names")]
    TooManyNames,
}

impl Fault {
    /// All faults, in order.
    pub const ALL: [Fault; 13] = [
        Fault::UnknownRecord,
        Fault::MissingField,
        Fault::BadId,
        Fault::BadSize,
        Fault::TooLarge,
        Fault::BadRate,
        Fault::BadLocation,
        Fault::BadField,
        Fault::BadJson,
        Fault::NotText,
        Fault::HoldsRecord,
        Fault::TooLong,
        Fault::TooManyNames,
    ];

    /// A stable name for machines.
    pub fn name(self) -> &'static str {
        match self {
            Fault::UnknownRecord => "unknown_record",
            Fault::MissingField => "missing_field",
            Fault::BadId => "bad_id",
            Fault::BadSize => "bad_size",
            Fault::TooLarge => "too_large",
            Fault::BadRate => "bad_rate",
            Fault::BadLocation => "bad_location",
            Fault::BadField => "bad_field",
            Fault::BadJson => "bad_json",
            Fault::NotText => "not_text",
            Fault::HoldsRecord => "holds_record",
            Fault::TooLong => "too_long",
            Fault::TooManyNames => "too_many_names",
        }
    }
}

impl From<NameFault> for Fault {
    fn from(fault: NameFault) -> Fault {
        match fault {
            NameFault::Empty => Fault::MissingField,
            NameFault::TooLong => Fault::TooLong,
            NameFault::NotText => Fault::NotText,
            NameFault::HoldsRecord => Fault::HoldsRecord,
            NameFault::NoLine => Fault::BadLocation,
            NameFault::TooMany => Fault::TooManyNames,
        }
    }
}
