//! A baseline: what a run leaks as a text file, to be kept beside the source, read in
//! reviews and compared with later runs. `docs/diff.md` has the grammar.
//!
//! Each line is one thing, lines are in the order of names, and nothing is in it that
//! differs between two runs that do the same: no times, no folders, no addresses.

mod error;
mod name;
mod read;
mod write;

pub use self::error::{BaselineError, BaselineFault};
pub use self::read::read_baseline;
pub use self::write::write_baseline;

/// What a baseline begins with; its version follows.
pub const BASELINE_MAGIC: &str = "unfreed-baseline ";

/// The version that is written: a reader of 1.0 skips lines that it does not know in a
/// later 1.x.
const VERSION: (u32, u32) = (1, 0);
