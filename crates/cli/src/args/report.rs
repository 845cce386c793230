//! What `unfreed report` and `unfreed view` take.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use super::Reading;

/// Write what was found as one HTML file, to look at and to share.
///
/// The file needs no network and nothing beside it: it opens from disk, from a CI
/// artifact, or from a mail. It shows what leaks and who allocates it, how memory went,
/// where the bytes are, a map of memory, flame graphs, tables, and what holds what stays.
#[derive(Parser)]
#[command(after_long_help = AFTER_REPORT, verbatim_doc_comment)]
pub struct Report {
    /// A recording, or logs; standard input if none is given, or for -.
    pub files: Vec<PathBuf>,

    /// The file to write; - is standard output. [default: <file>.html, or .svg; standard output with --markdown]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Compare the stacks of this run with those of another: a recording, or a log.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["svg", "markdown"])]
    pub against: Option<PathBuf>,

    /// Write a picture in place of the page: a flame graph of what was never freed, memory over the run, or the memory at the end.
    #[arg(long, value_enum, value_name = "PICTURE", conflicts_with = "markdown")]
    pub svg: Option<Picture>,

    /// Write the summary as Markdown, for a pull request or an issue.
    #[arg(long)]
    pub markdown: bool,

    #[command(flatten)]
    pub reading: Reading,
}

/// Write the page of `unfreed report` to a temporary file, and open it in the browser.
#[derive(Parser)]
#[command(after_long_help = AFTER_VIEW, verbatim_doc_comment)]
pub struct View {
    /// A recording, or logs; standard input if none is given, or for -.
    pub files: Vec<PathBuf>,

    /// Compare the stacks of this run with those of another: a recording, or a log.
    #[arg(long, value_name = "FILE")]
    pub against: Option<PathBuf>,

    #[command(flatten)]
    pub reading: Reading,
}

/// A picture.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    /// Bytes never freed, by stack.
    Flame,
    /// Memory, live bytes and holes over the run.
    Timeline,
    /// Where live blocks are at the end.
    Map,
}

impl Picture {
    /// What it is called in the name of its file.
    pub fn word(self) -> &'static str {
        match self {
            Picture::Flame => "flame",
            Picture::Timeline => "timeline",
            Picture::Map => "map",
        }
    }
}

const AFTER_REPORT: &str = "\
Examples:
  unfreed report run.unfreed -o report.html
  unfreed report app.log
  unfreed report after.unfreed --against before.unfreed
  unfreed report run.unfreed --svg flame
  unfreed report run.unfreed --markdown >> \"$GITHUB_STEP_SUMMARY\"

Exit codes:
  0  written
  2  wrong usage, or the file cannot be read or written
  3  the input is cut short or damaged; the page says what is missing";

const AFTER_VIEW: &str = "\
Examples:
  unfreed view run.unfreed

Exit codes:
  0  opened
  2  wrong usage, the file cannot be read, or no browser was found
  3  the input is cut short or damaged; the page says what is missing";
