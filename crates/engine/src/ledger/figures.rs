//! The figures of sites, types and the whole. Sizes are in bytes.

use unfreed_events::{SiteSums, TypeId};

use crate::sampling::Weight;

/// No sum of counts exceeds 64 bits while there are no more allocations than this.
const MOST_ALLOCATIONS: u64 = 1 << 62;

/// Sums over all events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Allocations logged.
    pub allocations: u64,
    /// Their bytes, with what reallocations added.
    pub allocated_bytes: u64,
    /// Frees logged, whether or not their allocation was.
    pub frees: u64,
    /// Their bytes, as the frees name them.
    pub freed_bytes: u64,
    /// Reallocations of live blocks.
    pub reallocations: u64,
    /// Bytes given up by blocks that were reallocated to a smaller size.
    pub shrunk_bytes: u64,
    /// Blocks allocated and not freed.
    pub live: u64,
    /// Their bytes.
    pub live_bytes: u64,
    /// Blocks whose id was allocated again while they were live.
    pub superseded: u64,
    /// Their bytes.
    pub superseded_bytes: u64,
    /// Allocations freed before the next allocation of their thread.
    pub temporary: u64,
}

impl Totals {
    /// Takes in a site's sums; `None`, and nothing is changed, if that cannot be.
    pub(super) fn add(&mut self, sums: &SiteSums) -> Option<()> {
        let frees = sums.allocations.checked_sub(sums.leaked)?;
        let freed_bytes = sums.allocated_bytes.checked_sub(sums.leaked_bytes)?;
        sums.allocations.checked_sub(sums.peak)?;
        sums.allocated_bytes.checked_sub(sums.peak_bytes)?;
        let allocations = self.allocations.checked_add(sums.allocations)?;
        if allocations > MOST_ALLOCATIONS {
            return None;
        }
        self.allocated_bytes = self.allocated_bytes.checked_add(sums.allocated_bytes)?;
        self.allocations = allocations;
        // No part exceeds what its whole does not.
        self.frees += frees;
        self.freed_bytes += freed_bytes;
        self.live += sums.leaked;
        self.live_bytes += sums.leaked_bytes;
        Some(())
    }

    pub(super) fn resize(&mut self, from: u64, to: u64) {
        self.live_bytes = self.live_bytes - from + to;
        self.allocated_bytes += to.saturating_sub(from);
        self.shrunk_bytes += from.saturating_sub(to);
    }
}

/// What was allocated at one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteFigures {
    /// The site's type; `None` for a site that was not declared.
    pub type_id: Option<TypeId>,
    /// Allocations.
    pub allocations: u64,
    /// Their bytes, with what reallocations added.
    pub allocated_bytes: u64,
    /// Bytes given up by reallocations.
    pub shrunk_bytes: u64,
    /// Blocks allocated and not freed.
    pub live: u64,
    /// Their bytes.
    pub live_bytes: u64,
    /// Blocks whose id was allocated again while they were live.
    pub superseded: u64,
    /// Their bytes.
    pub superseded_bytes: u64,
    /// Allocations freed before the next allocation of their thread.
    pub temporary: u64,
    /// The smallest size allocated, if any was.
    pub smallest: u64,
    /// The largest size allocated, if any was.
    pub largest: u64,
    /// Blocks live at the high-water mark.
    pub peak: u64,
    /// Their bytes.
    pub peak_bytes: u64,
    /// The high-water mark that `peak` and `peak_bytes` belong to.
    epoch: u64,
    /// Whether threads allocate here what they need to start.
    pub starts_threads: bool,
}

impl Default for SiteFigures {
    fn default() -> Self {
        SiteFigures {
            type_id: None,
            allocations: 0,
            allocated_bytes: 0,
            shrunk_bytes: 0,
            live: 0,
            live_bytes: 0,
            superseded: 0,
            superseded_bytes: 0,
            temporary: 0,
            smallest: u64::MAX,
            largest: 0,
            peak: 0,
            peak_bytes: 0,
            epoch: 0,
            starts_threads: false,
        }
    }
}

impl SiteFigures {
    pub(super) fn add(&mut self, sums: &SiteSums) {
        self.type_id = Some(sums.type_id);
        self.allocations += sums.allocations;
        self.allocated_bytes += sums.allocated_bytes;
        self.live += sums.leaked;
        self.live_bytes += sums.leaked_bytes;
        self.peak += sums.peak;
        self.peak_bytes += sums.peak_bytes;
    }

    #[inline]
    pub(super) fn count_allocation(&mut self, size: u64, weight: Weight) {
        self.allocations += weight.blocks;
        self.allocated_bytes += weight.bytes;
        self.smallest = self.smallest.min(size);
        self.largest = self.largest.max(size);
    }

    /// Must come before a change of what is live: if a high-water mark was
    /// reached since the last change, what is live now was live then.
    #[inline]
    pub(super) fn before_change(&mut self, epoch: u64) {
        if self.epoch != epoch {
            self.epoch = epoch;
            self.peak = self.live;
            self.peak_bytes = self.live_bytes;
        }
    }

    /// What one block stands for is no longer live.
    #[inline]
    pub(super) fn went(&mut self, weight: Weight, epoch: u64) {
        self.before_change(epoch);
        self.live -= weight.blocks;
        self.live_bytes -= weight.bytes;
    }

    pub(super) fn resize(&mut self, from: u64, to: u64) {
        self.live_bytes = self.live_bytes - from + to;
        self.allocated_bytes += to.saturating_sub(from);
        self.shrunk_bytes += from.saturating_sub(to);
    }

    /// The smallest and largest size allocated; `None` if nothing was, or only sums
    /// are known.
    pub fn size_range(&self) -> Option<(u64, u64)> {
        (self.smallest <= self.largest).then_some((self.smallest, self.largest))
    }

    /// Allocations whose free was logged.
    pub fn freed(&self) -> u64 {
        self.allocations - self.live - self.superseded
    }
}

/// What the frees of one type say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TypeFigures {
    /// Frees that name this type.
    pub frees: u64,
    /// Their bytes, as the frees name them.
    pub freed_bytes: u64,
    /// Those of them whose block was free already.
    pub double_frees: u64,
}

impl TypeFigures {
    pub(super) fn add(&mut self, sums: &SiteSums) {
        self.frees += sums.allocations - sums.leaked;
        self.freed_bytes += sums.allocated_bytes - sums.leaked_bytes;
    }
}

/// The figures with this number, which are zero if it is new.
#[inline]
pub(super) fn at<T: Default + Clone>(figures: &mut Vec<T>, number: u32) -> &mut T {
    let index = number as usize;
    if index >= figures.len() {
        grow(figures, index);
    }
    &mut figures[index]
}

#[cold]
fn grow<T: Default + Clone>(figures: &mut Vec<T>, index: usize) {
    figures.resize(index + 1, T::default());
}
