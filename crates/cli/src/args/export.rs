//! What `unfreed export` takes.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::Reading;

/// Write what was found, or what happened, in the format of another tool.
///
/// The figures are those of unfreed analyze. What each format holds, how to open it, and
/// what it has no place for is in docs/exports.md.
#[derive(Parser)]
#[command(after_long_help = AFTER_EXPORT, verbatim_doc_comment)]
pub struct Export {
    /// A recording, a file of another tool, or logs; standard input if none is given, or for -.
    pub files: Vec<PathBuf>,

    /// The format.
    #[arg(long = "as", value_enum, value_name = "FORMAT")]
    pub format: ExportFormat,

    /// The file to write; - is standard output. [default: standard output, or <file>.<format> if that is a terminal]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Which figure folded stacks have; the other formats have all.
    #[arg(long, value_enum, value_name = "FIGURE", default_value_t)]
    pub by: By,

    /// Whether folded stacks count bytes or blocks. [default: bytes; count with --by temporary]
    #[arg(long, value_enum, value_name = "UNIT")]
    pub unit: Option<Unit>,

    /// Show stacks with all frames: also those of allocators, standard libraries and glue.
    #[arg(long)]
    pub all_frames: bool,

    #[command(flatten)]
    pub reading: Reading,
}

/// A format.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// pprof: all figures by stack, for go tool pprof and what reads its profiles.
    Pprof,
    /// Folded stacks with one figure, for flame graphs.
    Folded,
    /// speedscope: a flame graph of each figure.
    Speedscope,
    /// Firefox Profiler: what is retained in a range of time, each figure, memory over time.
    Firefox,
    /// DHAT: all figures and lifetimes by stack, for dh_view.html of Valgrind.
    Dhat,
    /// heaptrack: every allocation and free, for heaptrack_gui and heaptrack_print.
    Heaptrack,
    /// Trace events of Chrome: memory over time, for ui.perfetto.dev and chrome://tracing.
    Chrome,
    /// One row per site.
    Csv,
    /// One row per allocation, and in a second file the frames of the stacks.
    Parquet,
    /// The text log of docs/log-format.md, which unfreed analyze reads with the same findings.
    Log,
}

/// What folded stacks count.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// What was never freed.
    #[default]
    Leaked,
    /// All that was allocated.
    Allocated,
    /// What was live at the peak.
    Peak,
    /// Temporary allocations.
    Temporary,
}

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Blocks.
    Count,
}

const AFTER_EXPORT: &str = "\
Examples:
  unfreed export run.unfreed --as pprof -o run.pb.gz && go tool pprof -http : run.pb.gz
  unfreed export run.unfreed --as folded --by peak | inferno-flamegraph > peak.svg
  unfreed export run.unfreed --as parquet -o run.parquet
  unfreed export app.log.gz --as csv

Exit codes:
  0  written
  2  wrong usage, a file that cannot be read or written, or an input that does not have what the
     format needs
  3  the input is cut short or damaged, or something of it cannot be written in this format;
     what can be is written, and what is missing is said on standard error";
