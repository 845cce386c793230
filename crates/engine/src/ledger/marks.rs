//! Marks: which of them cut the run into iterations, and what is done there.

use unfreed_events::WordId;

use super::Ledger;
use crate::account::Mark;

impl Ledger {
    /// Marks of this name do not cut the run.
    pub fn ignore_marks(&mut self, name: WordId) {
        self.ignored_marks.insert(name);
    }

    /// Whether marks of this name cut the run.
    pub(crate) fn cuts_at(&self, name: WordId) -> bool {
        !self.ignored_marks.contains(&name)
    }

    pub(super) fn mark(&mut self, name: WordId, line: u64) {
        let time = std::mem::take(&mut self.context).time;
        if !self.cuts_at(name) {
            return;
        }
        self.handles.mark();
        if let Some(spaces) = &mut self.spaces {
            spaces.mark(Mark {
                name,
                line,
                time,
                live: self.totals.live_bytes,
                measured: self.memories.latest(),
            });
        }
        self.series
            .mark(name, line, time, &self.totals, &self.sites);
    }
}
