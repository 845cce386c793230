//! All pointers of a heap, found once and kept.

use super::error::ReachError;
use super::heap::{Heap, Pointer};

/// The highest bit of a pointer that is kept: it counts as a start-pointer.
const START: u32 = 1 << 31;

/// How many blocks and roots there may be, so that a number has a bit to spare.
pub(super) const MOST_NODES: u64 = (START - 1) as u64;

/// The pointers of each holder, with 4 bytes for each. A holder is a block by its
/// index, or `blocks + root`. A block's pointers to itself are left out, and so is a
/// pointer that is like the one before.
#[derive(Clone, Debug, Default)]
pub(super) struct Pointers {
    /// By holder: where its pointers end.
    ends: Vec<u32>,
    targets: Vec<u32>,
}

impl Pointers {
    /// Looks at all words of blocks and roots.
    pub fn of(heap: &Heap<'_>) -> Result<Pointers, ReachError> {
        let blocks = heap.blocks().as_slice();
        let mut pointers = Pointers {
            ends: Vec::with_capacity(blocks.len() + heap.roots().as_slice().len()),
            targets: Vec::new(),
        };
        for block in 0..blocks.len() as u32 {
            heap.each_in_block(block, |_, pointer| {
                if pointer.block != block {
                    pointers.push(pointer);
                }
                None::<()>
            });
            pointers.end()?;
        }
        for root in 0..heap.roots().as_slice().len() as u32 {
            heap.each_in_root(root, |_, pointer| {
                pointers.push(pointer);
                None::<()>
            });
            pointers.end()?;
        }
        Ok(pointers)
    }

    #[inline]
    fn push(&mut self, pointer: Pointer) {
        let start = if pointer.is_start { START } else { 0 };
        let target = pointer.block | start;
        let own = self.ends.last().map_or(0, |end| *end as usize);
        if self.targets.get(own..).and_then(<[u32]>::last) != Some(&target) {
            self.targets.push(target);
        }
    }

    fn end(&mut self) -> Result<(), ReachError> {
        let found = self.targets.len() as u64;
        let end = u32::try_from(found).map_err(|_| ReachError::TooMany {
            what: "pointers",
            found,
            most: u64::from(u32::MAX),
        })?;
        self.ends.push(end);
        Ok(())
    }

    fn range(&self, holder: u32) -> (usize, usize) {
        let holder = holder as usize;
        let start = holder.checked_sub(1).map_or(0, |before| self.ends[before]);
        (start as usize, self.ends[holder] as usize)
    }

    /// The blocks that a holder points to, and whether by a start-pointer.
    #[inline]
    pub fn from(&self, holder: u32) -> impl Iterator<Item = (u32, bool)> {
        let (start, end) = self.range(holder);
        let targets = self.targets[start..end].iter();
        targets.map(|target| (target & !START, target & START != 0))
    }

    /// The block of a holder's pointer by the pointer's place, and whether that is a
    /// start-pointer.
    #[inline]
    pub fn at(&self, holder: u32, place: u32) -> Option<(u32, bool)> {
        let (start, end) = self.range(holder);
        let targets = self.targets.get(start + place as usize..end)?;
        let first = targets.first();
        first.map(|target| (target & !START, target & START != 0))
    }
}
