//! What stands in for the probe without the feature `enabled`: nothing.

use std::panic::Location;

use crate::Sink;

/// Always false.
#[inline]
pub const fn is_on() -> bool {
    false
}

/// Does nothing.
#[inline]
pub const fn mark(_name: &str) {}

/// Does nothing.
#[inline]
pub const fn memory(_domain: &str, _bytes: u64) {}

/// Does nothing.
#[inline]
pub const fn memory_now() {}

/// Does nothing.
#[inline]
pub fn start(_sink: Sink) {}

/// Does nothing.
#[inline]
pub const fn stop() {}

/// Without the feature `enabled`, nothing at all.
#[derive(Debug)]
pub struct Probe(());

impl Probe {
    #[inline]
    pub(crate) const fn silent() -> Probe {
        Probe(())
    }

    #[inline]
    pub(crate) const fn is_announced(&self) -> bool {
        false
    }

    #[inline]
    pub(crate) fn announce(
        &mut self,
        _name: fn() -> &'static str,
        _measure: impl FnOnce() -> usize,
        _at: &'static Location<'static>,
    ) {
    }

    #[inline]
    pub(crate) fn report(&mut self, _measure: impl FnOnce() -> usize) {}
}
