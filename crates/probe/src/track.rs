//! Types that carry their probe as a field.

use std::any::type_name;
use std::panic::Location;

use get_size2::{GetSize, GetSizeTracker, StandardTracker};

use crate::{Probe, measure};

/// A type with a field of type [`Probe`]. Implemented by
/// [`derive(Track)`](derive@crate::Track).
///
/// ```
/// use unfreed_probe::{Probe, Track};
///
/// #[derive(Track)]
/// #[track(clone)]
/// struct Proof {
///     commitments: Vec<[u64; 4]>,
///     probe: Probe,
/// }
///
/// impl Proof {
///     #[track_caller]
///     fn new(rows: usize) -> Proof {
///         Proof::tracked(|probe| Proof { commitments: vec![[0; 4]; rows], probe })
///     }
/// }
///
/// let mut proof = Proof::new(1000);          // @ALLOCATE …::Proof 32048 src/….rs:19:17 0
/// proof.commitments.reserve_exact(3000);
/// proof.remeasure();                         // @REALLOC …::Proof 128048 0
/// let commitments = proof.commitments;       // a field may be moved out
/// // @DROP …::Proof 128048 0, where the rest of `proof` ends
/// ```
pub trait Track: GetSize {
    /// Makes an object, measures it, and announces it. The site is that of the
    /// caller: put `#[track_caller]` on the constructor that calls this.
    #[track_caller]
    #[must_use]
    fn tracked(build: impl FnOnce(Probe) -> Self) -> Self {
        announced(build(Probe::silent()), Location::caller())
    }

    /// The same for constructors that can fail. What failed is not logged.
    ///
    /// # Errors
    ///
    /// Those of `build`.
    #[track_caller]
    fn try_tracked<E>(build: impl FnOnce(Probe) -> Result<Self, E>) -> Result<Self, E> {
        let at = Location::caller();
        build(Probe::silent()).map(|object| announced(object, at))
    }

    /// Measures the object again, and logs its size if it has changed.
    fn remeasure(&mut self) {
        if self.__probe().is_announced() && crate::is_on() {
            let bytes = bytes(self);
            self.__probe_mut().report(|| bytes);
        }
    }

    #[doc(hidden)]
    fn __probe(&self) -> &Probe;

    #[doc(hidden)]
    fn __probe_mut(&mut self) -> &mut Probe;

    #[doc(hidden)]
    fn __own_heap<S: GetSizeTracker>(&self, seen: S) -> (usize, S);
}

fn announced<T: Track>(mut object: T, at: &'static Location<'static>) -> T {
    if !object.__probe().is_announced() && crate::is_on() {
        let mut probe = std::mem::replace(object.__probe_mut(), Probe::silent());
        probe.announce(type_name::<T>, || bytes(&object), at);
        *object.__probe_mut() = probe;
    }
    object
}

fn bytes<T: Track>(object: &T) -> usize {
    measure::own_bytes(size_of::<T>(), || {
        object.__own_heap(StandardTracker::new()).0
    })
}
