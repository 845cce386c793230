//! How logs and recordings are read.

use clap::Args as Flattened;
use regex::bytes::Regex;

/// How a log or a recording is read.
#[derive(Clone, Default, Flattened)]
pub struct Reading {
    #[command(flatten)]
    pub marks: MarkChoice,

    /// Take memory sizes from the program's lines that match, to tell how much of the growth the log explains.
    ///
    /// The first capture, or else the match, is a size with its unit, such as
    /// 36.06 MB. Units are powers of 1,024.
    #[arg(long, value_name = "REGEX", conflicts_with = "observed")]
    pub memory: Option<Regex>,

    /// The size of the memory at the start and at the end, such as 36.06MB 774.62MB.
    #[arg(long, num_args = 2, value_names = ["START", "END"], value_parser = size)]
    pub observed: Option<Vec<u64>>,

    /// Accept records behind other text in their line, as loggers print them.
    #[arg(long)]
    pub anywhere: bool,
}

/// Where iterations begin and end.
#[derive(Clone, Debug, Default, Flattened)]
pub struct MarkChoice {
    /// Begin an iteration at each mark whose name matches, and in a log at each of the program's lines that match.
    ///
    /// The first capture names the iteration, or else the mark or the line does; a
    /// @MARK of a log keeps its name. Other marks are passed over, and what precedes the first that matches is
    /// setup. Without this option every mark begins an iteration. With three
    /// iterations or more, each type gets a verdict: systematic, one-off, bounded or
    /// noisy.
    #[arg(long, value_name = "REGEX")]
    pub mark: Option<Regex>,

    /// End the last iteration at the first mark whose iteration would have a name that matches.
    ///
    /// What comes behind it belongs to no iteration. The name is that which --mark
    /// gives. Without this option the last part of the run is no iteration if it
    /// does hardly anything.
    #[arg(long, value_name = "REGEX")]
    pub mark_end: Option<Regex>,
}

/// A number of bytes with its unit.
pub fn size(text: &str) -> Result<u64, unfreed_events::size::SizeError> {
    unfreed_events::parse_size(text).map(|size| size.bytes)
}
