//! What `unfreed diff` and `unfreed baseline` take.

use std::path::PathBuf;

use clap::Parser;

use super::reading::size;
use super::{Format, Reading, UnitsArg};

/// Compare two runs: what leaks more, what less, what is new and what is gone.
///
/// A and B are recordings, logs, or anything else that unfreed analyze reads; A may be a
/// baseline that unfreed baseline wrote, and so may B. With three iterations or more in
/// each, growth per iteration is compared, and a type or stack has grown only if that is no
/// chance: the intervals of its growth do not overlap, or both are exact. Otherwise what is
/// live at the end is compared.
///
/// Types and stacks are known by names, without hashes, offsets, lines and folders, so
/// that two builds of a program can be compared. docs/diff.md says how.
#[derive(Parser)]
#[command(after_long_help = AFTER_DIFF, verbatim_doc_comment)]
pub struct Diff {
    /// The earlier run; - for a log on standard input.
    #[arg(value_name = "A")]
    pub before: PathBuf,

    /// The later run; - for a log on standard input.
    #[arg(value_name = "B")]
    pub after: PathBuf,

    /// What to print; docs/diff.md describes JSON and CSV.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How to print sizes in text and Markdown.
    #[arg(long, value_enum, default_value_t)]
    pub units: UnitsArg,

    /// How many rows a table has at most; 0 for all. [default: 20]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,

    /// Show what did not change, too.
    #[arg(long)]
    pub all: bool,

    /// Write a flame graph of what leaks to this file, too: red has grown, blue has shrunk.
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,

    /// Exit with 1 if leaked bytes per iteration of a type or stack grew by more than SIZE, such as 1KiB. [without SIZE: 0]
    #[arg(long, value_name = "SIZE", num_args = 0..=1, default_missing_value = "0B", value_parser = size)]
    pub fail_on_growth: Option<u64>,

    #[command(flatten)]
    pub reading: Reading,
}

const AFTER_DIFF: &str = "\
Examples:
  unfreed diff before.unfreed after.unfreed
  unfreed diff unfreed.baseline run.unfreed --fail-on-growth
  unfreed diff before.log after.log --mark '^--- Iteration' --format markdown
  unfreed diff before.unfreed after.unfreed --svg diff.svg

Exit codes:
  0  compared
  1  something grew by more than --fail-on-growth allows
  2  wrong usage, or a file that cannot be read or written
  3  an input is incomplete or damaged, or has no records; or, with --fail-on-growth, there
     are not enough iterations to tell";

/// Write what a run leaks as a small text file, to be kept beside the source.
///
/// Later runs are compared with it by unfreed diff. Two recordings of a program that does
/// the same give the same file, and a change of it can be read in a review. docs/diff.md
/// describes it.
#[derive(Parser)]
#[command(after_long_help = AFTER_BASELINE, verbatim_doc_comment)]
pub struct Baseline {
    /// A recording, or logs; - for standard input.
    #[arg(required = true)]
    pub files: Vec<PathBuf>,

    /// The file to write; - for standard output.
    #[arg(short, long, value_name = "FILE", default_value = "unfreed.baseline")]
    pub output: PathBuf,

    #[command(flatten)]
    pub reading: Reading,
}

const AFTER_BASELINE: &str = "\
Examples:
  unfreed baseline run.unfreed
  unfreed diff unfreed.baseline run.unfreed --fail-on-growth

Exit codes:
  0  written
  2  wrong usage, or a file that cannot be read or written
  3  the input is incomplete or damaged, or has no records; the baseline says so";
