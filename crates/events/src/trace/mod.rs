//! Recordings as files, `.unfreed`: what `unfreed record` writes while a program
//! runs (raw), and what it makes of that afterwards (compact).
//! `docs/trace-format.md` describes both byte by byte.
//!
//! ```text
//! raw file  →  block  →  raw  →  merge  →  Step  →  compact writer  →  compact file
//!                                            └────→  Records
//! compact file  →  block  →  compact reader  →  Records
//! ```
//!
//! Readers take any bytes: what is cut or damaged is stepped over and counted,
//! and the rest is right. Nothing is opened here: callers hand in what reads.

mod block;
pub mod compact;
mod facts;
mod handles;
mod merge;
mod payload;
pub mod raw;
mod resolve;
mod snapshot;
mod step;
pub mod v8_stack;

use std::io;

use thiserror::Error;

pub use block::{
    Block, BlockHeader, BlockReader, Codec, Damage, FileHeader, MAGIC, Stage, VERSION,
};
pub use compact::{CompactWriter, TraceReader};
pub use facts::{Facts, Heap, Missing, Said, SourceDamage};
pub use handles::RawHandle;
pub use merge::{Recording, ThreadTree};
pub use resolve::{AsRecorded, RawStack, Resolve, Resolved, intern};
pub use snapshot::{Global, MemoryImage, NextPages, Pages, SNAPSHOT_PAGE, Snapshot};
pub use step::{Records, Sink, Step, Unfold};

/// Why a trace cannot be read at all.
#[derive(Debug, Error)]
pub enum TraceError {
    /// It does not begin as one.
    #[error("not a trace: it does not begin with the bytes of one")]
    NotATrace,
    /// Of a version before the first that this program reads.
    #[error("trace version {major}.{minor} is too old; this program reads {}.x", VERSION.0)]
    TooOld {
        /// Its version.
        major: u16,
        /// See `major`.
        minor: u16,
    },
    /// Of a version that came after this program.
    #[error("trace version {major}.{minor} is too new; this program reads {}.x", VERSION.0)]
    TooNew {
        /// Its version.
        major: u16,
        /// See `major`.
        minor: u16,
    },
    /// Neither raw nor compact.
    #[error("a trace of an unknown stage ({0})")]
    UnknownStage(u32),
    /// A trace of the other stage than the one asked for.
    #[error("{}", match .found {
        Stage::Raw => "the trace is a raw recording, which has not been merged yet",
        Stage::Compact => "the trace is compact already",
    })]
    WrongStage {
        /// What it is.
        found: Stage,
    },
    /// Reading or writing failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}
