//! What `unfreed check` takes.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use unfreed_events::trace::ThreadTree;

use super::{Reading, Recording, UnitsArg};

/// Hold a program to budgets of what it may leak, and fail if one is broken.
///
/// Reads a recording or logs, or runs the command behind --, records it and reads that.
/// Without a budget, no byte may leak per iteration. A budget of a rate is broken only if
/// all of the interval of what was measured lies above it; what was set up once breaks
/// none. docs/check.md describes budgets, unfreed.toml, suppressions and JSON.
#[derive(Parser)]
#[command(after_long_help = AFTER_CHECK, verbatim_doc_comment)]
pub struct Check {
    /// A recording, or logs.
    #[arg(conflicts_with = "command", required_unless_present = "command")]
    pub files: Vec<PathBuf>,

    /// Allow at most LIMIT of something; may be given more than once.
    ///
    /// KIND is leaked_bytes, leaked_objects, memory_growth, holes_growth, handles or
    /// temporary (each per iteration), live_bytes or live_objects (at the end), peak_bytes,
    /// holes_bytes, holes_share or temporary_share. OF is type:GLOB, stack:PATTERN or
    /// class:GLOB. LIMIT is a number, a size such as 1KiB, or a share such as 30%.
    #[arg(long = "budget", value_name = "KIND[:OF]=LIMIT")]
    pub budgets: Vec<String>,

    /// Leave out that many iterations at the begin. [default: as many as differ from the rest, at most a quarter]
    #[arg(long, value_name = "N")]
    pub warm_up: Option<usize>,

    /// Judge a rate only with that many iterations behind the warm-up. [default: 4, which is the least]
    #[arg(long, value_name = "N")]
    pub iterations: Option<usize>,

    /// Read budgets from this file. [default: unfreed.toml in the current folder, if it is there]
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Leave out leaks that this file suppresses, in the syntax of LeakSanitizer.
    #[arg(long, value_name = "FILE")]
    pub suppressions: Option<PathBuf>,

    /// The program runs still: what it has not written yet is no damage.
    ///
    /// Events that other threads have not written yet count as missing where they are
    /// known. With --mark-end what lies behind that mark is not looked at.
    #[arg(long, conflicts_with = "command")]
    pub running: bool,

    /// Look only at one thread of one process, at the threads that it has started, and at their memories.
    ///
    /// Others may do anything meanwhile, as tests do that run side by side.
    #[arg(long, value_name = "PROCESS.THREAD", value_parser = thread_tree, requires = "running")]
    pub thread: Option<ThreadTree>,

    /// What to print.
    #[arg(long, value_enum, default_value_t)]
    pub format: CheckFormat,

    /// Write a test case for each budget to this file, as JUnit's XML.
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,

    /// Write a result for each culprit to this file, as SARIF 2.1.0.
    #[arg(long, value_name = "FILE")]
    pub sarif: Option<PathBuf>,

    /// Print annotations for GitHub Actions, and append the summary to the file that GITHUB_STEP_SUMMARY names.
    #[arg(long)]
    pub github: bool,

    /// How to print sizes in text and Markdown.
    #[arg(long, value_enum, default_value_t)]
    pub units: UnitsArg,

    /// Show stacks with all frames: also those of allocators, standard libraries and glue.
    #[arg(long)]
    pub all_frames: bool,

    #[command(flatten)]
    pub reading: Reading,

    #[command(flatten)]
    pub recording: Recording,

    /// A command to record and to check, and its arguments.
    #[arg(last = true)]
    pub command: Vec<OsString>,
}

/// What `unfreed check` prints.
#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// A report for a terminal.
    #[default]
    Text,
    /// The same for a pull request or an issue.
    Markdown,
    /// Everything, for programs; docs/check.md describes it.
    Json,
}

fn thread_tree(text: &str) -> Result<ThreadTree, String> {
    let numbers = text.split_once('.');
    let numbers =
        numbers.and_then(|(process, thread)| Some((process.parse().ok()?, thread.parse().ok()?)));
    match numbers {
        Some((process, thread)) => Ok(ThreadTree { process, thread }),
        None => Err(format!(
            "'{text}' is no thread; expected PROCESS.THREAD, such as 4711.0"
        )),
    }
}

const AFTER_CHECK: &str = "\
Examples:
  unfreed check -- node app.mjs
  unfreed check --budget leaked_bytes=0 --budget holes_share=30% run.unfreed
  unfreed check --budget 'leaked_objects:type:Proof*=2' --warm-up 3 app.log
  unfreed check --format json run.unfreed | jq .outcome
  unfreed check --junit check.xml --sarif check.sarif --github -- npx vitest run

Exit codes:
  0  all budgets were kept
  1  a budget was broken
  2  wrong usage, or a file that cannot be opened
  3  it cannot be told: the input is incomplete, there are too few iterations, or what a
     budget is of was not measured
A command that fails comes before these: its exit code is that of unfreed check.
A broken budget comes before one that cannot be judged, an incomplete input before both.";

#[cfg(test)]
mod tests {
    use super::{ThreadTree, thread_tree};

    #[test]
    fn a_thread_is_a_process_and_a_number() {
        let main = ThreadTree {
            process: 4711,
            thread: 0,
        };
        assert_eq!(thread_tree("4711.0"), Ok(main));
        for text in ["", "4711", "4711.", ".0", "4711.main", "4711.0.1", "-1.0"] {
            assert!(thread_tree(text).is_err(), "{text}");
        }
    }
}
