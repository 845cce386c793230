//! The records of anything that has records, in their order.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

use anyhow::bail;
use unfreed_events::Names;
use unfreed_events::heaptrack::HeaptrackReader;
use unfreed_events::memtrace::MemtraceReader;
use unfreed_events::text::{TextOptions, TextStats};
use unfreed_report::Part;
use unfreed_rewrite::demangle::demangled;

use crate::analyze::{self, Alone, Source, open_text, read_log, source_name};
use crate::args::Reading;
use crate::foreign::Tool;
use crate::trace::{self, Next, Snapshots};

/// Takes records.
type Take<'a> = dyn FnMut(&Part<'_>) -> io::Result<()> + 'a;

/// An input whose records can be read.
pub enum Stream<'a> {
    /// A recording.
    Recording(&'a Path),
    /// A trace of memtrace.
    Memtrace(&'a Path),
    /// A file of heaptrack.
    Heaptrack(&'a Path),
    /// Logs.
    Logs(Vec<Source>, TextOptions),
}

/// What an input has beside its records.
pub struct Read {
    /// What the ids in them stand for.
    pub names: Names,
    /// What makes it incomplete.
    pub missing: Vec<String>,
}

impl<'a> Stream<'a> {
    /// Looks what the files are.
    pub fn open(files: &'a [PathBuf], reading: &Reading) -> anyhow::Result<Stream<'a>> {
        Ok(match analyze::alone(files)? {
            Some(Alone::Recording(path)) => Stream::Recording(path),
            Some(Alone::Memtrace(path)) => Stream::Memtrace(path),
            Some(Alone::Foreign(Tool::Heaptrack, path)) => Stream::Heaptrack(path),
            Some(Alone::Foreign(Tool::Dhat, path)) => bail!(
                "{} is {}, which has sums by stack and no allocations: it can be exported as pprof, folded, speedscope, firefox, chrome or csv",
                source_name(path),
                Tool::Dhat.file()
            ),
            None => Stream::Logs(analyze::open(files)?, reading.text_options()),
        })
    }

    /// Reads it to its end.
    pub fn read(self, take: &mut Take<'_>) -> anyhow::Result<Read> {
        match self {
            Stream::Recording(path) => recording(path, take),
            Stream::Memtrace(path) => memtrace(path, take),
            Stream::Heaptrack(path) => heaptrack(path, take),
            Stream::Logs(sources, text) => logs(sources, text, take),
        }
    }
}

fn recording(path: &Path, take: &mut Take<'_>) -> anyhow::Result<Read> {
    let content = trace::read(path, None, Snapshots::Skipped, &mut |piece| {
        take(&Part {
            records: piece.records,
            names: piece.names,
            facts: Some(piece.facts),
        })?;
        Ok(Next::Read)
    })?;
    let mut missing = trace::missing(&content.facts);
    missing.extend(content.damage);
    Ok(Read {
        names: content.names,
        missing,
    })
}

fn memtrace(path: &Path, take: &mut Take<'_>) -> anyhow::Result<Read> {
    let mut reader = MemtraceReader::new(BufReader::new(File::open(path)?))?;
    let (mut records, mut goes_on) = (Vec::new(), true);
    while goes_on {
        goes_on = reader.decode(&mut records)?;
        take(&Part {
            records: &records,
            names: reader.names(),
            facts: None,
        })?;
        records.clear();
    }
    let missing = reader.damage().map(|damage| damage.to_string());
    Ok(Read {
        missing: missing.into_iter().collect(),
        names: reader.into_names(),
    })
}

fn heaptrack(path: &Path, take: &mut Take<'_>) -> anyhow::Result<Read> {
    let mut reader = HeaptrackReader::new(BufReader::new(open_text(path)?), demangled)?;
    let (mut records, mut goes_on) = (Vec::new(), true);
    while goes_on {
        goes_on = reader.decode(&mut records)?;
        take(&Part {
            records: &records,
            names: reader.names(),
            facts: None,
        })?;
        records.clear();
    }
    let missing = reader.damage().map(|damage| damage.to_string());
    Ok(Read {
        missing: missing.into_iter().collect(),
        names: reader.into_names(),
    })
}

fn logs(sources: Vec<Source>, text: TextOptions, take: &mut Take<'_>) -> anyhow::Result<Read> {
    let read = read_log(sources, text, &mut |names, records| {
        take(&Part {
            records,
            names,
            facts: None,
        })
    })?;
    let damage = read.damage.into_iter();
    let mut missing: Vec<String> = damage
        .map(|damage| format!("{}: {}", damage.source, damage.reason))
        .collect();
    missing.extend(malformed(&read.stats));
    Ok(Read {
        names: read.names,
        missing,
    })
}

/// What is said of lines that are no records.
pub fn malformed(lines: &TextStats) -> Option<String> {
    let malformed = lines.malformed_lines();
    (malformed > 0).then(|| format!("{malformed} lines that start with @ are malformed"))
}
