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
use unfreed_events::{Names, Sources};

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
    read(path, options).with_context(|| format!("cannot read {}", path.display()))
}

fn read(path: &Path, options: &Options) -> anyhow::Result<Analysed> {
    let mut file = BufReader::new(File::open(path)?);
    let stage = FileHeader::read(&mut file)?.stage;
    file.rewind()?;
    let mut engine = Engine::new();
    let (names, facts, damage) = match stage {
        Stage::Compact => compact(file, &mut engine)?,
        Stage::Raw => raw(file, &mut engine)?,
    };
    let name = source_name(path);
    let mut sources = Sources::default();
    sources.push(name.as_str(), 0);
    let reasons = missing(&facts).into_iter().chain(damage);
    let damage = reasons.map(|reason| Damage {
        source: name.clone(),
        reason,
    });
    let input = Input::of_recording(facts.events, damage.collect());
    Ok(Analysed {
        findings: engine.finish(&names, &input, options),
        names,
        sources,
        facts: Some(facts),
    })
}

type Content = (Names, Facts, Option<String>);

fn compact(file: BufReader<File>, engine: &mut Engine) -> anyhow::Result<Content> {
    let mut reader = TraceReader::new(file)?;
    let mut records = Vec::new();
    while reader.decode(&mut records)? {
        engine.apply(&records);
        records.clear();
    }
    let damage = reader.damage();
    let damaged = (damage.blocks > 0 || damage.cut).then(|| {
        format!(
            "{} blocks of it are damaged{}",
            damage.blocks,
            if damage.cut {
                ", and it is cut short"
            } else {
                ""
            }
        )
    });
    let (names, facts) = reader.into_parts();
    Ok((names, facts, damaged))
}

fn raw(file: BufReader<File>, engine: &mut Engine) -> anyhow::Result<Content> {
    let mut originals = Originals::new(&cache::folder()?);
    let mut sink = Accounting {
        records: Records::default(),
        engine,
    };
    let (names, facts) = Recording::open(file, &mut originals)?.merge(&mut sink)?;
    Ok((names, facts, None))
}

/// Accounts for the steps of a recording.
struct Accounting<'a> {
    records: Records,
    engine: &'a mut Engine,
}

impl Accounting<'_> {
    fn account(&mut self) {
        self.engine.apply(&self.records.records);
        self.records.records.clear();
    }
}

impl Sink for Accounting<'_> {
    fn begin(&mut self, _: &Names, _: &Facts) -> io::Result<()> {
        Ok(())
    }

    fn step(&mut self, names: &Names, step: &Step) -> io::Result<()> {
        self.records.step(names, step)?;
        if self.records.records.len() >= BATCH {
            self.account();
        }
        Ok(())
    }

    fn end(&mut self, _: &Names, _: &Facts) -> io::Result<()> {
        self.account();
        Ok(())
    }
}

/// What a recording says of itself that makes it incomplete.
fn missing(facts: &Facts) -> Vec<String> {
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
            "{killed} of its processes were killed; up to 250 ms of their events are missing"
        ));
    }
    reasons
}
