//! Copies of memories, compared with what the ledger knows when they were taken.

use unfreed_events::trace::Snapshot;

use super::Ledger;
use crate::holders::{Begin, Holders, Known, Question};
use crate::matching::Remaining;
use crate::reach::ReachError;

impl Ledger {
    /// What holds the live blocks of a memory that is accounted for, at a snapshot
    /// that was taken now.
    pub fn holders(
        &self,
        snapshot: &Snapshot,
        question: &Question,
    ) -> Option<Result<Holders, ReachError>> {
        let memory = self
            .spaces
            .as_ref()?
            .memories()
            .get(usize::from(snapshot.heap))?;
        let known = Known {
            matcher: &self.matcher,
            memory,
            handles: &self.handles,
            sites: &self.sites,
            thread_starts: &self.thread_starts,
            begin: self.begins.iter().find(|begin| begin.heap == snapshot.heap),
        };
        Some(Holders::of(&known, snapshot, question))
    }

    /// Keeps a memory as it was when its first instance had been made.
    pub fn began(&mut self, snapshot: &Snapshot) {
        if self.begins.iter().any(|begin| begin.heap == snapshot.heap) {
            return;
        }
        let mut newest = 0;
        self.matcher.for_each_remaining(|id, remaining| {
            if let Remaining::Live(block) = remaining
                && id.memory() == snapshot.heap
            {
                newest = newest.max(block.line);
            }
        });
        self.begins.push(Begin {
            heap: snapshot.heap,
            newest,
            image: snapshot.image.clone(),
        });
    }
}
