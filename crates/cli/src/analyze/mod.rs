//! `unfreed analyze`: open the logs, decode and match them side by side, show
//! what was found.

mod ahead;
mod fill;
mod link;
mod pipeline;
mod progress;
mod show;
mod source;

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use globset::{GlobBuilder, GlobMatcher};
use unfreed_engine::{Findings, Options};
use unfreed_events::text::TextOptions;
use unfreed_report::{Sort, Units, View};

use crate::args::{Analyze, Format, Reading, UnitsArg};
use crate::exit;
use crate::foreign::Tool;
use crate::memtrace;
use crate::trace::{self, Scope};
use crate::why;

pub use self::pipeline::Analysed;
use self::source::Source;
pub use self::source::{begins_with, head as source_head, name as source_name, text as open_text};

/// How many rows a table for people has, if not said otherwise.
const DEFAULT_TOP: usize = 20;

/// Runs the command; the result is the exit code.
pub fn run(options: &Analyze) -> anyhow::Result<u8> {
    let types = options.type_glob.as_deref().map(glob).transpose()?;
    let engine_options = options.reading.engine_options();
    let analysed = analyse(&options.files, &options.reading, &engine_options)?;
    let view = View {
        findings: &analysed.findings,
        names: &analysed.names,
        sources: &analysed.sources,
        recording: analysed.facts.as_ref(),
        units: units(options.units),
        sort: options.sort,
        top: top(options),
        all_frames: options.all_frames,
        types,
    };
    let code = code(&analysed.findings, options.fail_on_leak);
    match show::show(&view, options.format) {
        // Whoever read the output has seen enough; the code stays true.
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(code),
        Err(error) => Err(error).context("cannot write to standard output"),
        Ok(()) => Ok(code),
    }
}

/// Analyses what was given: a recording, a file of another tool, or logs.
pub fn analyse(
    files: &[PathBuf],
    reading: &Reading,
    options: &Options,
) -> anyhow::Result<Analysed> {
    match alone(files)? {
        Some(Alone::Foreign(tool, path)) => tool.analyse(path, options),
        Some(Alone::Memtrace(path)) => memtrace::analyse(path, options),
        Some(Alone::Recording(path)) => {
            let scope = Scope {
                marks: &reading.marks,
                ..Scope::default()
            };
            let mut analysed = trace::analyse_within(path, options, &scope)?;
            why::explain(path, &mut analysed)?;
            Ok(analysed)
        }
        None => {
            let end = reading.marks.mark_end.as_ref();
            let analysed = pipeline::analyse(open(files)?, reading.text_options(), end, options);
            analysed.context("cannot start a thread")
        }
    }
}

impl Reading {
    fn text_options(&self) -> TextOptions {
        TextOptions {
            anywhere: self.anywhere,
            mark: self.marks.mark.clone(),
            memory: self.memory.clone(),
        }
    }

    /// What the engine is told.
    pub fn engine_options(&self) -> Options {
        let observed = self.observed.as_deref();
        Options {
            observed: observed.and_then(|sizes| Some((*sizes.first()?, *sizes.get(1)?))),
            ..Options::default()
        }
    }
}

impl Analysed {
    /// As a report for people shows it; `top` rows of a table, 0 for all.
    pub fn view(&self, units: UnitsArg, top: Option<usize>) -> View<'_> {
        View {
            findings: &self.findings,
            names: &self.names,
            sources: &self.sources,
            recording: self.facts.as_ref(),
            units: self::units(units),
            sort: Sort::default(),
            top: Some(top.unwrap_or(DEFAULT_TOP)).filter(|top| *top > 0),
            all_frames: false,
            types: None,
        }
    }

    /// The exit code of a command that looks for nothing to fail on.
    pub fn code(&self) -> u8 {
        match self.findings.input.is_incomplete() {
            true => exit::INCOMPLETE,
            false => exit::ANALYSED,
        }
    }
}

/// How sizes are shown.
pub fn units(units: UnitsArg) -> Units {
    match units {
        UnitsArg::Auto => Units::Auto,
        UnitsArg::Bytes => Units::Bytes,
        UnitsArg::Mb => Units::Mb,
    }
}

/// A file that is analysed alone: its times and addresses are its own.
enum Alone<'a> {
    Recording(&'a Path),
    Memtrace(&'a Path),
    Foreign(Tool, &'a Path),
}

impl<'a> Alone<'a> {
    fn of(path: &'a Path) -> Option<Alone<'a>> {
        if trace::is_trace(path) {
            return Some(Alone::Recording(path));
        }
        if memtrace::is_memtrace(path) {
            return Some(Alone::Memtrace(path));
        }
        Tool::of(path).map(|tool| Alone::Foreign(tool, path))
    }

    /// The path and what the file is.
    fn name(&self) -> (&Path, &'static str) {
        match self {
            Alone::Recording(path) | Alone::Memtrace(path) => (path, "a recording"),
            Alone::Foreign(tool, path) => (path, tool.file()),
        }
    }
}

/// The file to analyse alone, if one is given.
fn alone(files: &[PathBuf]) -> anyhow::Result<Option<Alone<'_>>> {
    let found = files.iter().find_map(|path| Alone::of(path));
    if let Some(found) = &found
        && files.len() > 1
    {
        let (path, kind) = found.name();
        anyhow::bail!(
            "{} is {kind}, which is analysed by itself: give it as the only file",
            path.display()
        );
    }
    Ok(found)
}

fn open(files: &[PathBuf]) -> anyhow::Result<Vec<Source>> {
    if files.is_empty() {
        if std::io::stdin().is_terminal() {
            let hint = "unfreed: reading the log from standard input; end it with Ctrl-D";
            let _ = writeln!(std::io::stderr(), "{hint}");
        }
        return Ok(vec![Source::stdin()]);
    }
    let open = |path: &PathBuf| match path == Path::new("-") {
        true => Ok(Source::stdin()),
        false => Source::open(path).with_context(|| format!("cannot open {}", source::name(path))),
    };
    files.iter().map(open).collect()
}

/// A pattern in which only `*` and `?` are special: type names have brackets
/// and braces of their own.
pub fn glob(pattern: &str) -> anyhow::Result<GlobMatcher> {
    let mut escaped = String::new();
    for c in pattern.chars() {
        match c {
            '[' | ']' | '{' | '}' | '\\' => escaped.extend(['[', c, ']']),
            _ => escaped.push(c),
        }
    }
    let glob = GlobBuilder::new(&escaped).backslash_escape(false).build();
    let glob = glob.with_context(|| format!("{pattern}: not a pattern of *, ? and text"))?;
    Ok(glob.compile_matcher())
}

fn top(options: &Analyze) -> Option<usize> {
    let default = match options.format {
        Format::Text | Format::Markdown => DEFAULT_TOP,
        Format::Json | Format::Csv => 0,
    };
    Some(options.top.unwrap_or(default)).filter(|top| *top > 0)
}

fn code(findings: &Findings, fail_on_leak: bool) -> u8 {
    let totals = &findings.totals;
    if findings.input.is_incomplete() || totals.allocations + totals.frees == 0 {
        exit::INCOMPLETE
    } else if fail_on_leak && totals.live > 0 {
        exit::LEAKS
    } else {
        exit::ANALYSED
    }
}
