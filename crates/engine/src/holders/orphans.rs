//! Blocks that a JS handle owned which the garbage collector took without their being
//! freed, and what only these lead to.

use hashbrown::{HashMap, HashSet};

use crate::reach::{Class, Heap, Holder, Reachability};

/// These blocks of one memory.
pub(super) struct Orphans {
    /// The kind of the handle that each block had, by the block's address.
    kinds: HashMap<u64, usize>,
    /// The indices of blocks that are indirectly lost, and to which these lead.
    below: HashSet<u32>,
}

impl Orphans {
    pub(super) fn new(
        heap: &Heap<'_>,
        reachability: &Reachability,
        kinds: impl Iterator<Item = (u64, usize)>,
    ) -> Self {
        let mut orphans = Orphans {
            kinds: kinds.collect(),
            below: HashSet::new(),
        };
        if !orphans.kinds.is_empty() {
            orphans.look(heap, reachability);
        }
        orphans
    }

    /// Goes from each block that is indirectly lost to what it was found from, up to a
    /// block of which the answer is known.
    fn look(&mut self, heap: &Heap<'_>, reachability: &Reachability) {
        let blocks = heap.blocks().as_slice();
        let mut others: HashSet<u32> = HashSet::new();
        let mut way = Vec::new();
        for index in 0..blocks.len() as u32 {
            let mut at = index;
            let is_below = loop {
                if self.below.contains(&at) || self.kind(blocks[at as usize].address).is_some() {
                    break true;
                }
                if others.contains(&at) || reachability.class(at) != Class::IndirectlyLost {
                    break false;
                }
                way.push(at);
                match reachability.holder(at) {
                    Holder::Block(holder) => at = holder,
                    Holder::Root(_) | Holder::Nothing => break false,
                }
            };
            let known = match is_below {
                true => &mut self.below,
                false => &mut others,
            };
            known.extend(way.drain(..));
        }
    }

    /// The kind of the handle that the block with this address had.
    pub(super) fn kind(&self, address: u64) -> Option<usize> {
        self.kinds.get(&address).copied()
    }

    /// Whether a block, by its index, is lost because these are.
    pub(super) fn leads_to(&self, block: u32) -> bool {
        self.below.contains(&block)
    }
}
