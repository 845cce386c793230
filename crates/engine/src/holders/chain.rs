//! What leads from a root to a block.

use unfreed_events::SiteId;

use super::{Scan, ThreadStack};
use crate::reach::{Class, Node, Root};

/// A block, and what leads to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chain {
    /// Why it is live.
    pub class: Class,
    /// Where it begins: nothing, if its first block is definitely lost.
    pub origin: Option<Origin>,
    /// The blocks on the way; the last is the one in question.
    pub links: Vec<Link>,
    /// The JS handle that owned the block, or else the nearest one before it that had one
    /// that was collected.
    pub collected: Option<Collected>,
    /// Bytes that would be held by nothing without the block, its own included.
    pub retained: u64,
}

impl Chain {
    /// Whether the JS handle that owned the block itself was collected.
    #[must_use]
    pub fn is_orphan(&self) -> bool {
        self.collected
            .is_some_and(|found| found.link + 1 == self.links.len())
    }
}

/// A JS handle that was collected while the block that it owned stayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Collected {
    /// Its kind.
    pub kind: usize,
    /// Which link it owned.
    pub link: usize,
}

/// Where a chain begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A word of static data at this address.
    Static {
        /// Its address.
        word: u64,
    },
    /// A global of the module.
    Global {
        /// Its index, imported ones counted, if it is known.
        index: Option<u32>,
        /// Its name; empty if it has none.
        name: String,
    },
    /// A shadow stack or thread-local storage.
    Stack(ThreadStack),
    /// A JS handle.
    Handle {
        /// Its kind.
        kind: usize,
        /// Its number.
        handle: u64,
    },
}

/// A block on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// Where the pointer to it lies in the block before: so many bytes behind its
    /// begin. `None` if it lies in the root.
    pub at: Option<u64>,
    /// Where the pointer points: so many bytes behind the begin of this block.
    pub offset: u64,
    /// Its address.
    pub address: u64,
    /// Its size in bytes.
    pub size: u64,
    /// Where it was allocated.
    pub site: SiteId,
}

impl Scan<'_> {
    pub(super) fn chain(&self, block: u32) -> Option<Chain> {
        let path = self.reachability.path(self.heap, block)?;
        let first_word = path.steps.first().and_then(|step| step.word);
        let root = path
            .root
            .and_then(|root| self.heap.roots().as_slice().get(root as usize));
        let origin = root.and_then(|root| self.origin(root, first_word));
        let mut links: Vec<Link> = Vec::with_capacity(path.steps.len());
        for step in &path.steps {
            let found = self.heap.blocks().as_slice().get(step.block as usize)?;
            let before = links.last();
            links.push(Link {
                at: before.and_then(|before| step.word?.checked_sub(before.address)),
                offset: step.offset,
                address: found.address,
                size: found.size,
                site: self.site(step.block),
            });
        }
        Some(Chain {
            class: self.reachability.class(block),
            origin,
            collected: (0..links.len()).rev().find_map(|link| {
                let kind = self.orphans.kind(links[link].address)?;
                Some(Collected { kind, link })
            }),
            links,
            retained: self.retained.bytes(Node::Block(block)),
        })
    }

    fn origin(&self, root: &Root, word: Option<u64>) -> Option<Origin> {
        Some(match root {
            Root::Static { range } => Origin::Static {
                word: word.unwrap_or(range.start),
            },
            Root::Global { global, .. } => {
                let global = self.globals.get(*global as usize)?;
                Origin::Global {
                    index: global.index,
                    name: global.name.clone(),
                }
            }
            Root::Stack { worker, .. } => Origin::Stack(*self.stacks.get(*worker as usize)?),
            Root::Handle { class, handle, .. } => Origin::Handle {
                kind: *class as usize,
                handle: *handle,
            },
        })
    }
}
