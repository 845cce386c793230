//! The command `unfreed`: files, terminal and exit codes. What is found is the
//! engine's work, how it is shown the report's.

mod account;
mod analyze;
mod args;
mod baseline;
mod check;
mod dhat;
mod diff;
mod exit;
mod export;
mod foreign;
mod handles;
mod heaptrack;
mod inspect;
mod instrument;
mod marks;
mod memtrace;
mod output;
mod record;
mod report;
mod trace;
mod why;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Args, Command};

fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // A failing terminal leaves nothing to report to.
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() {
                exit::USAGE
            } else {
                exit::ANALYSED
            });
        }
    };
    let result = match args.command {
        Command::Account(options) => account::run(&options),
        Command::Analyze(options) => analyze::run(&options),
        Command::Check(options) => check::run(&options),
        Command::Handles(options) => handles::run(&options),
        Command::Why(options) => why::run(&options),
        Command::Diff(options) => diff::run(&options),
        Command::Baseline(options) => baseline::run(&options),
        Command::Report(options) => report::run(&options),
        Command::View(options) => report::view(&options),
        Command::Export(options) => export::run(&options),
        Command::Inspect(options) => inspect::run(&options),
        Command::Record(options) => record::run(&options),
        Command::Instrument(options) => instrument::run(&options),
        Command::Completions { shell } => args::print_completions(shell),
        Command::Man { command } => args::print_man_page(command.as_deref()),
    };
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) if output::is_broken_pipe(&error) => ExitCode::from(exit::ANALYSED),
        Err(error) => {
            let _ = writeln!(anstream::stderr(), "unfreed: {error:#}");
            ExitCode::from(exit::USAGE)
        }
    }
}
