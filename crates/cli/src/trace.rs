//! Recordings: read and analysed.

use std::fs::File;
use std::io::{self, BufReader, Seek};
use std::path::Path;

use anyhow::{Context, bail};
use unfreed_engine::findings::Damage;
use unfreed_engine::holders::Holders;
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::trace::{
    Facts, FileHeader, MAGIC, NextPages, Recording, Records, Sink, Snapshot, Stage, Step,
    ThreadTree, TraceReader,
};
use unfreed_events::{Event, Names, Record, Sources};

use crate::analyze::{Analysed, begins_with, source_name};
use crate::args::MarkChoice;
use crate::marks::Marks;
use crate::record::cache;
use crate::record::symbols::Symbols;
use crate::why::{Asking, Wanted};

/// Records that are accounted at once.
const BATCH: usize = 16 * 1024;

/// Whether a file begins as a recording does.
pub fn is_trace(path: &Path) -> bool {
    begins_with(path, MAGIC)
}

/// Fails for what is not there or is no recording; `instead` says what a log lacks.
pub fn require(path: &Path, instead: &str) -> anyhow::Result<()> {
    let file = path.display();
    std::fs::File::open(path).with_context(|| format!("cannot open {file}"))?;
    if !is_trace(path) {
        bail!("{file} is no recording; {instead}");
    }
    Ok(())
}

/// What of a recording is looked at.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    /// Where iterations begin and end.
    pub marks: &'a MarkChoice,
    /// As if it had ended at this time, in ns since it began.
    pub until: Option<u64>,
    /// Whether its program is expected to run still: that it has not ended, or is in the
    /// middle of writing, is no damage then, and what lies behind the mark that ends the
    /// last iteration is not looked at.
    pub is_running: bool,
    /// Of a recording whose program runs still: only these threads.
    pub thread: Option<ThreadTree>,
}

impl Default for Scope<'_> {
    fn default() -> Self {
        const ALL: &MarkChoice = &MarkChoice {
            mark: None,
            mark_end: None,
        };
        Scope {
            marks: ALL,
            until: None,
            is_running: false,
            thread: None,
        }
    }
}

/// Analyses a recording, whether it is finished or not.
pub fn analyse(path: &Path, options: &Options) -> anyhow::Result<Analysed> {
    analyse_within(path, options, &Scope::default())
}

/// Analyses what of a recording is to be looked at.
pub fn analyse_within(
    path: &Path,
    options: &Options,
    scope: &Scope<'_>,
) -> anyhow::Result<Analysed> {
    account(path, options, scope).with_context(|| format!("cannot read {}", path.display()))
}

fn account(path: &Path, options: &Options, scope: &Scope<'_>) -> anyhow::Result<Analysed> {
    let mut engine = Engine::of(options);
    let mut marks = Marks::new(scope.marks);
    let mut has_ended = false;
    let content = read(path, scope.thread, Snapshots::Read, &mut |piece| {
        marks.look(piece.names, &mut engine);
        let records = match scope.until {
            _ if has_ended => &[],
            None => piece.records,
            Some(until) => {
                let before = piece.before(until);
                has_ended = before.len() < piece.records.len();
                before
            }
        };
        engine.apply_recorded(piece.facts, piece.names, records);
        // Nothing is in a memory at its begin that could be compared.
        let snapshot = piece.snapshot.filter(|snapshot| !snapshot.is_begin());
        if let (Some(snapshot), Some(spaces), false) = (snapshot, engine.spaces(), has_ended) {
            spaces.check(snapshot);
        }
        has_ended |= scope.is_running && marks.are_over(records);
        Ok(match has_ended && scope.is_running {
            true => Next::Stop,
            false => Next::Read,
        })
    })?;
    let name = source_name(path);
    let mut sources = Sources::default();
    sources.push(name.as_str(), 0);
    let missing = match scope.is_running {
        true => missing_so_far(&content.facts),
        false => missing(&content.facts),
    };
    let reasons = missing.into_iter().chain(content.damage);
    let damage = reasons.map(|reason| Damage {
        source: name.clone(),
        reason,
    });
    let ended = content.facts.ended_threads();
    let ended = ended.filter_map(|name| content.names.find_word(name));
    let mut input = Input::of_recording(content.facts.events, damage.collect(), ended.collect());
    input.end_marks = marks.ends().to_vec();
    let mut names = content.names;
    let mut findings = engine.finish(&names, &input, options);
    marks.rename(&mut names, &mut findings);
    Ok(Analysed {
        findings,
        names,
        sources,
        facts: Some(content.facts),
    })
}

/// What holds the live blocks at the snapshots that are wanted.
pub fn holders(
    path: &Path,
    wanted: &[Wanted],
    asking: &Asking<'_>,
) -> anyhow::Result<Vec<Holders>> {
    let mut engine = Engine::new();
    let mut found = Vec::new();
    let mut refused = None;
    read(path, None, Snapshots::Read, &mut |piece| {
        engine.apply_recorded(piece.facts, piece.names, piece.records);
        if let Some(begin) = piece.snapshot.filter(|snapshot| snapshot.is_begin()) {
            engine.began(begin);
        }
        let is_wanted = |snapshot: &&Snapshot| {
            let said = &snapshot.said;
            wanted.contains(&(usize::from(snapshot.heap), said.time, said.what.snapshot))
        };
        if let Some(snapshot) = piece.snapshot.filter(is_wanted) {
            let question = asking.at(snapshot);
            match engine.holders(snapshot, &question) {
                Some(Ok(holders)) => found.push(holders),
                Some(Err(error)) => refused = Some(error),
                None => {}
            }
        }
        Ok(Next::Read)
    })
    .with_context(|| format!("cannot read {}", path.display()))?;
    match refused {
        Some(error) if found.is_empty() => Err(error)
            .with_context(|| format!("{}: what holds blocks cannot be told", path.display())),
        _ => Ok(found),
    }
}

/// What a recording has beside its records.
pub struct Content {
    /// What the ids in the records stand for.
    pub names: Names,
    /// What it says of itself.
    pub facts: Facts,
    /// What is wrong with the file.
    pub damage: Option<String>,
}

/// Some records of a recording.
pub struct Piece<'a> {
    /// In their order.
    pub records: &'a [Record],
    /// What the ids in them stand for.
    pub names: &'a Names,
    /// What the recording says of itself before its first record.
    pub facts: &'a Facts,
    /// A snapshot that was taken behind these records.
    pub snapshot: Option<&'a Snapshot>,
}

impl Piece<'_> {
    /// The records up to a time in ns.
    fn before(&self, until: u64) -> &[Record] {
        let is_later = |record: &Record| matches!(record.event, Event::Time { ns } if ns > until);
        let end = self.records.iter().position(is_later);
        &self.records[..end.unwrap_or(self.records.len())]
    }
}

/// Whether snapshots are wanted: they are large.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Snapshots {
    /// They are handed on, one at a time.
    Read,
    /// They are stepped over.
    Skipped,
}

/// Whether the rest of a recording is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is.
    Read,
    /// It is not.
    Stop,
}

/// Takes pieces of a recording.
type Take<'a> = dyn FnMut(&Piece<'_>) -> io::Result<Next> + 'a;

/// Reads a recording, whether it is finished or not, and hands its records to
/// `take`, piece by piece. One that is finished is not read for a `thread`.
pub fn read(
    path: &Path,
    thread: Option<ThreadTree>,
    snapshots: Snapshots,
    take: &mut Take<'_>,
) -> anyhow::Result<Content> {
    let mut file = BufReader::new(File::open(path)?);
    let stage = FileHeader::read(&mut file)?.stage;
    file.rewind()?;
    match stage {
        Stage::Compact if thread.is_some() => {
            anyhow::bail!("the recording is finished, so that it cannot be read for one thread")
        }
        Stage::Compact => compact(file, snapshots, take),
        Stage::Raw => raw(file, thread, snapshots, take),
    }
}

fn compact(
    file: BufReader<File>,
    snapshots: Snapshots,
    take: &mut Take<'_>,
) -> anyhow::Result<Content> {
    let mut reader = TraceReader::new(file)?;
    if snapshots == Snapshots::Read {
        reader = reader.with_snapshots();
    }
    let mut records = Vec::new();
    let mut is_stopped = false;
    while reader.decode(&mut records)? {
        let snapshot = reader.take_snapshot();
        let next = take(&Piece {
            records: &records,
            names: reader.names(),
            facts: reader.facts(),
            snapshot: snapshot.as_ref(),
        })?;
        records.clear();
        if next == Next::Stop {
            is_stopped = true;
            break;
        }
    }
    let damage = reader.damage();
    let is_cut = damage.cut || !(reader.has_ended() || is_stopped);
    let damaged = match (damage.blocks, is_cut) {
        (0, false) => None,
        (0, true) => Some("it is cut short".to_owned()),
        (blocks, false) => Some(format!("{blocks} of its blocks are damaged")),
        (blocks, true) => Some(format!(
            "{blocks} of its blocks are damaged, and it is cut short"
        )),
    };
    let (names, facts) = reader.into_parts();
    Ok(Content {
        names,
        facts,
        damage: damaged,
    })
}

fn raw(
    file: BufReader<File>,
    thread: Option<ThreadTree>,
    snapshots: Snapshots,
    take: &mut Take<'_>,
) -> anyhow::Result<Content> {
    let mut symbols = Symbols::new(&cache::folder()?);
    let mut sink = Pieces {
        records: Records::default(),
        facts: Facts::default(),
        snapshots,
        take,
        next: Next::Read,
    };
    let (names, facts) = Recording::open_for(thread, file, &mut symbols)?.merge(&mut sink)?;
    Ok(Content {
        names,
        facts,
        damage: None,
    })
}

/// Hands the steps of a recording on as records, many at once.
struct Pieces<'a, 'b> {
    records: Records,
    facts: Facts,
    snapshots: Snapshots,
    take: &'a mut Take<'b>,
    next: Next,
}

impl Pieces<'_, '_> {
    fn hand_on(&mut self, names: &Names, snapshot: Option<&Snapshot>) -> io::Result<()> {
        self.next = (self.take)(&Piece {
            records: &self.records.records,
            names,
            facts: &self.facts,
            snapshot,
        })?;
        self.records.records.clear();
        Ok(())
    }
}

impl Sink for Pieces<'_, '_> {
    fn begin(&mut self, _: &Names, facts: &Facts) -> io::Result<()> {
        self.facts.clone_from(facts);
        Ok(())
    }

    fn step(&mut self, names: &Names, step: &Step) -> io::Result<()> {
        self.records.step(names, step)?;
        let is_mark = matches!(step.event, Event::Mark { .. });
        match is_mark || self.records.records.len() >= BATCH {
            true => self.hand_on(names, None),
            false => Ok(()),
        }
    }

    fn snapshot(
        &mut self,
        names: &Names,
        mut snapshot: Snapshot,
        pages: &mut NextPages<'_>,
    ) -> io::Result<()> {
        if self.snapshots == Snapshots::Skipped {
            return Ok(());
        }
        snapshot.fill(pages)?;
        self.hand_on(names, Some(&snapshot))
    }

    fn wants_more(&self) -> bool {
        self.next == Next::Read
    }

    fn end(&mut self, names: &Names, _: &Facts) -> io::Result<()> {
        match self.next {
            Next::Read => self.hand_on(names, None),
            Next::Stop => Ok(()),
        }
    }
}

/// Events that are not in a recording.
fn lost(facts: &Facts) -> u64 {
    let missing = &facts.missing;
    missing.gaps.max(missing.reported) + missing.homeless
}

/// What a recording that is still written says of itself that makes it incomplete.
fn missing_so_far(facts: &Facts) -> Vec<String> {
    let mut reasons = Vec::new();
    let lost = lost(facts);
    if lost > 0 {
        reasons.push(format!(
            "{lost} events are missing: threads have not written them yet, or they were lost"
        ));
    }
    let damaged = facts.source_damage.blocks;
    if damaged > 0 {
        reasons.push(format!("{damaged} blocks of it are damaged"));
    }
    reasons
}

/// What a recording says of itself that makes it incomplete.
pub fn missing(facts: &Facts) -> Vec<String> {
    let mut reasons = Vec::new();
    let lost = lost(facts);
    if lost > 0 {
        reasons.push(format!("{lost} events were lost while recording"));
    }
    let damage = &facts.source_damage;
    let blocks = damage.blocks;
    match (blocks, damage.cut) {
        (0, false) => {}
        (0, true) => reasons.push("the raw recording was cut short".to_owned()),
        (_, false) => reasons.push(format!("{blocks} blocks of the raw recording were damaged")),
        (_, true) => reasons.push(format!(
            "{blocks} blocks of the raw recording were damaged, and it was cut short"
        )),
    }
    let killed = facts.unended_processes().count();
    if killed > 0 {
        reasons.push(format!(
            "{killed} of its processes did not end by themselves; how many of their last events are missing is unknown"
        ));
    }
    reasons
}
