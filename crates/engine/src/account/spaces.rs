//! The accounts of all linear memories of a recording.

use unfreed_events::trace::Snapshot;
use unfreed_events::{AllocationId, SiteId, WordId};

use super::grow::{FreeThen, Grow};
use super::holes::Holes;
use super::memory::{Figures, Memory, MemoryDescription};
use super::partition::Partition;
use super::pins::{Pin, SparsePages, rank};
use super::timeline::{Sample, Timeline};
use super::walk::SelfCheck;
use crate::ledger::MemorySource;

/// Growths that are kept; a memory of 32 bits has at most as many.
const GROWS: usize = 1 << 16;

/// Moments that are kept.
const MOMENTS: usize = 4096;

/// All linear memories.
#[derive(Clone, Debug, Default)]
pub struct Spaces {
    memories: Vec<Memory>,
    names: Vec<Option<WordId>>,
    grows: Vec<Grown>,
    /// Growths whose request has not come yet: an index into `grows` for each.
    waiting: Vec<usize>,
    at_peak: Vec<Figures>,
    at_start: Vec<Figures>,
    at_marks: Vec<Moment>,
    timeline: Timeline,
    self_checks: Vec<SelfCheck>,
}

/// The memories at a mark.
#[derive(Clone, Debug)]
pub struct Moment {
    /// The mark's name.
    pub name: WordId,
    /// Running number of the event.
    pub line: u64,
    /// Its time in ns, if that is known.
    pub time: Option<u64>,
    /// Live bytes.
    pub live: u64,
    /// What the partition of each memory is made of.
    pub(super) figures: Vec<Figures>,
    /// The latest size of everything whose size was measured, in bytes.
    pub measured: Vec<(MemorySource, u64)>,
}

impl Spaces {
    /// Memories in the order of the upper 16 bits of ids.
    pub fn new(memories: Vec<MemoryDescription>) -> Spaces {
        let memories: Vec<Memory> = memories.into_iter().map(Memory::new).collect();
        Spaces {
            names: vec![None; memories.len()],
            at_start: memories.iter().map(Memory::figures).collect(),
            memories,
            ..Spaces::default()
        }
    }

    /// What a memory is called in events of its growth.
    pub fn name(&mut self, memory: usize, name: WordId) {
        if let Some(known) = self.names.get_mut(memory) {
            *known = Some(name);
        }
    }

    /// The memories as they are at the end.
    pub fn memories(&self) -> &[Memory] {
        &self.memories
    }

    /// Every growth, in order.
    pub fn grows(&self) -> Vec<Grow> {
        let grows = self.grows.iter();
        grows
            .map(|grown| {
                let memory = &self.memories[grown.grow.memory];
                let free = grown.holes.map(|(holes, largest)| FreeThen {
                    holes,
                    largest,
                    // Where the heap begins is known by now.
                    top: memory.free_at_top_of(&grown.figures),
                });
                Grow { free, ..grown.grow }
            })
            .collect()
    }

    /// Each memory before the first event.
    pub fn at_start(&self) -> Vec<Partition> {
        self.of(&self.at_start)
    }

    /// What partitions are made of now.
    pub(crate) fn figures(&self) -> Vec<Figures> {
        self.memories.iter().map(Memory::figures).collect()
    }

    /// Partitions of another moment. Where a heap begins is known at the end.
    pub(crate) fn of(&self, figures: &[Figures]) -> Vec<Partition> {
        let pairs = self.memories.iter().zip(figures);
        pairs
            .map(|(memory, figures)| memory.partition_of(figures))
            .collect()
    }

    /// The classes of each memory at a mark; `None` if there is no such mark.
    pub fn at_mark(&self, number: usize) -> Option<Vec<Partition>> {
        Some(self.of(&self.at_marks.get(number)?.figures))
    }

    /// Each memory at the high-water mark of live bytes.
    pub fn at_peak(&self) -> Vec<Partition> {
        self.of(&self.at_peak)
    }

    /// The marks; [`Spaces::at_mark`] has the classes then.
    pub fn at_marks(&self) -> &[Moment] {
        &self.at_marks
    }

    /// Gives marks other names.
    pub(crate) fn rename_marks(&mut self, new: &impl Fn(WordId) -> WordId) {
        for moment in &mut self.at_marks {
            moment.name = new(moment.name);
        }
    }

    fn memory(&mut self, id: AllocationId) -> Option<&mut Memory> {
        self.memories.get_mut(usize::from(id.memory()))
    }

    #[inline]
    pub(crate) fn allocate(&mut self, id: AllocationId, size: u64, how: How) {
        if let Some(memory) = self.memory(id) {
            memory.allocate(id.address(), size, how.starts_thread);
        }
        if !self.waiting.is_empty() {
            self.was_for(how.thread, size);
        }
    }

    #[inline]
    pub(crate) fn free(&mut self, id: AllocationId, size: u64, starts_thread: bool) {
        if let Some(memory) = self.memory(id) {
            memory.free(id.address(), size, starts_thread);
        }
    }

    /// The allocation behind a growth of the same thread is what that was for.
    #[cold]
    fn was_for(&mut self, thread: Option<WordId>, size: u64) {
        let grows = &mut self.grows;
        self.waiting.retain(|index| {
            let grow = &mut grows[*index].grow;
            if grow.thread != thread {
                return true;
            }
            grow.request = Some(size);
            false
        });
    }

    pub(crate) fn grow(&mut self, name: WordId, grow: Grow) {
        let memory = self.names.iter().position(|known| *known == Some(name));
        let Some(memory) = memory else {
            return;
        };
        let grown = &mut self.memories[memory];
        let holes = grown.holes().map(|holes| (holes.bytes(), holes.largest()));
        let figures = grown.figures();
        grown.grow(grow.old_pages, grow.delta_pages);
        if self.grows.len() < GROWS {
            self.waiting.push(self.grows.len());
            self.grows.push(Grown {
                grow: Grow { memory, ..grow },
                holes,
                figures,
            });
        }
    }

    /// A mark.
    pub(crate) fn mark(&mut self, mark: Mark) {
        if self.at_marks.len() < MOMENTS {
            self.at_marks.push(Moment {
                name: mark.name,
                line: mark.line,
                time: mark.time,
                live: mark.live,
                measured: mark.measured,
                figures: self.memories.iter().map(Memory::figures).collect(),
            });
        }
    }

    /// Compares a memory with a snapshot of it that was taken now: behind all
    /// records so far.
    pub fn check(&mut self, snapshot: &Snapshot) {
        if let Some(memory) = self.memories.get(usize::from(snapshot.heap)) {
            self.self_checks.push(SelfCheck::of(memory, snapshot));
        }
    }

    /// What came of comparing with snapshots, in their order.
    pub fn self_checks(&self) -> &[SelfCheck] {
        &self.self_checks
    }

    /// How memory went over the run.
    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    /// Takes the last sample, if it is not there yet.
    pub(crate) fn close(&mut self, sample: Sample) {
        if self.timeline.samples().last().map(|last| last.events) != Some(sample.events) {
            self.timeline.make_due();
        }
        self.sample(sample.events, || sample);
    }

    /// Takes a sample if one is due after so many allocations and frees.
    #[inline]
    pub(crate) fn sample(&mut self, events: u64, sample: impl FnOnce() -> Sample) {
        if self.timeline.is_due(events) {
            let memories = self.memories.iter();
            let holes = memories.filter_map(Memory::holes).map(Holes::bytes);
            self.timeline.add(Sample {
                events,
                memory: self.memories.iter().map(Memory::size).sum(),
                holes: holes.sum(),
                ..sample()
            });
        }
    }

    /// The sites whose live blocks keep pages from being free as a whole, the first
    /// one most.
    pub(crate) fn pins(&self, live: impl Iterator<Item = (AllocationId, SiteId, u64)>) -> Vec<Pin> {
        let sparse: Vec<SparsePages> = self
            .memories
            .iter()
            .map(|memory| SparsePages::of(memory.pieces()))
            .collect();
        rank(live.filter_map(|(id, site, size)| {
            let heap = usize::from(id.memory());
            let (start, bytes) = self.memories.get(heap)?.extent_at(id.address(), size)?;
            let held = sparse.get(heap)?.held_by(start, bytes)?;
            Some((site, bytes, held))
        }))
    }

    /// The high-water mark of live bytes is now.
    #[inline]
    pub(crate) fn peak(&mut self) {
        self.at_peak.clear();
        let figures = self.memories.iter().map(Memory::figures);
        self.at_peak.extend(figures);
    }

    /// The classes of each memory now.
    pub fn partitions(&self) -> Vec<Partition> {
        self.memories.iter().map(Memory::partition).collect()
    }
}

/// A growth with what the memory was like before it.
#[derive(Clone, Debug)]
struct Grown {
    grow: Grow,
    /// Bytes of all holes and of the largest; `None` if the allocator is not
    /// modelled.
    holes: Option<(u64, u64)>,
    figures: Figures,
}

/// What the ledger knows at a mark.
pub(crate) struct Mark {
    pub name: WordId,
    pub line: u64,
    pub time: Option<u64>,
    pub live: u64,
    pub measured: Vec<(MemorySource, u64)>,
}

/// How a block came to be.
#[derive(Clone, Copy, Debug)]
pub(crate) struct How {
    pub thread: Option<WordId>,
    pub starts_thread: bool,
}
