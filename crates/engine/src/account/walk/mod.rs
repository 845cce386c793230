//! The self-check of a model: what it says is in use and free, against the headers
//! that the allocator itself keeps in a snapshot of the memory.
//!
//! All allocators that are walked keep the size of a chunk in a word before the
//! block, so that an extent of the model begins with the header of its chunk. The
//! walk goes from header to header. Where one makes no sense it goes on at the next
//! live block, so that one damaged header hides no more than what lies behind it.

mod compare;
mod dlmalloc;
mod emmalloc;
#[cfg(test)]
mod tests;
mod tlsf;

use unfreed_events::trace::raw;
use unfreed_events::trace::{MemoryImage, Snapshot};

use super::memory::Memory;
use super::model::{DLMALLOC, DLMALLOC_64, EMMALLOC, Model, TLSF};

pub use compare::{Comparison, Difference, DifferenceKind};

/// How many chunks one call of an allocator can change: a block, both of its
/// neighbours, and what is left of a hole.
const CHUNKS_OF_A_CALL: u64 = 4;

/// What the header at an address says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Header {
    /// A block in use, and where its chunk ends.
    Used(u64),
    /// Free memory up to there, or the top.
    Free(u64),
    /// The allocator's own up to there.
    Own(u64),
    /// A piece of memory that the allocator was given ends here.
    End,
}

/// The allocators whose headers are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Headers {
    /// Words of so many bytes.
    Dlmalloc(u64),
    Emmalloc,
    Tlsf,
}

impl Headers {
    fn of(model: &Model) -> Option<Headers> {
        let known = [
            (&DLMALLOC, Headers::Dlmalloc(4)),
            (&DLMALLOC_64, Headers::Dlmalloc(8)),
            (&EMMALLOC, Headers::Emmalloc),
            (&TLSF, Headers::Tlsf),
        ];
        let mut known = known.into_iter();
        Some(known.find(|(known, _)| known.name == model.name)?.1)
    }

    /// The header at an address; `None` if there is none, or its neighbours do not
    /// agree with it.
    fn at(self, image: &MemoryImage, address: u64) -> Option<Header> {
        match self {
            Headers::Dlmalloc(word) => dlmalloc::header(image, address, word),
            Headers::Emmalloc => emmalloc::header(image, address),
            Headers::Tlsf => tlsf::header(image, address),
        }
    }

    /// How many bytes more, or fewer, a chunk may have than the model says of it
    /// (`docs/account.md`): what is left where a block is made smaller in place is
    /// less than a hole; behind a block with a larger alignment dlmalloc leaves up to
    /// a hole and a step; before a hole emmalloc rounds to a word only. Where all
    /// blocks are at multiples of 16 the model takes chunks for multiples of 16, too,
    /// which they are not if the program itself asks for that alignment.
    fn slack(self, model: &Model, is_aligned_to_16: bool) -> (u64, u64) {
        let guessed = is_aligned_to_16 && model.may_align_to_16;
        match self {
            Headers::Dlmalloc(_) => {
                let fewer = if guessed { 16 - model.step } else { 0 };
                (model.split + model.step, fewer)
            }
            Headers::Emmalloc => (model.split - 1, 4),
            Headers::Tlsf => (model.split - 1, 0),
        }
    }
}

/// What came of comparing a memory with a snapshot of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SelfCheck {
    /// The place of the memory among all.
    pub memory: usize,
    /// How many events came before.
    pub events_before: u64,
    /// When it was taken, in microseconds since the recording began.
    pub time: u64,
    /// What the recorder said of it.
    pub said: raw::Snapshot,
    /// What came of it.
    pub result: CheckResult,
}

/// What came of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckResult {
    /// The headers of the allocator are not known.
    NotModelled,
    /// So many pages of the snapshot are missing.
    PagesMissing(u64),
    /// Its headers were compared.
    Compared(Comparison),
}

/// Whether model and headers agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Agreement {
    /// They do.
    Agrees,
    /// They differ by no more than what other threads can have changed while the
    /// memory was copied.
    NotExact,
    /// They do not.
    Differs,
}

impl SelfCheck {
    /// Compares `memory`, as the events before the snapshot have left it.
    pub(super) fn of(memory: &Memory, snapshot: &Snapshot) -> SelfCheck {
        let missing = snapshot.missing_pages();
        let said = &snapshot.said.what;
        let model = memory.model();
        let result = match model.and_then(|model| Some((model, Headers::of(model)?))) {
            None => CheckResult::NotModelled,
            Some(_) if missing > 0 || !said.error.is_empty() => CheckResult::PagesMissing(missing),
            Some((model, headers)) => CheckResult::Compared(compare::compare(
                headers,
                model,
                || memory.pieces().filter(|piece| piece.used),
                &snapshot.image,
            )),
        };
        SelfCheck {
            memory: usize::from(snapshot.heap),
            events_before: snapshot.events_before,
            time: snapshot.said.time,
            said: said.clone(),
            result,
        }
    }

    /// What was compared, if anything was.
    #[must_use]
    pub fn comparison(&self) -> Option<&Comparison> {
        match &self.result {
            CheckResult::Compared(comparison) => Some(comparison),
            _ => None,
        }
    }

    /// Whether model and headers agree; `None` if they were not compared.
    #[must_use]
    pub fn agreement(&self) -> Option<Agreement> {
        let differing = self.comparison()?.differing_blocks;
        // Each other thread may have been inside of one call, too.
        let calls = match self.said.threads {
            0 => 0,
            threads => u64::from(threads) + u64::from(self.said.events),
        };
        Some(match differing {
            0 => Agreement::Agrees,
            few if few <= calls * CHUNKS_OF_A_CALL => Agreement::NotExact,
            _ => Agreement::Differs,
        })
    }
}
