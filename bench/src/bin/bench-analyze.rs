//! Measures `unfreed analyze` as its users run it: on a file and on a pipe,
//! beside `grep -c ^@` on the same file, which has to look at every byte too.
//!
//! The three take turns, so that other load on the machine meets all of them;
//! only their ratios mean something. A missed target is printed and is no
//! failure: that is for the reader to judge.

use std::env;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use unfreed_bench::replay;
use wait4::{ResUse, Wait4};

const USAGE: &str = "usage: bench-analyze [--rounds N] [UNFREED]";

/// Runs of the program in the log: 378 MB, 8.1 million events.
const REPEAT: u32 = 10;
const SEED: u64 = 1;

/// Targets: time relative to `grep`, and peak memory when reading from a pipe.
const MOST_RATIO: f64 = 1.5;
const MOST_PEAK_MIB: f64 = 200.0;

fn main() -> Result<()> {
    let target = target_dir()?;
    let settings = Settings::from_arguments(env::args().skip(1), &target)?;
    let log = target.join(format!("replay-{REPEAT}-{SEED}.log"));
    make_log(&log)?;
    let bytes = read_once(&log)?;

    let mut runs: [Vec<Run>; 3] = Default::default();
    for round in 1..=settings.rounds {
        eprintln!("round {round} of {}", settings.rounds);
        for (way, runs) in WAYS.iter().zip(&mut runs) {
            runs.push(way.run(&settings.unfreed, &log)?);
        }
    }
    print(&settings, bytes, &runs.map(|runs| Summary::of(&runs)));
    Ok(())
}

/// The folder of the build that this program belongs to: it is in
/// `TARGET/PROFILE/bench-analyze`.
fn target_dir() -> Result<PathBuf> {
    let this = env::current_exe().context("cannot tell where this program is")?;
    let target = this.ancestors().nth(2);
    Ok(target
        .context("this program is in no target folder")?
        .into())
}

struct Settings {
    rounds: usize,
    unfreed: PathBuf,
}

impl Settings {
    fn from_arguments(
        mut arguments: impl Iterator<Item = String>,
        target: &Path,
    ) -> Result<Settings> {
        let mut settings = Settings {
            rounds: 7,
            unfreed: target.join("release").join("unfreed"),
        };
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--rounds" => {
                    let rounds = arguments.next().context(USAGE)?;
                    settings.rounds = rounds.parse().context(USAGE)?;
                }
                option if option.starts_with('-') => bail!(USAGE),
                path => settings.unfreed = path.into(),
            }
        }
        ensure!(settings.rounds > 0, USAGE);
        let unfreed = settings.unfreed.display();
        ensure!(
            settings.unfreed.is_file(),
            "there is no {unfreed}: build it with 'cargo build --release'"
        );
        Ok(settings)
    }
}

/// Makes the log unless it is there; to make it anew, delete it.
fn make_log(log: &Path) -> Result<()> {
    if log.exists() {
        return Ok(());
    }
    eprintln!("writing {}", log.display());
    // Under its name it is complete, whenever this program is ended.
    let unfinished = log.with_extension("unfinished");
    let write = || {
        replay::write(&mut File::create(&unfinished)?, REPEAT, SEED)?;
        fs::rename(&unfinished, log)
    };
    write().with_context(|| format!("cannot write {}", log.display()))
}

/// Reads the log, so that it is in the page cache for all that follow. Returns
/// its length.
fn read_once(log: &Path) -> Result<u64> {
    let read = || io::copy(&mut File::open(log)?, &mut io::sink());
    read().with_context(|| format!("cannot read {}", log.display()))
}

/// One thing that is measured.
#[derive(Clone, Copy)]
enum Way {
    Grep,
    AnalyzeFile,
    AnalyzePipe,
}

const WAYS: [Way; 3] = [Way::Grep, Way::AnalyzeFile, Way::AnalyzePipe];

/// How it went. The peak is what the system tells when a process has ended, so
/// nothing is missed and nothing is disturbed by looking. On Linux it is never
/// less than the peak of the process that started it: about 30 MiB if this
/// program has just written the log, far below what matters.
struct Run {
    seconds: f64,
    /// Processor time of the process alone, on all cores: where other work
    /// keeps the cores busy, it is the steadier figure.
    cpu_seconds: f64,
    peak_bytes: u64,
}

impl Way {
    fn name(self) -> &'static str {
        match self {
            Way::Grep => "grep -c ^@ FILE",
            Way::AnalyzeFile => "unfreed analyze FILE",
            Way::AnalyzePipe => "cat FILE | unfreed analyze",
        }
    }

    fn run(self, unfreed: &Path, log: &Path) -> Result<Run> {
        let start = Instant::now();
        let used = match self {
            Way::Grep => grep(log)?,
            Way::AnalyzeFile => analyze(unfreed, Stdio::null(), Some(log))?.wait4()?,
            Way::AnalyzePipe => {
                let mut cat = Command::new("cat");
                let mut cat = cat.arg(log).stdout(Stdio::piped()).spawn()?;
                let pipe = cat.stdout.take().context("cat has no output")?;
                let used = analyze(unfreed, pipe.into(), None)?.wait4()?;
                cat.wait()?;
                used
            }
        };
        let (name, status) = (self.name(), used.status);
        ensure!(status.success(), "'{name}' failed: {status}");
        Ok(Run {
            seconds: start.elapsed().as_secs_f64(),
            cpu_seconds: (used.rusage.utime + used.rusage.stime).as_secs_f64(),
            peak_bytes: used.rusage.maxrss,
        })
    }
}

/// Its output goes through a pipe: GNU grep stops at the first match when it
/// writes to `/dev/null`.
fn grep(log: &Path) -> Result<ResUse> {
    let mut command = Command::new("grep");
    command.args(["-c", "^@"]).arg(log).stdout(Stdio::piped());
    let mut child = command.spawn().context("cannot start grep")?;
    let mut output = child.stdout.take().context("grep has no output")?;
    io::copy(&mut output, &mut io::sink())?;
    Ok(child.wait4()?)
}

fn analyze(unfreed: &Path, input: Stdio, log: Option<&Path>) -> Result<Child> {
    let mut command = Command::new(unfreed);
    command.arg("analyze").args(log).stdin(input);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn();
    child.with_context(|| format!("cannot start {}", unfreed.display()))
}

/// What all runs of one kind come to.
struct Summary {
    median: f64,
    minimum: f64,
    cpu_median: f64,
    peak_mib: f64,
}

impl Summary {
    fn of(runs: &[Run]) -> Summary {
        let seconds = sorted(runs.iter().map(|run| run.seconds));
        let cpu_seconds = sorted(runs.iter().map(|run| run.cpu_seconds));
        let peak = runs.iter().map(|run| run.peak_bytes).max();
        Summary {
            median: seconds[seconds.len() / 2],
            minimum: seconds[0],
            cpu_median: cpu_seconds[cpu_seconds.len() / 2],
            peak_mib: peak.unwrap_or(0) as f64 / 1_048_576.0,
        }
    }
}

fn sorted(seconds: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut seconds: Vec<f64> = seconds.collect();
    seconds.sort_by(f64::total_cmp);
    seconds
}

fn print(settings: &Settings, bytes: u64, summaries: &[Summary; 3]) {
    let [grep, file, pipe] = summaries;
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{megabytes:.1} MB (millions of bytes), {} rounds",
        settings.rounds
    );
    println!(
        "{:<28}{:>9}{:>9}{:>9}{:>10}{:>10}{:>8}{:>10}",
        "", "median s", "min s", "cpu s", "ratio med", "ratio min", "MB/s", "peak MiB"
    );
    for (way, summary) in WAYS.iter().zip(summaries) {
        println!(
            "{:<28}{:>9.3}{:>9.3}{:>9.3}{:>10.2}{:>10.2}{:>8.0}{:>10.1}",
            way.name(),
            summary.median,
            summary.minimum,
            summary.cpu_median,
            summary.median / grep.median,
            summary.minimum / grep.minimum,
            megabytes / summary.median,
            summary.peak_mib
        );
    }
    println!();
    judge(
        "file: median time / grep",
        file.median / grep.median,
        MOST_RATIO,
    );
    judge(
        "pipe: median time / grep",
        pipe.median / grep.median,
        MOST_RATIO,
    );
    judge("pipe: peak memory in MiB", pipe.peak_mib, MOST_PEAK_MIB);
}

fn judge(what: &str, value: f64, most: f64) {
    let verdict = if value <= most { "holds" } else { "MISSED" };
    println!("{what}: {value:.2}, target <= {most}: {verdict}");
}
