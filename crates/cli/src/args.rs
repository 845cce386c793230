//! The command line. Help, man page and shell completions come from here.

mod check;
mod report;

use std::ffi::OsString;
use std::io;
use std::path::PathBuf;

use anyhow::Context;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args as Flattened, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use regex::bytes::Regex;
use unfreed_report::Sort;

use crate::exit;

pub use self::check::{Check, CheckFormat};
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
    Report(Report),
    View(View),
    Dump(Dump),
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
    /// The first capture names the iteration, or else the mark or the line does.
    /// Other marks are passed over, and what precedes the first that matches is
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

/// How a command is recorded.
#[derive(Clone, Flattened)]
pub struct Recording {
    /// The file to write. [default: <script>.<process id>.unfreed]
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Begin an iteration at each call of this export of a module; may be given more than once.
    #[arg(long = "mark-call", value_name = "EXPORT")]
    pub mark_calls: Vec<String>,

    /// Begin an iteration at each line of the program's output that matches (a JavaScript regular expression).
    #[arg(long, value_name = "REGEX")]
    pub mark_stdout: Option<String>,

    /// Begin an iteration each time this long has passed, such as 1s or 500ms.
    #[arg(long, value_name = "TIME", value_parser = milliseconds)]
    pub mark_every: Option<u64>,

    /// Copy the linear memories into the recording, to compare the account with the allocators' own headers: at the end, at each mark, at the marks called NAME, or when the program gets SIGUSR2; may be given more than once.
    ///
    /// A copy takes the disk space of all that is not zero in the memories.
    #[arg(long, value_name = "end|mark|mark:NAME|signal", value_parser = snapshot)]
    pub snapshot: Vec<SnapshotAt>,

    /// Say on standard error why a module was not rewritten.
    #[arg(long)]
    pub debug: bool,
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

/// Write a recording as a log, which unfreed analyze reads with the same findings.
///
/// The log is that of docs/log-format.md, version 2. It says of a site only
/// where the function is that asked for the memory, not the stack.
#[derive(Parser)]
#[command(verbatim_doc_comment)]
pub struct Dump {
    /// The recording.
    pub file: PathBuf,

    /// What to write.
    #[arg(long = "as", value_enum, default_value_t)]
    pub form: DumpForm,
}

/// What a recording can be written as.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum DumpForm {
    /// The text log.
    #[default]
    Log,
}

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

/// When linear memories are copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SnapshotAt {
    /// When the program, or a worker with memories of its own, ends.
    End,
    /// At each mark.
    EachMark,
    /// At the marks of this name.
    Mark(String),
    /// When the program gets SIGUSR2.
    Signal,
}

fn snapshot(text: &str) -> Result<SnapshotAt, String> {
    match (text, text.strip_prefix("mark:")) {
        ("end", _) => Ok(SnapshotAt::End),
        ("mark", _) => Ok(SnapshotAt::EachMark),
        ("signal", _) => Ok(SnapshotAt::Signal),
        (_, Some(name)) if !name.is_empty() => Ok(SnapshotAt::Mark(name.to_owned())),
        _ => Err(format!(
            "'{text}' is no moment; expected end, mark, mark:NAME or signal"
        )),
    }
}

/// A time as people write it: 1s, 500ms, 2m.
fn milliseconds(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let scale = match &text[digits.len()..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        unit => return Err(format!("'{unit}' is no unit of time; expected ms, s or m")),
    };
    let number: Option<u64> = digits.parse().ok();
    let time = number.and_then(|number| number.checked_mul(scale));
    time.filter(|time| *time > 0)
        .ok_or_else(|| format!("'{digits}' is no number of {}", &text[digits.len()..]))
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
  2  wrong usage, the file is no recording, or it has no snapshot
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

    #[test]
    fn snapshots_have_a_moment() {
        assert_eq!(snapshot("end"), Ok(SnapshotAt::End));
        assert_eq!(snapshot("mark"), Ok(SnapshotAt::EachMark));
        assert_eq!(snapshot("mark:end"), Ok(SnapshotAt::Mark("end".to_owned())));
        assert_eq!(snapshot("signal"), Ok(SnapshotAt::Signal));
        for text in ["", "marks", "mark:", "round 1"] {
            assert!(snapshot(text).is_err(), "{text}");
        }
    }
}
