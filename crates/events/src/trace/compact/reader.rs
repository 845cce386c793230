//! A compact trace in, records out.

use std::io::Read;

use super::decode::Columns;
use super::kind;
use super::model::Model;
use super::names::Known;
use crate::limits::{MAX_BLOCK_EVENTS, MAX_GROUP_EVENTS};
use crate::names::Names;
use crate::record::Record;
use crate::trace::payload::unpack;
use crate::trace::step::Unfold;
use crate::trace::{
    Block, BlockReader, Damage, Facts, FileHeader, MemoryImage, Pages, Snapshot, Stage, Step,
    TraceError,
};

/// Reads a compact trace, one block at a time.
pub struct TraceReader<R> {
    blocks: BlockReader<R>,
    content: Content,
}

/// What has been read so far.
#[derive(Default)]
struct Content {
    names: Names,
    known: Known,
    facts: Facts,
    unfold: Unfold,
    model: Model,
    /// The number of the event that the model expects, if it knows all of its
    /// group.
    model_at: Option<u64>,
    lost_events: u64,
    has_ended: bool,
    snapshots: Option<Snapshots>,
}

/// Snapshots, for those who want them.
#[derive(Default)]
struct Snapshots {
    /// The pages of the one that comes next, and its number.
    pages: (u32, MemoryImage),
    /// The one that was read last.
    read: Option<Snapshot>,
}

impl<R: Read> TraceReader<R> {
    /// Reads the file header.
    ///
    /// # Errors
    ///
    /// If it is not that of a compact trace, or reading fails.
    pub fn new(mut input: R) -> Result<TraceReader<R>, TraceError> {
        let header = FileHeader::read(&mut input)?;
        if header.stage != Stage::Compact {
            return Err(TraceError::WrongStage {
                found: header.stage,
            });
        }
        Ok(TraceReader {
            blocks: BlockReader::new(input),
            content: Content::default(),
        })
    }

    /// Has snapshots be read. They are stepped over else.
    #[must_use]
    pub fn with_snapshots(mut self) -> TraceReader<R> {
        self.content.snapshots = Some(Snapshots::default());
        self
    }

    /// Takes out the snapshot that the last call of [`TraceReader::decode`] came to,
    /// if it did. Its place is behind all records so far.
    pub fn take_snapshot(&mut self) -> Option<Snapshot> {
        self.content.snapshots.as_mut()?.read.take()
    }

    /// Appends the records of the next block; at most three, and the sites that
    /// are new, for each of its [`MAX_BLOCK_EVENTS`] events. False at the end.
    ///
    /// # Errors
    ///
    /// If reading fails. Damage is no error.
    pub fn decode(&mut self, out: &mut Vec<Record>) -> Result<bool, TraceError> {
        let Some(block) = self.blocks.next_block()? else {
            return Ok(false);
        };
        let records = out.len();
        if self.content.block(&block, out).is_none() {
            out.truncate(records);
            self.blocks.count_damaged();
        }
        Ok(true)
    }

    /// The names so far.
    pub fn names(&self) -> &Names {
        &self.content.names
    }

    /// The facts so far; all of them at the end, if the trace is whole.
    pub fn facts(&self) -> &Facts {
        &self.content.facts
    }

    /// What could not be read. A block that builds on one that is damaged cannot
    /// be understood, and counts as damaged. Whether the trace is cut short is
    /// told by [`TraceReader::has_ended`].
    pub fn damage(&self) -> Damage {
        self.blocks.damage()
    }

    /// Whether the last block of the trace has been read: false in the end for a
    /// trace that is cut short, wherever that is.
    pub fn has_ended(&self) -> bool {
        self.content.has_ended
    }

    /// How many events are known to be in the trace and could not be read. What
    /// was cut off a trace is not known.
    pub fn lost_events(&self) -> u64 {
        self.content.lost_events
    }

    /// Names and facts.
    pub fn into_parts(self) -> (Names, Facts) {
        (self.content.names, self.content.facts)
    }
}

impl Snapshots {
    fn pages(&mut self, pages: &Pages<'_>) -> Option<()> {
        if self.pages.0 != pages.snapshot {
            self.pages = (pages.snapshot, MemoryImage::default());
        }
        self.pages.1.add(pages)
    }

    fn snapshot(&mut self, json: &[u8]) -> Option<()> {
        let mut snapshot: Snapshot = serde_json::from_slice(json).ok()?;
        let (number, image) = std::mem::take(&mut self.pages);
        if number == snapshot.said.what.snapshot {
            snapshot.image = image;
        }
        snapshot.image.set_size(snapshot.said.what.bytes);
        self.read = Some(snapshot);
        Some(())
    }
}

impl Content {
    /// Takes a block; `None` if it is not understood. Kinds that are not known
    /// are newer, and no damage.
    fn block(&mut self, block: &Block<'_>, out: &mut Vec<Record>) -> Option<()> {
        let kind = block.header.kind;
        let is_known = match kind {
            kind::FACTS..=kind::END => true,
            kind::PAGES | kind::SNAPSHOT => self.snapshots.is_some(),
            _ => false,
        };
        if !is_known {
            return Some(());
        }
        let payload = unpack(block.header.codec, block.payload)?;
        match kind {
            kind::NAMES => self.known.block(&payload, &mut self.names),
            kind::EVENTS => {
                let count = block.header.count as usize;
                self.events(&payload, count, out)
            }
            kind::PAGES => self.snapshots.as_mut()?.pages(&Pages::parse(&payload)?),
            kind::SNAPSHOT => self.snapshots.as_mut()?.snapshot(&payload),
            _ => {
                self.facts = serde_json::from_slice(&payload).ok()?;
                if kind == kind::END {
                    self.has_ended = true;
                    self.skip_to(self.facts.events);
                } else {
                    self.facts.events = self.unfold.events();
                }
                Some(())
            }
        }
    }

    /// Counts events that are missing before the one with this number.
    fn skip_to(&mut self, event: u64) {
        let read = self.unfold.events();
        if event > read {
            self.lost_events = self.lost_events.saturating_add(event - read);
            self.unfold.skip_to(event);
        }
    }

    /// All events of a block, or none: a block that is not understood to its end
    /// may be misunderstood before.
    fn events(&mut self, payload: &[u8], count: usize, out: &mut Vec<Record>) -> Option<()> {
        let mut columns = Columns::new(payload)?;
        let model_at = self.model_at.take();
        if count > MAX_BLOCK_EVENTS {
            return None;
        }
        if !columns.goes_on {
            self.model.reset();
        } else if model_at != Some(columns.first)
            || self.model.allocations() + count > MAX_GROUP_EVENTS
        {
            return None;
        }
        let before = self.unfold.clone();
        let lost_before = self.lost_events;
        self.skip_to(columns.first);
        out.reserve(count);
        let understood = (0..count).all(|_| self.event(&mut columns, out).is_some());
        if !understood || !columns.is_empty() {
            self.unfold = before;
            self.lost_events = lost_before;
            return None;
        }
        self.model_at = columns.first.checked_add(count as u64);
        self.facts.events = self.unfold.events();
        Some(())
    }

    #[inline]
    fn event(&mut self, columns: &mut Columns<'_>, out: &mut Vec<Record>) -> Option<()> {
        let step = columns.step(&mut self.model)?;
        let step = Step {
            event: self.known.translate(step.event, &mut self.names)?,
            thread: self.known.word(step.thread, &mut self.names)?,
            ..step
        };
        self.unfold.push(&self.names, &step, out);
        Some(())
    }
}
