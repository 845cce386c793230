//! Two Parquet files: one row per allocation, and the frames of the stacks.

mod table;

use std::io::Write;

use parquet::data_type::ByteArray;
use unfreed_engine::lifetimes::{Change, End, Life, Lifetimes, Moment};
use unfreed_events::fold::folded;
use unfreed_events::stacks::Frame;
use unfreed_events::{Names, SiteId, WordId};

use self::table::{Cell, Kind, Table};
use super::frames::FrameStyle;
use super::{ExportError, Part, RecordWriter, Rest};

/// `docs/exports.md` describes the columns.
const ALLOCATIONS: [(&str, Kind); 17] = [
    ("event", Kind::Long),
    ("time_ns", Kind::LongIfAny),
    ("thread", Kind::TextIfAny),
    ("iteration", Kind::Int),
    ("memory", Kind::TextIfAny),
    ("address", Kind::LongIfAny),
    ("id", Kind::Long),
    ("site", Kind::Int),
    ("type", Kind::Text),
    ("size", Kind::Long),
    ("last_size", Kind::Long),
    ("allocated_bytes", Kind::Long),
    ("state", Kind::Text),
    ("freed_event", Kind::LongIfAny),
    ("freed_time_ns", Kind::LongIfAny),
    ("freed_thread", Kind::TextIfAny),
    ("freed_iteration", Kind::IntIfAny),
];

const FRAMES: [(&str, Kind); 11] = [
    ("site", Kind::Int),
    ("depth", Kind::Int),
    ("type", Kind::Text),
    ("kind", Kind::Text),
    ("function", Kind::Text),
    ("module", Kind::TextIfAny),
    ("file", Kind::TextIfAny),
    ("line", Kind::LongIfAny),
    ("column", Kind::LongIfAny),
    ("offset", Kind::IntIfAny),
    ("passes_on", Kind::Flag),
];

/// Writes a row for each allocation when its block is freed, and at the end for those
/// that are not; then the frames of all sites. Memory is in proportion to what is live,
/// and to a row group.
pub struct ParquetWriter<W: Write + Send> {
    allocations: Table<W>,
    stacks: Table<W>,
    style: FrameStyle,
    lifetimes: Lifetimes,
    /// The memories of a recording, whose ids are addresses in them.
    memories: Option<Vec<ByteArray>>,
    threads: Texts,
    types: Texts,
    /// The sites up to this one may have allocated.
    sites: u32,
}

impl<W: Write + Send> ParquetWriter<W> {
    /// A writer of two files that have nothing but their beginning.
    ///
    /// # Errors
    ///
    /// If the outputs take no more.
    pub fn new(allocations: W, stacks: W) -> Result<ParquetWriter<W>, ExportError> {
        Ok(ParquetWriter {
            allocations: Table::new(allocations, "allocations", &ALLOCATIONS)?,
            stacks: Table::new(stacks, "stacks", &FRAMES)?,
            style: FrameStyle {
                all_frames: true,
                ..FrameStyle::default()
            },
            lifetimes: Lifetimes::default(),
            memories: None,
            threads: Texts::default(),
            types: Texts::default(),
            sites: 0,
        })
    }

    fn row(&mut self, names: &Names, life: &Life, end: &End) -> Result<(), ExportError> {
        let (state, freed) = match *end {
            End::Freed(at) => ("freed", Some(at)),
            End::Superseded(at) => ("superseded", Some(at)),
            End::Live => ("leaked", None),
        };
        let type_id = names.site_type(life.site);
        let type_name = type_id.map_or(("", 0), |id| (names.type_name(id), id.0));
        let (memory, address) = match &self.memories {
            Some(memories) => (
                memories.get(usize::from(life.id.memory())).cloned(),
                Some(life.id.address()),
            ),
            None => (None, None),
        };
        self.sites = self.sites.max(life.site.0 + 1);
        let born = life.born;
        let mut thread = |at: Option<Moment>| match at.and_then(|at| at.thread) {
            Some(WordId(word)) => Cell::Text(self.threads.get(word, names.word(WordId(word)))),
            None => Cell::None,
        };
        self.allocations.push([
            Cell::Long(born.line),
            Cell::long(born.time),
            thread(Some(born)),
            Cell::Int(born.iteration),
            memory.map_or(Cell::None, Cell::Text),
            Cell::long(address),
            Cell::Long(life.id.0),
            Cell::Int(life.site.0),
            Cell::Text(self.types.get(type_name.1, type_name.0)),
            Cell::Long(life.size),
            Cell::Long(life.last_size),
            Cell::Long(life.allocated_bytes),
            Cell::text(state),
            Cell::long(freed.map(|at| at.line)),
            Cell::long(freed.and_then(|at| at.time)),
            thread(freed),
            freed.map_or(Cell::None, |at| Cell::Int(at.iteration)),
        ])?;
        Ok(())
    }

    /// A row for each frame of a site, innermost first.
    fn frames(&mut self, names: &Names, site: SiteId) -> Result<(), ExportError> {
        let type_id = names.site_type(site);
        let type_name = type_id.map_or("", |id| names.type_name(id));
        let stack = names.stack_of(site);
        let passing = stack.map_or(0, |stack| {
            let frames: Vec<Frame<'_>> = names.frames_of(stack).collect();
            folded(&frames)
        });
        let known = |number: u64| Cell::long((number > 0).then_some(number));
        for (depth, frame) in self.style.stack(names, site).iter().enumerate() {
            self.stacks.push([
                Cell::Int(site.0),
                Cell::Int(depth as u32),
                Cell::text(type_name),
                Cell::text(frame.kind.name()),
                Cell::text(&frame.function),
                Cell::any_text(&frame.module),
                Cell::any_text(&frame.file),
                known(frame.line),
                known(frame.column),
                frame.offset.map_or(Cell::None, Cell::Int),
                Cell::Flag(depth < passing),
            ])?;
        }
        Ok(())
    }

    fn rows(&mut self, names: &Names, ended: &[(Life, End)]) -> Result<(), ExportError> {
        let mut rows = ended.iter();
        rows.try_for_each(|(life, end)| self.row(names, life, end))
    }
}

impl<W: Write + Send> RecordWriter for ParquetWriter<W> {
    fn take(&mut self, part: &Part<'_>) -> Result<(), ExportError> {
        self.style.learn(part.facts);
        if let Some(facts) = part.facts
            && self.memories.is_none()
        {
            let heaps = facts.heaps.iter();
            self.memories = Some(heaps.map(|heap| heap.name.as_str().into()).collect());
        }
        let mut ended = Vec::new();
        for record in part.records {
            self.lifetimes.apply(record, &mut |change| match change {
                Change::Ended(life, end) => ended.push((life, end)),
                Change::FreedBefore(life, at) => ended.push((life, End::Freed(at))),
                Change::Allocated(_) | Change::Resized { .. } => {}
            });
        }
        if self.lifetimes.is_sample() {
            return Err(ExportError::Sample("parquet"));
        }
        self.rows(part.names, &ended)
    }

    fn finish(&mut self, names: &Names) -> Result<Rest, ExportError> {
        let mut live = Vec::new();
        self.lifetimes.finish(&mut |change| {
            if let Change::Ended(life, end) = change {
                live.push((life, end));
            }
        });
        live.sort_by_key(|(life, _)| (life.born.line, life.id));
        self.rows(names, &live)?;
        self.allocations.finish()?;
        for site in 0..self.sites {
            self.frames(names, SiteId(site))?;
        }
        self.stacks.finish()?;
        Ok(Rest::default())
    }
}

/// Texts by the number of their name: rows share them.
#[derive(Default)]
struct Texts {
    known: Vec<Option<ByteArray>>,
}

impl Texts {
    fn get(&mut self, number: u32, text: &str) -> ByteArray {
        let place = number as usize;
        if place >= self.known.len() {
            self.known.resize(place + 1, None);
        }
        match &mut self.known[place] {
            Some(known) => known.clone(),
            unknown => unknown.insert(text.into()).clone(),
        }
    }
}
