//! Temporary allocations: freed before the next allocation of the same thread
//! (memray's definition with its default threshold of 1). Events whose thread
//! is not logged count as one thread.

use hashbrown::HashMap;
use unfreed_events::{AllocationId, WordId};

/// The last allocation of each thread.
#[derive(Default)]
pub(super) struct LastAllocations {
    unnamed: Option<AllocationId>,
    threads: HashMap<WordId, AllocationId>,
}

impl LastAllocations {
    #[inline]
    pub fn allocated(&mut self, thread: Option<WordId>, id: AllocationId) {
        match thread {
            None => self.unnamed = Some(id),
            Some(thread) => {
                self.threads.insert(thread, id);
            }
        }
    }

    /// Whether `id`, which is freed now, is the last that `thread` allocated.
    #[inline]
    pub fn was_last(&mut self, thread: Option<WordId>, id: AllocationId) -> bool {
        match thread {
            None => self.unnamed == Some(id),
            Some(thread) => self.threads.get(&thread) == Some(&id),
        }
    }
}
