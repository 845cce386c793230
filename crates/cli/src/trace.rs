//! Recordings: read and analysed.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek};
use std::path::Path;

use anyhow::Context;
use unfreed_engine::findings::Damage;
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::trace::{
    Facts, FileHeader, MAGIC, Recording, Records, Sink, Stage, Step, TraceReader,
};
use unfreed_events::{Names, Record, Sources};

use crate::analyze::{Analysed, source_name};
use crate::record::cache;
use crate::record::originals::Originals;

/// Records that are accounted at once.
const BATCH: usize = 16 * 1024;

/// Whether a file begins as a recording does.
pub fn is_trace(path: &Path) -> bool {
    let mut begin = [0; MAGIC.len()];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut begin));
    read.is_ok() && begin == MAGIC
}

/// Analyses a recording, whether it is finished or not.
pub fn analyse(path: &Path, options: &Options) -> anyhow::Result<Analysed> {
    account(path, options).with_context(|| format!("cannot read {}", path.display()))
}

fn account(path: &Path, options: &Options) -> anyhow::Result<Analysed> {
    let mut engine = Engine::new();
    let content = read(path, &mut |_, records| {
        engine.apply(records);
        Ok(())
    })?;
    let name = source_name(path);
    let mut sources = Sources::default();
    sources.push(name.as_str(), 0);
    let reasons = missing(&content.facts).into_iter().chain(content.damage);
    let damage = reasons.map(|reason| Damage {
        source: name.clone(),
        reason,
    });
    let input = Input::of_recording(content.facts.events, damage.collect());
    Ok(Analysed {
        findings: engine.finish(&content.names, &input, options),
        names: content.names,
        sources,
        facts: Some(content.facts),
    })
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

/// Takes records of a recording, with the names in them.
type Take<'a> = dyn FnMut(&Names, &[Record]) -> io::Result<()> + 'a;

/// Reads a recording, whether it is finished or not, and hands its records to
/// `take`, piece by piece.
pub fn read(path: &Path, take: &mut Take<'_>) -> anyhow::Result<Content> {
    let mut file = BufReader::new(File::open(path)?);
    let stage = FileHeader::read(&mut file)?.stage;
    file.rewind()?;
    match stage {
        Stage::Compact => compact(file, take),
        Stage::Raw => raw(file, take),
    }
}

fn compact(file: BufReader<File>, take: &mut Take<'_>) -> anyhow::Result<Content> {
    let mut reader = TraceReader::new(file)?;
    let mut records = Vec::new();
    while reader.decode(&mut records)? {
        take(reader.names(), &records)?;
        records.clear();
    }
    let damage = reader.damage();
    let damaged = (damage.blocks > 0 || damage.cut || !reader.has_ended()).then(|| {
        let cut = damage.cut || !reader.has_ended();
        format!(
            "{} of its blocks are damaged{}",
            damage.blocks,
            if cut { ", and it is cut short" } else { "" }
        )
    });
    let (names, facts) = reader.into_parts();
    Ok(Content {
        names,
        facts,
        damage: damaged,
    })
}

fn raw(file: BufReader<File>, take: &mut Take<'_>) -> anyhow::Result<Content> {
    let mut originals = Originals::new(&cache::folder()?);
    let mut sink = Pieces {
        records: Records::default(),
        take,
    };
    let (names, facts) = Recording::open(file, &mut originals)?.merge(&mut sink)?;
    Ok(Content {
        names,
        facts,
        damage: None,
    })
}

/// Hands the steps of a recording on as records, many at once.
struct Pieces<'a, 'b> {
    records: Records,
    take: &'a mut Take<'b>,
}

impl Pieces<'_, '_> {
    fn hand_on(&mut self, names: &Names) -> io::Result<()> {
        (self.take)(names, &self.records.records)?;
        self.records.records.clear();
        Ok(())
    }
}

impl Sink for Pieces<'_, '_> {
    fn begin(&mut self, _: &Names, _: &Facts) -> io::Result<()> {
        Ok(())
    }

    fn step(&mut self, names: &Names, step: &Step) -> io::Result<()> {
        self.records.step(names, step)?;
        match self.records.records.len() >= BATCH {
            true => self.hand_on(names),
            false => Ok(()),
        }
    }

    fn end(&mut self, names: &Names, _: &Facts) -> io::Result<()> {
        self.hand_on(names)
    }
}

/// What a recording says of itself that makes it incomplete.
pub fn missing(facts: &Facts) -> Vec<String> {
    let mut reasons = Vec::new();
    let missing = &facts.missing;
    let lost = missing.gaps.max(missing.reported) + missing.homeless;
    if lost > 0 {
        reasons.push(format!("{lost} events were lost while recording"));
    }
    let damage = &facts.source_damage;
    if damage.blocks > 0 || damage.cut {
        reasons.push(format!(
            "{} blocks of the raw recording were damaged{}",
            damage.blocks,
            if damage.cut {
                ", and it was cut short"
            } else {
                ""
            }
        ));
    }
    let killed = facts.unended_processes().count();
    if killed > 0 {
        reasons.push(format!(
            "{killed} of its processes did not end by themselves; how many of their last events are missing is unknown"
        ));
    }
    reasons
}
