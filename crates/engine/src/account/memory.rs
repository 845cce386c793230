//! The account of one linear memory.

use std::ops::Range;

use hashbrown::HashMap;

use super::holes::Holes;
use super::layout::Layout;
use super::model::Model;
use super::partition::{Class, Partition};
use super::rounding::Rounding;
use super::space::{Piece, Space};

/// Bytes of a page.
const PAGE: u64 = 1 << 16;

/// No engine allows a memory more: what lies above is damage of the recording, and
/// must not make the account large.
const MOST: u64 = 1 << 34;

/// A linear memory, as it is known before its first event.
#[derive(Clone, Debug, Default)]
pub struct MemoryDescription {
    /// What its module tells.
    pub layout: Layout,
    /// How its allocator cuts it up; `None` if that is not modelled.
    pub model: Option<Model>,
    /// What its blocks take, if that is all that is known of its allocator.
    pub rounding: Option<Rounding>,
}

/// One linear memory at a moment.
#[derive(Clone, Debug)]
pub struct Memory {
    layout: Layout,
    /// Its size in bytes.
    size: u64,
    space: Option<Space>,
    /// What blocks take where there is no model.
    rounding: Option<Rounding>,
    /// What live blocks take beyond what was asked for, by `rounding`.
    rounded: u64,
    /// Bytes asked for in live blocks that have a place.
    payload: u64,
    /// Those of them that threads allocated to start.
    of_threads: u64,
    /// The highest end of a block, with what it takes; used where no model tells
    /// more.
    highest: u64,
    /// The lowest begin of a block, likewise.
    lowest: u64,
    /// Live blocks without a place in the model, by pointer.
    misplaced: HashMap<u64, u64>,
    /// How many there have been.
    misplaced_blocks: u64,
}

impl Memory {
    pub(super) fn new(description: MemoryDescription) -> Memory {
        Memory {
            size: description.layout.initial,
            layout: description.layout,
            space: description.model.map(Space::new),
            rounding: description.rounding,
            rounded: 0,
            payload: 0,
            of_threads: 0,
            highest: 0,
            lowest: u64::MAX,
            misplaced: HashMap::new(),
            misplaced_blocks: 0,
        }
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The most that it may have, in bytes.
    pub fn maximum(&self) -> Option<u64> {
        self.layout.maximum
    }

    /// How its allocator cuts it up; `None` if that is not modelled.
    pub fn model(&self) -> Option<&Model> {
        self.space.as_ref().map(Space::model)
    }

    /// What its blocks take, if that is all that is known of its allocator.
    pub fn rounding(&self) -> Option<Rounding> {
        self.rounding.filter(|_| self.space.is_none())
    }

    /// What a block takes beyond what was asked for, as far as `rounding` tells.
    #[inline]
    fn rounded(&self, size: u64) -> u64 {
        self.rounding
            .map_or(0, |rounding| rounding.extent(size).saturating_sub(size))
    }

    /// The holes between blocks in use; `None` if the allocator is not modelled.
    pub fn holes(&self) -> Option<&Holes> {
        self.space.as_ref().map(Space::holes)
    }

    /// All extents and holes, from the lowest on; none if the allocator is not
    /// modelled.
    pub fn pieces(&self) -> impl Iterator<Item = Piece> {
        self.space.iter().flat_map(Space::pieces)
    }

    /// Begin and bytes of the extent of a live block.
    pub(super) fn extent_at(&self, pointer: u64, size: u64) -> Option<(u64, u64)> {
        let model = self.model()?;
        let start = pointer.checked_sub(model.head)?;
        Some((start, model.extent(size, model.step)))
    }

    /// Bytes free above all blocks in use at a moment.
    pub(super) fn free_at_top_of(&self, at: &Figures) -> u64 {
        let partition = self.partition_of(at);
        partition.of(Class::Top) + partition.of(Class::NeverTouched)
    }

    /// What lies below the heap, in order, side by side.
    pub fn below_heap(&self) -> Vec<(Range<u64>, Class)> {
        let lead = self.model().map_or(0, |model| model.lead);
        self.layout.below(self.figures().first, lead)
    }

    /// Whether its module keeps a shadow stack, as all do that wasm-ld made.
    pub(crate) fn has_main_stack(&self) -> bool {
        self.layout.stack_top.is_some()
    }

    /// Where its main shadow stack begins, which grows down.
    pub(crate) fn stack_top(&self) -> Option<u64> {
        self.layout.stack_top
    }

    /// Blocks that did not fit the model: the first sign that it is the wrong one.
    pub fn misplaced_blocks(&self) -> u64 {
        self.misplaced_blocks
    }

    #[inline]
    pub(super) fn allocate(&mut self, pointer: u64, size: u64, starts_thread: bool) {
        let most = self.layout.maximum.unwrap_or(MOST).min(MOST);
        let is_inside = pointer.saturating_add(size) <= most;
        let space = self.space.as_mut();
        if !is_inside || space.is_some_and(|space| !space.allocate(pointer, size)) {
            self.misplaced_blocks += 1;
            self.misplaced.insert(pointer, size);
            return;
        }
        let (head, extent) = self.rounding.map_or((0, size), |rounding| {
            (rounding.head(), rounding.extent(size))
        });
        let start = pointer.saturating_sub(head);
        self.lowest = self.lowest.min(start);
        self.highest = self.highest.max(start.saturating_add(extent));
        self.payload += size;
        self.rounded += self.rounded(size);
        if starts_thread {
            self.of_threads += size;
        }
    }

    #[inline]
    pub(super) fn free(&mut self, pointer: u64, size: u64, starts_thread: bool) {
        if !self.misplaced.is_empty() && self.misplaced.remove(&pointer).is_some() {
            return;
        }
        if let Some(space) = &mut self.space {
            space.free(pointer);
        }
        self.payload = self.payload.saturating_sub(size);
        self.rounded = self.rounded.saturating_sub(self.rounded(size));
        if starts_thread {
            self.of_threads = self.of_threads.saturating_sub(size);
        }
    }

    pub(super) fn grow(&mut self, old_pages: u32, delta_pages: u32) {
        self.size = (u64::from(old_pages) + u64::from(delta_pages)) * PAGE;
    }

    /// What a partition is made of. It is taken often, and costs little.
    #[inline]
    pub(super) fn figures(&self) -> Figures {
        let mut figures = Figures {
            size: self.size,
            payload: self.payload,
            of_threads: self.of_threads,
            first: (self.highest > 0).then_some(self.lowest),
            top: self.highest,
            reached: self.highest,
            rounded: self.rounded,
            holes: None,
        };
        if let Some(space) = &self.space {
            figures.first = space.first();
            figures.top = space.top();
            figures.reached = space.reached();
            figures.holes = Some(space.holes().bytes());
        }
        figures
    }

    /// How many bytes are in each class.
    #[must_use]
    pub fn partition(&self) -> Partition {
        self.partition_of(&self.figures())
    }

    /// The partition of another moment.
    pub(super) fn partition_of(&self, at: &Figures) -> Partition {
        let mut partition = Partition::default();
        let mut put = |class, from: u64, to: u64| {
            // Sizes may be known late: what lies above is not there yet.
            partition.add(class, to.min(at.size) - from.min(at.size));
        };
        let below = self.below_heap();
        let end = below.last().map_or(0, |(range, _)| range.end);
        for (range, class) in &below {
            put(*class, range.start, range.end);
        }
        let (top, reached) = (at.top.max(end), at.reached.max(end));
        put(Class::Top, top, reached);
        put(Class::NeverTouched, reached, at.size.max(reached));
        // What lies between is split by what blocks and holes have.
        let between = top.min(at.size) - end.min(at.size);
        let blocks = at.payload.min(between);
        let of_threads = at.of_threads.min(blocks);
        partition.add(Class::ThreadStacks, of_threads);
        partition.add(Class::Payload, blocks - of_threads);
        let rest = between - blocks;
        match at.holes {
            Some(holes) => {
                let holes = holes.min(rest);
                partition.add(Class::Holes, holes);
                partition.add(Class::Overhead, rest - holes);
            }
            None => {
                let rounded = at.rounded.min(rest);
                partition.add(Class::Overhead, rounded);
                partition.add(Class::Unknown, rest - rounded);
            }
        }
        partition
    }
}

/// What the partition of a memory at a moment is made of, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Figures {
    size: u64,
    payload: u64,
    of_threads: u64,
    first: Option<u64>,
    top: u64,
    reached: u64,
    rounded: u64,
    /// `None` if the allocator is not modelled.
    holes: Option<u64>,
}
