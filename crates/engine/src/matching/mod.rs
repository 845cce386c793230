//! Which free belongs to which allocation.
//!
//! Ids are matched in the order of the log. A free of an id that has not been
//! allocated waits for it, since threads may log in another order than things
//! happened; an id that is allocated again after its free is a reuse, as with
//! addresses. What fits neither is handed back by name, never dropped.

mod dense;
mod freed;
mod store;

use unfreed_events::{AllocationId, SiteId, TypeId};

use self::freed::FreedIds;
use self::store::{Entry, EntryKind, Store};

/// What is remembered of a live block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Type and place of its allocation.
    pub site: SiteId,
    /// Bytes, as of its allocation or its last reallocation.
    pub size: u64,
    /// Running line number of its allocation.
    pub line: u64,
}

/// What is remembered of a free whose allocation has not been seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EarlyFree {
    /// The type that the free named.
    pub type_id: TypeId,
    /// The size that the free named, in bytes.
    pub size: u64,
    /// Running line number of the free.
    pub line: u64,
}

/// What an allocation turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allocated {
    /// The first of its id.
    New,
    /// Of an id that was freed before.
    Reused,
    /// Already freed, by a free that was logged before it.
    FreedEarly(EarlyFree),
    /// Of an id that is live: it takes the place of the earlier block, whose
    /// free, if there was one, is not in the log.
    Duplicate(Block),
}

/// What a free turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Freed {
    /// The free of this block.
    Matched(Block),
    /// Of an id that was not seen before: it waits for its allocation.
    Waiting,
    /// Of an id that is free already, or whose free is waiting already.
    Double,
}

/// What is left of an id at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remaining {
    /// A block that was not freed.
    Live(Block),
    /// A free whose allocation did not come.
    Waiting(EarlyFree),
}

/// Matches frees to allocations by id.
///
/// Memory, where ids are small numbers in any order: 12 bytes for each live
/// block and each waiting free (up to 192 where live ids are far apart), and
/// about one bit for each id that was freed. Where ids are scattered over all
/// 64 bits: 40 to 80 bytes for each live block, 18 to 36 for each freed id.
#[derive(Default)]
pub struct Matcher {
    store: Store,
    freed: FreedIds,
}

impl Matcher {
    /// A block was handed out under `id`.
    #[inline]
    pub fn allocate(&mut self, id: AllocationId, block: Block) -> Allocated {
        let entry = Entry {
            kind: EntryKind::Live,
            owner: block.site.0,
            size: block.size,
            line: block.line,
        };
        match self.store.insert_new(id.0, entry) {
            None if self.freed.contains(id.0) => Allocated::Reused,
            None => Allocated::New,
            Some(waiting) if waiting.kind == EntryKind::Waiting => {
                self.store.remove(id.0);
                self.freed.insert(id.0);
                Allocated::FreedEarly(waiting.early_free())
            }
            Some(live) => {
                self.store.insert(id.0, entry);
                Allocated::Duplicate(live.block())
            }
        }
    }

    /// `id` was given back.
    #[inline]
    pub fn free(&mut self, id: AllocationId, free: EarlyFree) -> Freed {
        match self.store.take_live(id.0) {
            Some(entry) if entry.kind == EntryKind::Live => {
                self.freed.insert(id.0);
                Freed::Matched(entry.block())
            }
            Some(_) => Freed::Double,
            None if self.freed.contains(id.0) => Freed::Double,
            None => {
                self.store.insert_new(id.0, Entry::waiting(free));
                Freed::Waiting
            }
        }
    }

    /// The block that is live under `id`.
    #[inline]
    pub fn live(&self, id: AllocationId) -> Option<Block> {
        self.store
            .get(id.0)
            .filter(|entry| entry.kind == EntryKind::Live)
            .map(Entry::block)
    }

    /// The live block `id` has `size` bytes from now on; hands back the block
    /// as it was, or `None` if no such block is live.
    pub fn reallocate(&mut self, id: AllocationId, size: u64) -> Option<Block> {
        let entry = self
            .store
            .get(id.0)
            .filter(|entry| entry.kind == EntryKind::Live)?;
        self.store.insert(id.0, Entry { size, ..entry });
        Some(entry.block())
    }

    /// Reads, one after another, the places where `ids` are kept, so that they
    /// are in the processor's cache when the ids are matched. The loads do not
    /// wait for one another, those of matching do.
    #[inline]
    pub fn warm(&self, ids: impl Iterator<Item = AllocationId>) {
        let touched = ids.fold(0, |sum: u64, id| sum.wrapping_add(self.store.touch(id.0)));
        std::hint::black_box(touched);
    }

    /// Calls `each` for what is left: live blocks and waiting frees, in no
    /// particular order.
    pub fn for_each_remaining(&self, mut each: impl FnMut(AllocationId, Remaining)) {
        self.store.for_each(|id, entry| {
            let remaining = match entry.kind {
                EntryKind::Live => Remaining::Live(entry.block()),
                EntryKind::Waiting => Remaining::Waiting(entry.early_free()),
            };
            each(AllocationId(id), remaining);
        });
    }
}

impl Entry {
    fn waiting(free: EarlyFree) -> Entry {
        Entry {
            kind: EntryKind::Waiting,
            owner: free.type_id.0,
            size: free.size,
            line: free.line,
        }
    }

    fn block(self) -> Block {
        Block {
            site: SiteId(self.owner),
            size: self.size,
            line: self.line,
        }
    }

    fn early_free(self) -> EarlyFree {
        EarlyFree {
            type_id: TypeId(self.owner),
            size: self.size,
            line: self.line,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLOCK: Block = Block {
        site: SiteId(3),
        size: 16,
        line: 1,
    };
    const FREE: EarlyFree = EarlyFree {
        type_id: TypeId(2),
        size: 16,
        line: 2,
    };

    #[test]
    fn an_id_goes_from_new_to_freed_to_reused() {
        let mut matcher = Matcher::default();
        let id = AllocationId(7);
        assert_eq!(matcher.allocate(id, BLOCK), Allocated::New);
        assert_eq!(matcher.free(id, FREE), Freed::Matched(BLOCK));
        assert_eq!(matcher.allocate(id, BLOCK), Allocated::Reused);
        assert_eq!(matcher.free(id, FREE), Freed::Matched(BLOCK));
        assert_eq!(matcher.free(id, FREE), Freed::Double);
    }

    #[test]
    fn a_free_waits_for_its_allocation_once() {
        let mut matcher = Matcher::default();
        let id = AllocationId(u64::MAX);
        assert_eq!(matcher.free(id, FREE), Freed::Waiting);
        assert_eq!(matcher.free(id, FREE), Freed::Double);
        assert_eq!(matcher.allocate(id, BLOCK), Allocated::FreedEarly(FREE));
        matcher.for_each_remaining(|id, _| panic!("{id:?} is left"));
        assert_eq!(matcher.allocate(id, BLOCK), Allocated::Reused);
    }

    #[test]
    fn a_second_allocation_takes_the_place_of_the_first() {
        let mut matcher = Matcher::default();
        let id = AllocationId(0);
        let second = Block { line: 5, ..BLOCK };
        matcher.allocate(id, BLOCK);
        assert_eq!(matcher.allocate(id, second), Allocated::Duplicate(BLOCK));
        let mut remaining = Vec::new();
        matcher.for_each_remaining(|id, left| remaining.push((id, left)));
        assert_eq!(remaining, [(id, Remaining::Live(second))]);
    }

    #[test]
    fn only_live_blocks_are_reallocated() {
        let mut matcher = Matcher::default();
        let id = AllocationId(1);
        assert_eq!(matcher.reallocate(id, 32), None);
        matcher.allocate(id, BLOCK);
        assert_eq!(matcher.reallocate(id, 1 << 40), Some(BLOCK));
        let grown = Block {
            size: 1 << 40,
            ..BLOCK
        };
        assert_eq!(matcher.free(id, FREE), Freed::Matched(grown));
        assert_eq!(matcher.reallocate(id, 32), None);
    }
}
