//! The command line. Help, man page and shell completions come from here.

use std::io;
use std::path::PathBuf;

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use regex::bytes::Regex;
use unfreed_report::Sort;

use crate::exit;

/// Finds what a program never frees, who allocated it, and how sure that is.
#[derive(Parser)]
#[command(name = "unfreed", version, max_term_width = 100)]
#[command(
    after_help = "Begin with:  unfreed analyze app.log\nMore on a command:  unfreed help analyze"
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    Analyze(Analyze),
    /// Print completions for a shell, to be loaded by it.
    ///
    /// For bash:  unfreed completions bash > /etc/bash_completion.d/unfreed
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the man page, in roff.
    ///
    /// To read it:  unfreed man analyze | man -l -
    Man {
        /// The command to print the page of; without it, of unfreed.
        command: Option<String>,
    },
}

/// Read a log of allocations and say what leaks, how much, and how sure that is.
///
/// The log is the output of a program in which some lines are records:
///
///   @ALLOCATE <type> <size> <file>:<line> <id>
///   @DROP <type> <size> <id>
///
/// Lines that do not start with @ are the program's own. Several files are
/// read one after another as one log. Files may be compressed (gzip or zstd)
/// or UTF-16, as PowerShell writes it; both are recognised by content. The
/// whole format, with marks, memory sizes and JSON, is in docs/log-format.md.
#[derive(Parser)]
#[command(after_long_help = AFTER_HELP, verbatim_doc_comment)]
pub struct Analyze {
    /// Logs to read; standard input if none is given, or for -.
    pub files: Vec<PathBuf>,

    /// What to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How to print sizes in text and Markdown.
    #[arg(long, value_enum, default_value_t)]
    pub units: UnitsArg,

    /// What to order types and sites by, the largest first.
    #[arg(long, value_name = "BY", default_value = Sort::NAMES[0])]
    #[arg(value_parser = PossibleValuesParser::new(Sort::NAMES).try_map(|name| name.parse::<Sort>()))]
    pub sort: Sort,

    /// How many rows a table has at most; 0 for all. [default: 20 in text and Markdown, else 0]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,

    /// Show only types that match; * is any text, ? one character. Totals stay those of all types.
    #[arg(long = "type", value_name = "GLOB")]
    pub type_glob: Option<String>,

    /// Begin an iteration at each of the program's lines that match, and at each @MARK whose name does.
    ///
    /// The first capture names the iteration, or else the line does. Without
    /// this option every @MARK begins one. With three iterations or more, each
    /// type gets a verdict: systematic, one-off, bounded or noisy.
    #[arg(long, value_name = "REGEX")]
    pub mark: Option<Regex>,

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

    /// Exit with 1 if anything leaked.
    ///
    /// Anything means any allocation without a free, whatever the verdict.
    #[arg(long)]
    pub fail_on_leak: bool,
}

const AFTER_HELP: &str = "\
Examples:
  node app.mjs 2>&1 | unfreed analyze
  unfreed analyze --mark '^--- Iteration' --memory 'WASM memory.*: (.*)' app.log.gz
  unfreed analyze --observed 36.06MB 774.62MB --units mb app.log
  unfreed analyze --format json app.log | jq '.types[0]'

Exit codes:
  0  analysed
  1  leaks were found and --fail-on-leak was given
  2  wrong use, or a file that cannot be opened
  3  the input is incomplete or damaged, or has no records; findings are printed all the same,
     and --fail-on-leak does not change this code: what is missing may be the frees";

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A report for a terminal.
    #[default]
    Text,
    /// The same for a pull request or an issue.
    Markdown,
    /// Everything, for programs; docs/analysis-json.md describes it.
    Json,
    /// The figures of types and sites.
    Csv,
}

#[derive(Clone, Copy, Default, ValueEnum)]
pub enum UnitsArg {
    /// B, KiB, MiB, GiB or TiB, whichever fits.
    #[default]
    Auto,
    /// Bytes.
    Bytes,
    /// MB of 1,048,576 bytes.
    Mb,
}

fn size(text: &str) -> Result<u64, unfreed_events::size::SizeError> {
    unfreed_events::parse_size(text).map(|size| size.bytes)
}

/// Prints the completions of all commands.
pub fn print_completions(shell: Shell) -> anyhow::Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "unfreed", &mut script);
    io::Write::write_all(&mut io::stdout(), &script).context("cannot write to standard output")?;
    Ok(exit::ANALYSED)
}

/// Prints a man page.
pub fn print_man_page(command: Option<&str>) -> anyhow::Result<u8> {
    let mut all = Args::command();
    all.build();
    let page = match command {
        None => all,
        Some(name) => {
            let found = all.find_subcommand(name);
            found
                .cloned()
                .with_context(|| format!("there is no command '{name}'; see unfreed --help"))?
        }
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut roff)
        .context("cannot make the man page")?;
    io::Write::write_all(&mut io::stdout(), &roff).context("cannot write to standard output")?;
    Ok(exit::ANALYSED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Args::command().debug_assert();
    }
}
