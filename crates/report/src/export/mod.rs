//! What was found, in the formats of other tools: one file per format.
//!
//! Those of sums are made of a [`View`]; those of blocks are [`RecordWriter`]s, which
//! take the records a second time. `docs/exports.md` says what each holds and what it
//! cannot.

mod chrome;
mod dhat;
mod figure;
mod firefox;
mod folded;
mod frames;
mod heaptrack;
mod log;
mod parquet;
mod pprof;
mod sites;
mod speedscope;

use std::io;

use thiserror::Error;
use unfreed_events::trace::Facts;
use unfreed_events::{Names, Record};

pub use self::chrome::write_chrome;
pub use self::dhat::DhatWriter;
pub use self::figure::Figure;
pub use self::firefox::write_firefox;
pub use self::folded::write_folded;
pub use self::frames::FrameStyle;
pub use self::heaptrack::HeaptrackWriter;
pub use self::log::LogWriter;
pub use self::parquet::ParquetWriter;
pub use self::pprof::write_pprof;
pub use self::sites::write_sites;
pub use self::speedscope::write_speedscope;

/// Why nothing, or not all, was exported.
#[derive(Debug, Error)]
pub enum ExportError {
    /// The output takes no more.
    #[error("cannot write the output")]
    Write(#[from] io::Error),
    /// Blocks of a sample stand for many.
    #[error(
        "{0} tells of single blocks, and the input is a sample, in which each block stands for many: export pprof, speedscope, folded or csv, which have its estimates"
    )]
    Sample(&'static str),
    /// A figure exceeds what the format can hold.
    #[error("{figure} exceeds {most}, the most that {format} can hold")]
    TooLarge {
        /// The format.
        format: &'static str,
        /// The figure.
        figure: u64,
        /// The most.
        most: u64,
    },
    /// Nothing tells how temporary allocations come about.
    #[error("the input does not tell which allocations are temporary")]
    NoTemporary,
    /// The findings have no history.
    #[error("the run was analysed without its history, which this format shows")]
    NoHistory,
    /// The Parquet file cannot be written.
    #[error("cannot write the Parquet file")]
    Parquet(#[from] ::parquet::errors::ParquetError),
}

impl From<ExportError> for io::Error {
    fn from(error: ExportError) -> io::Error {
        match error {
            ExportError::Write(error) => error,
            error => io::Error::other(error),
        }
    }
}

impl From<serde_json::Error> for ExportError {
    fn from(error: serde_json::Error) -> ExportError {
        ExportError::Write(error.into())
    }
}

/// Some records, in their order.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// What happened.
    pub records: &'a [Record],
    /// What the ids in the records stand for.
    pub names: &'a Names,
    /// What a recording says beside its events; `None` for all else.
    pub facts: Option<&'a Facts>,
}

/// What a writer could not put into its format.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// What makes the output incomplete.
    pub missing: Vec<String>,
    /// What the format has no place for.
    pub remarks: Vec<String>,
}

/// Writes records as they come.
pub trait RecordWriter {
    /// Takes the next records.
    ///
    /// # Errors
    ///
    /// If the output takes no more, or the records cannot be said in the format.
    fn take(&mut self, part: &Part<'_>) -> Result<(), ExportError>;

    /// Comes last, with all names.
    ///
    /// # Errors
    ///
    /// As [`RecordWriter::take`].
    fn finish(&mut self, names: &Names) -> Result<Rest, ExportError>;
}
