//! Counters only: what was allocated since counting began.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};

static ALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static FREES: AtomicU64 = AtomicU64::new(0);
static REALLOCATIONS: AtomicU64 = AtomicU64::new(0);
static ALLOCATED_BYTES: AtomicU64 = AtomicU64::new(0);
static LIVE_BYTES: AtomicI64 = AtomicI64::new(0);
static PEAK_BYTES: AtomicI64 = AtomicI64::new(0);

/// What was allocated since [`start_counting`](super::start_counting), by all
/// threads. Sizes are those asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// Blocks that were allocated.
    pub allocations: u64,
    /// Blocks that were freed, also those from before.
    pub frees: u64,
    /// Blocks that were given another size. They are neither allocated nor freed
    /// by that.
    pub reallocations: u64,
    /// Bytes that were allocated, and by which blocks grew.
    pub allocated_bytes: u64,
    /// By how much the bytes that are live have changed. Negative if more of what
    /// was there before was freed than allocated since.
    pub live_bytes: i64,
    /// The most that `live_bytes` was.
    pub peak_bytes: i64,
}

/// The counters as they are. While other threads allocate, each is of another
/// moment.
#[must_use]
pub fn counters() -> Counters {
    Counters {
        allocations: ALLOCATIONS.load(Relaxed),
        frees: FREES.load(Relaxed),
        reallocations: REALLOCATIONS.load(Relaxed),
        allocated_bytes: ALLOCATED_BYTES.load(Relaxed),
        live_bytes: LIVE_BYTES.load(Relaxed),
        peak_bytes: PEAK_BYTES.load(Relaxed),
    }
}

pub(super) fn reset() {
    for counter in [&ALLOCATIONS, &FREES, &REALLOCATIONS, &ALLOCATED_BYTES] {
        counter.store(0, Relaxed);
    }
    LIVE_BYTES.store(0, Relaxed);
    PEAK_BYTES.store(0, Relaxed);
}

pub(super) fn allocated(bytes: usize) {
    ALLOCATIONS.fetch_add(1, Relaxed);
    grew(bytes);
}

pub(super) fn freed(bytes: usize) {
    FREES.fetch_add(1, Relaxed);
    shrank(bytes);
}

pub(super) fn resized(from: usize, to: usize) {
    REALLOCATIONS.fetch_add(1, Relaxed);
    if to >= from {
        grew(to - from);
    } else {
        shrank(from - to);
    }
}

/// No block is larger than `isize::MAX`, so the casts keep its value.
fn grew(bytes: usize) {
    ALLOCATED_BYTES.fetch_add(bytes as u64, Relaxed);
    let live = LIVE_BYTES.fetch_add(bytes as i64, Relaxed) + bytes as i64;
    PEAK_BYTES.fetch_max(live, Relaxed);
}

fn shrank(bytes: usize) {
    LIVE_BYTES.fetch_sub(bytes as i64, Relaxed);
}
