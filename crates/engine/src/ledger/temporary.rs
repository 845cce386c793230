//! Temporary allocations: freed by the thread that allocated them before it
//! allocates anything else (as memray's `--temporary-allocation-threshold=0`).
//! Events whose thread is not logged count as one thread.

use hashbrown::HashMap;
use unfreed_events::WordId;

/// What makes an allocation a temporary one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Temporary {
    /// Its thread frees it before it allocates anything else.
    #[default]
    BeforeNextAllocation,
    /// It is freed by the next event, as heaptrack counts.
    ByNextEvent,
}

/// The last allocation of each thread, known by its line: an id may stand for
/// another block by the time it is freed.
#[derive(Default)]
pub(super) struct LastAllocations {
    pub rule: Temporary,
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
        match (thread, self.rule) {
            (None, Temporary::BeforeNextAllocation) => self.unnamed == Some(line),
            (None, Temporary::ByNextEvent) => self.unnamed.take() == Some(line),
            (Some(thread), _) => self.threads.get(&thread) == Some(&line),
        }
    }
}
