//! Each growth of a linear memory, with what was free at that moment.

use unfreed_events::{SiteId, WordId};

/// A `memory.grow` that succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grow {
    /// The place of the memory among all.
    pub memory: usize,
    /// Running number of the event.
    pub line: u64,
    /// Its time in ns, if that is known.
    pub time: Option<u64>,
    /// Pages (64 KiB) before.
    pub old_pages: u32,
    /// Pages added.
    pub delta_pages: u32,
    /// The stack that caused it, if that is known.
    pub site: Option<SiteId>,
    /// The thread, if it is known.
    pub thread: Option<WordId>,
    /// Bytes of the allocation that it was for: the next one of the thread. `None`
    /// if none followed.
    pub request: Option<u64>,
    /// What was free between blocks then; `None` if the allocator is not modelled.
    pub free: Option<FreeThen>,
}

/// What was free in a memory at a moment. All figures are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreeThen {
    /// In all holes.
    pub holes: u64,
    /// In the largest hole.
    pub largest: u64,
    /// Above all blocks in use.
    pub top: u64,
}

impl Grow {
    /// Whether what was asked for would have fitted had all holes and what was free
    /// at the top been one; `None` if that is not known.
    #[must_use]
    pub fn would_have_fitted(&self) -> Option<bool> {
        let free = self.free?;
        Some(free.holes + free.top >= self.request?)
    }
}
