//! The command line. Help, man page and shell completions come from here.

mod check;
mod diff;
mod export;
mod reading;
mod recording;
mod report;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use unfreed_report::Sort;

use crate::exit;

pub use self::check::{Check, CheckFormat};
pub use self::diff::{Baseline, Diff};
pub use self::export::{By, Export, ExportFormat, Unit};
pub use self::reading::{MarkChoice, Reading};
pub use self::recording::{Recording, SnapshotAt};
pub use self::report::{Picture, Report, View};

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
    Record(Record),
    Analyze(Analyze),
    Check(Box<Check>),
    Account(Account),
    Handles(Handles),
    Why(Why),
    Diff(Diff),
    Baseline(Baseline),
    Report(Report),
    View(View),
    Export(Export),
    Instrument(Instrument),
    Inspect(Inspect),
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

    /// Show stacks with all frames: also those of allocators, standard libraries and glue.
    #[arg(long)]
    pub all_frames: bool,

    /// Show only types that match; * is any text, ? one character. Totals stay those of all types.
    #[arg(long = "type", value_name = "GLOB")]
    pub type_glob: Option<String>,

    #[command(flatten)]
    pub reading: Reading,

    /// Exit with 1 if anything leaked.
    ///
    /// Anything means any allocation without a free, whatever the verdict.
    #[arg(long)]
    pub fail_on_leak: bool,
}

/// Run a command and record every allocation of the WebAssembly modules that it loads.
///
/// The command is anything that ends in Node: node, npm, npx, a test runner.
/// Modules need no rebuild and no debug information: they are rewritten while
/// they are loaded. Worker threads and child processes are recorded too. When
/// the command ends, what it leaked is summarised on standard error; its
/// output, its input and its exit code are its own.
///
/// A mark begins an iteration, and with three iterations or more each type gets
/// a verdict. The program sets one with globalThis.unfreed?.mark("name"), which
/// does nothing without unfreed.
#[derive(Parser)]
#[command(after_long_help = AFTER_RECORD, verbatim_doc_comment)]
pub struct Record {
    #[command(flatten)]
    pub recording: Recording,

    /// Show stacks with all frames: also those of allocators, standard libraries and glue.
    #[arg(long)]
    pub all_frames: bool,

    /// Say nothing at the end.
    #[arg(short, long)]
    pub quiet: bool,

    /// The command and its arguments.
    #[arg(last = true, required = true)]
    pub command: Vec<OsString>,
}

const AFTER_RECORD: &str = "\
Examples:
  unfreed record -- node app.mjs
  unfreed record -o leak.unfreed --mark-call prove -- npx vitest run
  unfreed record --snapshot end -- node app.mjs
  unfreed analyze leak.unfreed

The exit code is that of the command, or 128 and the number of the signal that ended it;
2 if it cannot be run.";

/// Say where every byte of linear memory is: leak, overhead, fragmentation or reserve.
///
/// At any moment each linear memory is cut into classes that never overlap and
/// add up to its size: static data, shadow stacks, live payload, the allocator's
/// overhead, holes between blocks, and what is free above them. Without options
/// the account goes from the start of a recording to its end.
///
/// A moment is start, peak (of live bytes), end, or the name of a mark.
#[derive(Parser)]
#[command(after_long_help = AFTER_ACCOUNT, verbatim_doc_comment)]
pub struct Account {
    /// The recording.
    pub file: PathBuf,

    /// Account from the start to this moment, or to a time since the start, such as 1.5s.
    #[arg(long, value_name = "MOMENT", conflicts_with = "between")]
    pub at: Option<String>,

    /// Account for what changed from one moment to another.
    #[arg(long, num_args = 2, value_names = ["FROM", "TO"])]
    pub between: Option<Vec<String>>,

    #[command(flatten)]
    pub marks: MarkChoice,

    /// Show only this one of several memories, counted from 0.
    #[arg(long, value_name = "N")]
    pub memory: Option<usize>,

    /// What to print; docs/account.md describes JSON and CSV.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How to print sizes in text and Markdown.
    #[arg(long, value_enum, default_value_t)]
    pub units: UnitsArg,

    /// How many rows a table has at most; 0 for all. [default: 20]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

const AFTER_ACCOUNT: &str = "\
Examples:
  unfreed account pool.unfreed
  unfreed account pool.unfreed --between 'cycle 2' end
  unfreed account pool.unfreed --at peak --format json

Exit codes:
  0  accounted for
  2  wrong usage, or the file is no recording
  3  the recording is cut short or damaged, or events of it are missing";

/// Say which JavaScript objects own something in linear memory, and which of them nobody freed.
///
/// Modules made with wasm-bindgen have classes in JavaScript. An object of such a
/// class is a handle: it owns a value in linear memory, which stays until free()
/// is called, a call takes it over, or, with newer glue, the garbage collector comes
/// across the object. Of each class this says how many were made and what became of
/// them, what they take, whether they grow from mark to mark, and who made those that
/// nobody freed.
///
/// Handles are recorded by unfreed record without being asked for. What is
/// recognised, and what is not, is in docs/handles.md.
#[derive(Parser)]
#[command(after_long_help = AFTER_HANDLES, verbatim_doc_comment)]
pub struct Handles {
    /// The recording.
    pub file: PathBuf,

    /// What to print; docs/handles.md describes JSON and CSV.
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,

    /// How to print sizes in text and Markdown.
    #[arg(long, value_enum, default_value_t)]
    pub units: UnitsArg,

    /// How many rows a table has at most; 0 for all. [default: 20]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,

    /// Show stacks with all frames: also those of glue.
    #[arg(long)]
    pub all_frames: bool,
}

const AFTER_HANDLES: &str = "\
Examples:
  unfreed record -o app.unfreed -- node app.mjs
  unfreed handles app.unfreed
  unfreed handles app.unfreed --format json --top 0

Exit codes:
  0  shown
  2  wrong usage, or the file is no recording
  3  the recording is cut short or damaged, or events of it are missing";

/// Rewrite one module so that it reports what its allocator does.
///
/// The rewritten module imports its reporting functions from the module
/// "unfreed". unfreed record does this by itself; this command is for other
/// hosts.
#[derive(Parser)]
#[command(verbatim_doc_comment)]
pub struct Instrument {
    /// The module; standard input for -.
    pub input: PathBuf,

    /// Where to write the rewritten module.
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,

    /// Name a function of the allocator instead of having it found, such as malloc=my_alloc or free=236.
    ///
    /// The parts are malloc, free, realloc, calloc, memalign and posix_memalign;
    /// the function is an export, a symbol or an index.
    #[arg(long, value_name = "PART=FUNCTION")]
    pub allocator: Vec<String>,

    /// Run this program, which is Node, to try an allocator that was found by
    /// what it looks like; functions that do not behave like one are not wrapped.
    #[arg(long, value_name = "NODE", conflicts_with = "allocator")]
    pub check_with: Option<PathBuf>,

    /// Write what was found, as JSON; beside it, with the extensions .map and
    /// .original, what is needed to tell where places of the new module were.
    #[arg(long, value_name = "FILE")]
    pub facts: Option<PathBuf>,

    /// Do not say what was found.
    #[arg(short, long)]
    pub quiet: bool,
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

/// Say what a WebAssembly module is and where its allocator is.
///
/// Shows what made it, its functions, memory and features, each allocator with
/// the functions that a recording would wrap, and what tells so.
#[derive(Parser)]
#[command(after_long_help = AFTER_INSPECT_HELP, verbatim_doc_comment)]
pub struct Inspect {
    /// The module to read, a .wasm file; - for standard input.
    #[arg(value_name = "IN.wasm")]
    pub module: PathBuf,

    /// Print everything as JSON.
    #[arg(long)]
    pub json: bool,

    /// Take this function for that part of the allocator, instead of looking for it.
    ///
    /// PART is malloc, free, realloc, calloc, memalign or posix_memalign.
    /// FUNCTION is the index of a function, or the name of an export or symbol.
    /// malloc and free are needed; give the option once for each part.
    #[arg(long, value_name = "PART=FUNCTION")]
    pub allocator: Vec<String>,
}

const AFTER_INSPECT_HELP: &str = "\
Examples:
  unfreed inspect app_bg.wasm
  unfreed inspect --allocator malloc=my_alloc --allocator free=236 app.wasm
  unfreed inspect --json app.wasm | jq '.allocators[0].hooks'

Exit codes:
  0  read, whether or not an allocator was found
  2  wrong use, or a file that cannot be opened
  3  the file is no WebAssembly module, or a damaged one";

/// Say what holds the blocks that are live: a static, a JS object, a thread that ended, or nothing.
///
/// This needs a snapshot of linear memory in the recording: record with --snapshot end,
/// or at marks. All words of memory that look like pointers to live blocks are followed
/// from static data, shadow stacks and JS handles on. Each live block is then reachable
/// from one of these, possibly lost (only pointers to its inside lead to it), indirectly
/// lost (only lost blocks point to it) or definitely lost. The retained size of a block
/// or a handle is what would be held by nothing without it.
#[derive(Parser)]
#[command(after_long_help = AFTER_WHY, verbatim_doc_comment)]
pub struct Why {
    /// The recording.
    pub file: PathBuf,

    /// What leads to this: an address in linear memory (0x1040), a type, a class of JS
    /// handles, or a part of a function or file in the stack of allocations. Without it,
    /// a survey of all.
    pub what: Option<String>,

    /// The snapshot to look at: end, signal, or the mark that it was taken at (the last of
    /// that name); without it, the last.
    #[arg(long, value_name = "SNAPSHOT")]
    pub at: Option<String>,

    /// What to print; docs/why.md describes JSON.
    #[arg(long, value_enum, default_value_t)]
    pub format: WhyFormat,

    /// How to print sizes in text and Markdown.
    #[arg(long, value_enum, default_value_t)]
    pub units: UnitsArg,

    /// How many rows a table has at most; 0 for all. [default: 20]
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
}

const AFTER_WHY: &str = "\
Examples:
  unfreed record --snapshot end -o run.unfreed -- node app.mjs
  unfreed why run.unfreed
  unfreed why run.unfreed Document
  unfreed why run.unfreed 0x110f28

Exit codes:
  0  said
  2  wrong usage, the file is no recording, or it has no snapshot, or none of what was asked for was live
  3  the recording is cut short or damaged, or events of it are missing";

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum WhyFormat {
    /// A report for a terminal.
    #[default]
    Text,
    /// The same for a pull request or an issue.
    Markdown,
    /// Everything, for programs; docs/why.md describes it.
    Json,
}

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
