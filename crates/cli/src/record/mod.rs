//! `unfreed record`: run a command, have its modules report what their
//! allocators do, and say what was found.

pub mod cache;
mod child;
mod compact;
mod hook;
pub mod symbols;

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;
use unfreed_engine::Options;
use unfreed_events::trace::{FileHeader, Stage};
use unfreed_report::{Sort, Units, View, summary, to_text};

use crate::args::{Record, Recording, SnapshotAt};
use crate::trace;
use crate::why;

/// Rows of a table in the summary.
const SUMMARY_ROWS: usize = 5;

/// A command that was recorded.
pub struct Recorded {
    /// The recording.
    pub file: PathBuf,
    /// The command's exit code.
    pub code: u8,
}

/// Runs the command; the result is the exit code, which is that of what was
/// recorded.
pub fn run(options: &Record) -> anyhow::Result<u8> {
    let recorded = record(&options.recording, &options.command, None)?;
    if !options.quiet
        && let Err(error) = summarise(&recorded.file, options)
    {
        warn(&format!("{error:#}"));
    }
    Ok(recorded.code)
}

/// Runs a command and records it. `log` is where processes with probes of their own are
/// to write their logs.
pub fn record(
    options: &Recording,
    command: &[OsString],
    log: Option<OsString>,
) -> anyhow::Result<Recorded> {
    let cache = cache::folder()?;
    let hook =
        hook::unpack(&cache).with_context(|| format!("cannot write to {}", cache.display()))?;
    let file = options
        .output
        .clone()
        .unwrap_or_else(|| default_file(command));
    let file = std::path::absolute(&file).context("cannot tell the current folder")?;
    begin(&file)?;
    let program = command.first().map(PathBuf::from).unwrap_or_default();
    let environment = environment(options, &file, &hook, &cache)?;
    let status = child::run(
        command,
        environment
            .into_iter()
            .chain(log.map(|log| ("UNFREED_LOG", log))),
        &child::armed_folder(&cache),
        options.snapshot.contains(&SnapshotAt::Signal),
    )
    .inspect_err(|_| {
        // Nothing was recorded, so nothing is left behind.
        let _ = std::fs::remove_file(&file);
    })
    .with_context(|| format!("cannot run {}", program.display()))?;
    // From here on the command's exit code is the answer, whatever happens.
    if let Err(error) = compact::finish(&file, &cache) {
        let shown = file.display();
        warn(&format!(
            "cannot finish {shown}; it can be read as it is: {error}"
        ));
    }
    cache::clean(&cache);
    Ok(Recorded {
        file,
        code: child::code(status),
    })
}

fn warn(message: &str) {
    let _ = writeln!(anstream::stderr(), "unfreed: {message}");
}

/// Creates the recording with nothing in it.
fn begin(file: &Path) -> anyhow::Result<()> {
    File::create(file)
        .and_then(|mut created| created.write_all(&FileHeader::new(Stage::Raw).encode()))
        .with_context(|| format!("cannot write {}", file.display()))
}

/// What the command's processes need to know.
fn environment(
    options: &Recording,
    file: &Path,
    hook: &Path,
    cache: &Path,
) -> anyhow::Result<[(&'static str, OsString); 2]> {
    let binary = std::env::current_exe().context("cannot tell where this program is")?;
    let recording = json!({
        "file": file,
        "binary": binary,
        "cache": cache,
        "armed": child::armed_folder(cache),
        "mark_calls": options.mark_calls,
        "mark_stdout": options.mark_stdout,
        "mark_every_ms": options.mark_every,
        "snapshot": snapshots(&options.snapshot),
        "debug": options.debug,
    });
    Ok([
        ("NODE_OPTIONS", node_options(hook)),
        ("UNFREED_RECORDING", recording.to_string().into()),
    ])
}

/// When the hook takes snapshots; null: never.
fn snapshots(asked: &[SnapshotAt]) -> Option<serde_json::Value> {
    let names = asked.iter().filter_map(|at| match at {
        SnapshotAt::Mark(name) => Some(name),
        _ => None,
    });
    (!asked.is_empty()).then(|| {
        json!({
            "end": asked.contains(&SnapshotAt::End),
            "marks": asked.contains(&SnapshotAt::EachMark),
            "names": names.collect::<Vec<_>>(),
            "signal": asked.contains(&SnapshotAt::Signal),
        })
    })
}

/// What Node is told by `NODE_OPTIONS`, with what it was told before. A path in
/// quotes may hold spaces; quotes and backslashes in it are escaped.
fn node_options(hook: &Path) -> OsString {
    let path = hook.to_string_lossy();
    let path = path.replace('\\', "\\\\").replace('"', "\\\"");
    let mut node_options = OsString::from(format!("--require \"{path}\""));
    if let Some(before) = std::env::var_os("NODE_OPTIONS") {
        node_options.push(" ");
        node_options.push(before);
    }
    node_options
}

/// A name that says what was recorded and is not taken by another recording of
/// the same: `app.4711.unfreed`.
fn default_file(command: &[OsString]) -> PathBuf {
    let script = command.iter().skip(1).map(Path::new);
    let script = script
        .filter(|argument| argument.extension().is_some())
        .find_map(Path::file_stem);
    let program = || command.first().map(Path::new).and_then(Path::file_stem);
    let stem = script
        .or_else(program)
        .map_or("recording".into(), |stem| stem.to_string_lossy());
    PathBuf::from(format!("{stem}.{}.unfreed", std::process::id()))
}

/// Says on standard error what was found: standard output is the command's.
fn summarise(file: &Path, options: &Record) -> anyhow::Result<()> {
    let mut analysed = trace::analyse(file, &Options::default())?;
    if let Err(error) = why::explain(file, &mut analysed) {
        warn(&format!("{error:#}"));
    }
    let view = View {
        findings: &analysed.findings,
        names: &analysed.names,
        sources: &analysed.sources,
        recording: analysed.facts.as_ref(),
        units: Units::Auto,
        sort: Sort::default(),
        top: Some(SUMMARY_ROWS),
        all_frames: options.all_frames,
        types: None,
    };
    let checks = analysed.findings.spaces.as_ref();
    if !options.recording.snapshot.is_empty()
        && checks.is_none_or(|spaces| spaces.self_checks().is_empty())
    {
        warn("no snapshot was taken: the moment never came, or no memory was there");
    }
    let mut error = anstream::stderr();
    let shown = error
        .write_all(to_text(&summary(&view)).as_bytes())
        .and_then(|()| {
            writeln!(
                error,
                "\nThe recording is in {0}. To see all of it:  unfreed analyze {0}",
                file.display()
            )
        });
    match shown {
        // Nobody reads it, which changes nothing.
        Err(_) | Ok(()) => Ok(()),
    }
}
