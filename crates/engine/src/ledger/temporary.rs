//! Temporary allocations: freed by the thread that allocated them before it
//! allocates anything else (as memray's `--temporary-allocation-threshold=0`).
//! Events whose thread is not logged count as one thread.

use hashbrown::HashMap;
use unfreed_events::WordId;

/// The last allocation of each thread, known by its line: an id may stand for
/// another block by the time it is freed.
#[derive(Default)]
pub(super) struct LastAllocations {
    unnamed: Option<u64>,
    threads: HashMap<WordId, u64>,
}

impl LastAllocations {
    #[inline]
    pub fn allocated(&mut self, thread: Option<WordId>, line: u64) {
        match thread {
            None => self.unnamed = Some(line),
            Some(thread) => {
                self.threads.insert(thread, line);
            }
        }
    }

    /// Whether the block allocated at `line`, which is freed now, is the last
    /// that `thread` allocated.
    #[inline]
    pub fn was_last(&mut self, thread: Option<WordId>, line: u64) -> bool {
        match thread {
            None => self.unnamed == Some(line),
            Some(thread) => self.threads.get(&thread) == Some(&line),
        }
    }
}
