//! What stands in without the feature `enabled`: nothing.

use crate::Sink;

/// Without the feature `enabled`, always 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Counters {
    /// 0.
    pub allocations: u64,
    /// 0.
    pub frees: u64,
    /// 0.
    pub reallocations: u64,
    /// 0.
    pub allocated_bytes: u64,
    /// 0.
    pub live_bytes: i64,
    /// 0.
    pub peak_bytes: i64,
}

/// All are 0.
#[must_use]
pub fn counters() -> Counters {
    Counters::default()
}

/// Does nothing.
pub const fn start_counting() {}

/// Does nothing.
pub fn start_log(_sink: Sink) {}

/// Does nothing.
pub const fn stop() {}
