//! What becomes of each block, one after another, for formats that tell of blocks
//! and not of sums. Frees belong to allocations as in the [`ledger`](crate::ledger),
//! so that sums over the blocks are its figures.

use std::collections::HashMap;

use unfreed_events::{AllocationId, Event, Record, SiteId, WordId};

use crate::matching::{Allocated, Block, EarlyFree, Freed, Matcher, Remaining};

/// When something happened, and where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Running line number.
    pub line: u64,
    /// The latest time until then, in ns; `None` if there was none yet.
    pub time: Option<u64>,
    /// The thread, if the event names one.
    pub thread: Option<WordId>,
    /// Marks before it.
    pub iteration: u32,
}

/// How the life of a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was given back.
    Freed(Moment),
    /// Its id was allocated again while it was live.
    Superseded(Moment),
    /// It is still live at the end.
    Live,
}

/// One block. Sizes are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    /// Its id.
    pub id: AllocationId,
    /// Type and place.
    pub site: SiteId,
    /// Its allocation.
    pub born: Moment,
    /// Bytes asked for by its allocation.
    pub size: u64,
    /// Bytes since its last reallocation.
    pub last_size: u64,
    /// Bytes of its allocation, with what reallocations added.
    pub allocated_bytes: u64,
}

/// What happened to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It was handed out.
    Allocated(Life),
    /// It had `from` bytes before.
    Resized {
        /// The block as it is now.
        life: Life,
        /// Bytes before.
        from: u64,
    },
    /// It is gone, or there is nothing more to come.
    Ended(Life, End),
    /// It was handed out, and its free stood before that in the log, at this moment: it
    /// never counts as live.
    FreedBefore(Life, Moment),
}

/// What the matcher does not remember of a live block.
struct Born {
    at: Moment,
    size: u64,
    allocated_bytes: u64,
}

/// Follows blocks. Memory is in proportion to what is live.
#[derive(Default)]
pub struct Lifetimes {
    matcher: Matcher,
    born: HashMap<AllocationId, Born>,
    early: HashMap<AllocationId, Moment>,
    now: Moment,
    allocated_bytes: u64,
    freed_bytes: u64,
    is_sample: bool,
}

impl Lifetimes {
    /// Takes a record and says what it changes.
    pub fn apply(&mut self, record: &Record, each: &mut impl FnMut(Change)) {
        self.now.line = record.line;
        match record.event {
            Event::Time { ns } => self.now.time = Some(ns),
            Event::Thread { thread } => self.now.thread = Some(thread),
            Event::Address { .. } | Event::Site { .. } => {}
            event => {
                self.event(record.line, event, each);
                self.now.thread = None;
            }
        }
    }

    /// The moment of the last record.
    pub fn now(&self) -> Moment {
        self.now
    }

    /// Whether the blocks are a sample: then each stands for many.
    pub fn is_sample(&self) -> bool {
        self.is_sample
    }

    /// Says what is left, in no particular order.
    pub fn finish(&self, each: &mut impl FnMut(Change)) {
        self.matcher.for_each_remaining(|id, remaining| {
            if let Remaining::Live(block) = remaining {
                each(Change::Ended(self.life(id, block), End::Live));
            }
        });
    }

    fn event(&mut self, line: u64, event: Event, each: &mut impl FnMut(Change)) {
        match event {
            Event::Allocate { site, size, id } => {
                self.allocate(id, Block { site, size, line }, each);
            }
            Event::Free { type_id, size, id } => {
                let free = EarlyFree {
                    type_id,
                    size,
                    line,
                };
                self.free(id, free, each);
            }
            // One of a block that is not live waits for nothing.
            Event::Release { id } => {
                if let Some(block) = self.matcher.live(id) {
                    let free = EarlyFree {
                        type_id: unfreed_events::TypeId(0),
                        size: block.size,
                        line,
                    };
                    self.free(id, free, each);
                }
            }
            Event::Reallocate { size, id, .. } => self.reallocate(id, size, each),
            Event::Mark { .. } => self.now.iteration += 1,
            Event::Sample { .. } => self.is_sample = true,
            _ => {}
        }
    }

    fn allocate(&mut self, id: AllocationId, block: Block, each: &mut impl FnMut(Change)) {
        // As the ledger, which leaves out what makes a sum exceed 64 bits.
        let Some(sum) = self.allocated_bytes.checked_add(block.size) else {
            return;
        };
        self.allocated_bytes = sum;
        let born = Born {
            at: self.now,
            size: block.size,
            allocated_bytes: block.size,
        };
        match self.matcher.allocate(id, block) {
            Allocated::New | Allocated::Reused => {}
            Allocated::Duplicate(earlier) => {
                let earlier = self.life(id, earlier);
                each(Change::Ended(earlier, End::Superseded(self.now)));
            }
            Allocated::FreedEarly(free) => {
                let freed = self.early.remove(&id).unwrap_or(Moment {
                    line: free.line,
                    ..self.now
                });
                each(Change::FreedBefore(life(id, block, &born), freed));
                return;
            }
        }
        each(Change::Allocated(life(id, block, &born)));
        self.born.insert(id, born);
    }

    fn free(&mut self, id: AllocationId, free: EarlyFree, each: &mut impl FnMut(Change)) {
        let Some(sum) = self.freed_bytes.checked_add(free.size) else {
            return;
        };
        self.freed_bytes = sum;
        match self.matcher.free(id, free) {
            Freed::Matched(block) => {
                each(Change::Ended(self.life(id, block), End::Freed(self.now)));
                self.born.remove(&id);
            }
            Freed::Waiting => {
                self.early.insert(id, self.now);
            }
            Freed::Double => {}
        }
    }

    fn reallocate(&mut self, id: AllocationId, size: u64, each: &mut impl FnMut(Change)) {
        if self.is_sample {
            return;
        }
        let Some(block) = self.matcher.reallocate(id, size) else {
            return;
        };
        let added = size.saturating_sub(block.size);
        let Some(sum) = self.allocated_bytes.checked_add(added) else {
            self.matcher.reallocate(id, block.size);
            return;
        };
        self.allocated_bytes = sum;
        if let Some(born) = self.born.get_mut(&id) {
            born.allocated_bytes += added;
        }
        let life = self.life(id, Block { size, ..block });
        let from = block.size;
        each(Change::Resized { life, from });
    }

    fn life(&self, id: AllocationId, block: Block) -> Life {
        let unknown = Born {
            at: Moment {
                line: block.line,
                ..Moment::default()
            },
            size: block.size,
            allocated_bytes: block.size,
        };
        life(id, block, self.born.get(&id).unwrap_or(&unknown))
    }
}

fn life(id: AllocationId, block: Block, born: &Born) -> Life {
    Life {
        id,
        site: block.site,
        born: born.at,
        size: born.size,
        last_size: block.size,
        allocated_bytes: born.allocated_bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(events: &[Event]) -> Vec<Record> {
        let records = (1..).zip(events);
        records
            .map(|(line, event)| Record {
                line,
                event: *event,
            })
            .collect()
    }

    fn changes(events: &[Event]) -> Vec<Change> {
        let (mut lifetimes, mut changes) = (Lifetimes::default(), Vec::new());
        for record in records(events) {
            lifetimes.apply(&record, &mut |change| changes.push(change));
        }
        lifetimes.finish(&mut |change| changes.push(change));
        changes
    }

    const ID: AllocationId = AllocationId(7);

    fn allocate(size: u64) -> Event {
        let site = SiteId(0);
        Event::Allocate { site, size, id: ID }
    }

    fn free(size: u64) -> Event {
        let type_id = unfreed_events::TypeId(0);
        Event::Free {
            type_id,
            size,
            id: ID,
        }
    }

    #[test]
    fn a_life_has_its_begin_and_its_end() {
        let thread = WordId(3);
        let name = WordId(4);
        let resize = Event::Reallocate {
            type_id: unfreed_events::TypeId(0),
            size: 24,
            id: ID,
        };
        let events = [
            Event::Time { ns: 5 },
            Event::Thread { thread },
            allocate(16),
            Event::Mark { name },
            resize,
            Event::Time { ns: 9 },
            Event::Release { id: ID },
        ];
        let born = Moment {
            line: 3,
            time: Some(5),
            thread: Some(thread),
            iteration: 0,
        };
        let new = Life {
            id: ID,
            site: SiteId(0),
            born,
            size: 16,
            last_size: 16,
            allocated_bytes: 16,
        };
        let life = Life {
            last_size: 24,
            allocated_bytes: 24,
            ..new
        };
        let freed = Moment {
            line: 7,
            time: Some(9),
            thread: None,
            iteration: 1,
        };
        let expected = [
            Change::Allocated(new),
            Change::Resized { life, from: 16 },
            Change::Ended(life, End::Freed(freed)),
        ];
        assert_eq!(changes(&events), expected);
    }

    #[test]
    fn a_free_before_its_allocation_keeps_its_moment() {
        let changes = changes(&[free(16), allocate(16)]);
        let [Change::FreedBefore(life, at)] = changes[..] else {
            panic!("{changes:?}");
        };
        assert_eq!((at.line, life.born.line), (1, 2));
    }

    #[test]
    fn what_is_freed_takes_no_memory() {
        let mut lifetimes = Lifetimes::default();
        for number in 0..10_000 {
            let id = AllocationId(number);
            let site = SiteId(0);
            let events = [Event::Allocate { site, size: 8, id }, Event::Release { id }];
            for record in records(&events) {
                lifetimes.apply(&record, &mut |_| {});
            }
        }
        assert!(lifetimes.born.is_empty() && lifetimes.early.is_empty());
    }
}
