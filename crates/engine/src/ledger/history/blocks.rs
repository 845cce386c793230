//! Which blocks were live at some of the moments.

use unfreed_events::SiteId;

use crate::ledger::Ledger;
use crate::matching::Remaining;

/// Marks at which blocks are looked at, beside the end.
const LOOKS: usize = 8;

/// A block as it was at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Seen {
    memory: u16,
    address: u64,
    /// Running line number of its allocation.
    line: u64,
    /// In bytes.
    size: u64,
    site: SiteId,
}

/// A moment at which blocks were looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    /// The place of the moment in the history.
    pub moment: usize,
    /// Size of each memory then, in bytes.
    pub memories: Vec<u64>,
}

/// A block that was live at one of the looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapBlock {
    /// The place of its memory.
    pub memory: u16,
    /// Byte offset in the memory.
    pub address: u64,
    /// In bytes.
    pub size: u64,
    /// Type and place.
    pub site: SiteId,
    /// Running line number of its allocation.
    pub line: u64,
    /// The number of the first look at which it was live.
    pub first: usize,
    /// The number of the last.
    pub last: usize,
}

/// The blocks that were live at some moments.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockMap {
    /// The moments, in order.
    pub looks: Vec<Look>,
    /// In the order of memories and addresses.
    pub blocks: Vec<MapBlock>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Looks {
    looks: Vec<(Look, Vec<Seen>)>,
    marks: u64,
    stride: u64,
}

impl Looks {
    /// At every so many marks.
    pub fn at_mark(&mut self, ledger: &Ledger, moment: usize) {
        self.marks += 1;
        let stride = self.stride.max(1);
        if !(self.marks - 1).is_multiple_of(stride) {
            return;
        }
        self.look(ledger, moment);
        if self.looks.len() > LOOKS {
            let mut number = 0;
            self.looks.retain(|_| {
                number += 1;
                number % 2 == 1
            });
            self.stride = stride * 2;
        }
    }

    /// Only where blocks have addresses.
    pub fn look(&mut self, ledger: &Ledger, moment: usize) {
        let Some(spaces) = &ledger.spaces else {
            return;
        };
        let mut seen = Vec::new();
        ledger.matcher.for_each_remaining(|id, remaining| {
            if let Remaining::Live(block) = remaining {
                seen.push(Seen {
                    memory: id.memory(),
                    address: id.address(),
                    line: block.line,
                    size: block.size,
                    site: block.site,
                });
            }
        });
        seen.sort_unstable();
        let memories = spaces.memories().iter().map(|memory| memory.size());
        let look = Look {
            moment,
            memories: memories.collect(),
        };
        self.looks.push((look, seen));
    }

    /// Moments have moved to these places, or were dropped.
    pub fn moved(&mut self, places: &[Option<usize>]) {
        self.looks.retain_mut(|(look, _)| {
            let place = places.get(look.moment).copied().flatten();
            look.moment = place.unwrap_or_default();
            place.is_some()
        });
    }

    pub fn map(&self) -> BlockMap {
        let mut all: Vec<(Seen, usize)> = Vec::new();
        for (number, (_, seen)) in self.looks.iter().enumerate() {
            all.extend(seen.iter().map(|block| (*block, number)));
        }
        all.sort_unstable();
        let mut blocks: Vec<MapBlock> = Vec::new();
        let mut before = None;
        for (seen, number) in all {
            if before == Some(seen)
                && let Some(block) = blocks.last_mut()
            {
                block.last = number;
                continue;
            }
            before = Some(seen);
            blocks.push(MapBlock {
                memory: seen.memory,
                address: seen.address,
                size: seen.size,
                site: seen.site,
                line: seen.line,
                first: number,
                last: number,
            });
        }
        BlockMap {
            looks: self.looks.iter().map(|(look, _)| look.clone()).collect(),
            blocks,
        }
    }
}
