//! The part of an object that logs its end.

use std::fmt;
use std::panic::Location;

use crate::{events, state};

/// No object has this id: they are counted from 0.
const SILENT: u64 = u64::MAX;

/// A field that makes an object known to the log, and logs its end when it is
/// dropped.
///
/// Only [`Track::tracked`](crate::Track::tracked) hands one out, so an object
/// that has this field was announced, and a constructor cannot be forgotten: a
/// struct literal without it does not compile. It cannot be cloned for the same
/// reason; see `#[track(clone)]` of [`derive(Track)`](derive@crate::Track).
///
/// ```compile_fail,E0277
/// # use unfreed_probe::{Probe, Track};
/// #[derive(Track, Clone)] // the clone would be freed, but was never allocated
/// struct Proof { rows: Vec<u64>, probe: Probe }
/// ```
///
/// ```compile_fail
/// # use unfreed_probe::{Probe, Track};
/// #[derive(Track)]
/// enum Witness { Dense(Vec<u64>, Probe), Empty } // `Empty` would be logged nowhere
/// ```
///
/// It moves along with its object, so nothing has to be told when one moves:
/// into a `Box`, through `Box::into_raw` and back, or to JavaScript and back.
/// The fields beside it can be moved out, since the object itself has no `Drop`;
/// the object ends, for the log, where its probe is dropped.
///
/// 24 bytes, 16 on wasm32; without the feature `enabled` none.
pub struct Probe {
    id: u64,
    bytes: usize,
    name: fn() -> &'static str,
}

impl Probe {
    pub(crate) fn silent() -> Probe {
        Probe {
            id: SILENT,
            bytes: 0,
            name: || "",
        }
    }

    #[inline]
    pub(crate) fn is_announced(&self) -> bool {
        self.id != SILENT
    }

    #[inline]
    pub(crate) fn announce(
        &mut self,
        name: fn() -> &'static str,
        measure: impl FnOnce() -> usize,
        at: &'static Location<'static>,
    ) {
        if self.is_announced() || !state::is_on() {
            return;
        }
        if let Some((id, bytes)) = events::allocated(name(), measure, at) {
            *self = Probe { id, bytes, name };
        }
    }

    /// Reports the size again, if it has changed.
    #[inline]
    pub(crate) fn report(&mut self, measure: impl FnOnce() -> usize) {
        if !self.is_announced() || !state::is_on() {
            return;
        }
        let bytes = measure();
        if bytes != self.bytes {
            self.bytes = bytes;
            events::reallocated((self.name)(), bytes, self.id);
        }
    }
}

impl Drop for Probe {
    #[inline]
    fn drop(&mut self) {
        if self.is_announced() && state::is_on() {
            events::freed((self.name)(), self.bytes, self.id);
        }
    }
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_announced() {
            write!(f, "Probe({})", self.id)
        } else {
            write!(f, "Probe(not logged)")
        }
    }
}
