//! Why a text is no baseline.

use thiserror::Error;

/// A baseline that cannot be read.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("line {line}: {fault}")]
pub struct BaselineError {
    /// Its line, counted from 1.
    pub line: usize,
    /// What is wrong there.
    pub fault: BaselineFault,
}

/// What is wrong with a line.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BaselineFault {
    /// The first line is another.
    #[error(
        "it does not begin with 'unfreed-baseline 1.0'; `unfreed baseline RECORDING` writes a baseline"
    )]
    NotABaseline,
    /// A later version of unfreed wrote it.
    #[error(
        "its version is {0}, and this unfreed reads 1.x; write it again, or use a newer unfreed"
    )]
    TooNew(String),
    /// Something stands where something else has to.
    #[error("found '{found}', expected {expected}")]
    Unexpected {
        /// What stands there.
        found: String,
        /// What has to.
        expected: &'static str,
    },
    /// A second line says something of the same.
    #[error("a line before it is of the same: '{0}'")]
    Twice(String),
    /// A line is missing.
    #[error("the file ends, and it has no line '{0}'; write it again with unfreed baseline")]
    Missing(&'static str),
    /// Parts do not add up.
    #[error(
        "the bytes at the end of all lines '{of}' are {sum}, and those of 'live' are {live}: lines are missing or \
         were changed; write it again with unfreed baseline"
    )]
    Sum {
        /// What the lines are of.
        of: &'static str,
        /// What they add up to.
        sum: u128,
        /// What that should be.
        live: u64,
    },
}
