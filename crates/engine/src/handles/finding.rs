//! What is said of one kind of handles.

use unfreed_events::SiteId;

use crate::findings::Verdict;

/// One kind of handles. Handles made = freed + consumed + collected + held.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HandleFinding {
    /// Handles made.
    pub made: u64,
    /// Those whose `free` was called.
    pub freed: u64,
    /// Those of which a call took what they owned.
    pub consumed: u64,
    /// Those that were collected while the program ran, without any of that.
    pub collected: u64,
    /// Of those, the ones of which it is not known what they owned.
    pub collected_unknown: u64,
    /// Those that were held until the end.
    pub held: u64,
    /// Of those, the ones that nothing led to when the program had nothing left to do.
    pub lost_at_end: u64,
    /// Of those held, the ones of threads that had ended.
    pub held_by_ended_threads: u64,
    /// Of those held, the ones of which it is not known what they own.
    pub held_unknown: u64,
    /// Ends of handles whose begin is not in the recording.
    pub unknown: u64,
    /// The most that were held at once.
    pub peak_held: u64,
    /// Bytes of the live blocks that held handles own, where they are known: those
    /// themselves, not what they point to. A block that several own counts once.
    pub held_bytes: u64,
    /// Blocks whose handles are gone, one of them collected, and that nobody has freed.
    pub orphans: u64,
    /// Their bytes.
    pub orphan_bytes: u64,
    /// The smallest and largest block that a handle owned.
    pub sizes: Option<(u64, u64)>,
    /// What the iterations say of the number and bytes of what is not freed: held or
    /// orphaned. `None` without marks.
    pub verdict: Option<Verdict>,
    /// What was not freed when the first iteration began, and when each ended; empty
    /// without marks.
    pub at_marks: Vec<u64>,
    /// Handles whose stack was taken.
    pub samples: u64,
    /// Who made them, most not freed first.
    pub sites: Vec<HandleSite>,
}

/// Who made handles, by samples: figures are estimates, unless each handle is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HandleSite {
    /// The stack.
    pub site: SiteId,
    /// Handles that the samples of this stack stand for.
    pub made: u64,
    /// The same of those that are held or orphaned.
    pub not_freed: u64,
}

impl HandleFinding {
    /// Whether the stack of every handle was taken.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.samples == self.made
    }

    /// What is not freed: held, or collected while its block stays.
    #[must_use]
    pub fn not_freed(&self) -> u64 {
        self.held + self.orphans
    }

    /// Whether it grows from iteration to iteration.
    #[must_use]
    pub fn grows(&self) -> bool {
        let verdict = self.verdict;
        matches!(verdict, Some(Verdict::Systematic(_) | Verdict::Noisy(_)))
    }
}
