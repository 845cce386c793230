//! The size of an object: what it occupies itself and what it owns on the heap,
//! without the tracked objects inside it, which report their own.

use std::cell::Cell;

use get_size2::{GetSize, GetSizeTracker};

use crate::Probe;

thread_local! {
    /// While an object is measured: the bytes of the tracked objects in it.
    static NESTED: Cell<Option<usize>> = const { Cell::new(None) };
}

/// How [`Tracked`](crate::Tracked) measures and names a type. [`Deep`] is the
/// usual way; implement it on a type of your own for types that cannot be
/// measured by `GetSize`.
///
/// ```
/// use unfreed_probe::{Measure, Tracked};
/// # struct Index { gates: usize }
///
/// /// Index is a foreign type; each of its gates takes 96 bytes.
/// struct ByGates;
///
/// impl Measure<Index> for ByGates {
///     fn heap_bytes(index: &Index) -> usize {
///         index.gates * 96
///     }
/// }
///
/// let index = Tracked::<_, ByGates>::measured(Index { gates: 100 });
/// ```
pub trait Measure<T> {
    /// The bytes that `value` owns on the heap. Its own are added to them.
    fn heap_bytes(value: &T) -> usize;

    /// The name of the type in the log.
    #[must_use]
    fn name() -> &'static str {
        std::any::type_name::<T>()
    }

    /// The same for a value inside of another, whose tracker knows which shared
    /// contents were counted already.
    #[doc(hidden)]
    fn heap_bytes_inside<S: GetSizeTracker>(value: &T, seen: S) -> (usize, S) {
        (Self::heap_bytes(value), seen)
    }
}

/// Measures by [`GetSize`]: all that a value owns, by its capacity and not its
/// length, and what is shared by an `Arc` or `Rc` once.
#[derive(Debug)]
pub enum Deep {}

impl<T: GetSize> Measure<T> for Deep {
    fn heap_bytes(value: &T) -> usize {
        value
            .get_heap_size_with_tracker(get_size2::StandardTracker::new())
            .0
    }

    fn heap_bytes_inside<S: GetSizeTracker>(value: &T, seen: S) -> (usize, S) {
        value.get_heap_size_with_tracker(seen)
    }
}

/// `inline` bytes and what `heap` finds, without the tracked objects in there.
pub(crate) fn own_bytes(inline: usize, heap: impl FnOnce() -> usize) -> usize {
    // Objects that measuring makes for a moment are none of the program's.
    #[cfg(feature = "enabled")]
    let _guard = crate::guard::Guard::enter_again();
    let outer = Restore(NESTED.with(|nested| nested.replace(Some(0))));
    let bytes = inline + heap();
    let nested = NESTED.with(Cell::get).unwrap_or(0);
    drop(outer);
    bytes.saturating_sub(nested)
}

/// Also when measuring panics.
struct Restore(Option<usize>);

impl Drop for Restore {
    fn drop(&mut self) {
        NESTED.with(|nested| nested.set(self.0));
    }
}

/// Whether an object that is met while another is measured is to be left out,
/// since it has its own line in the log.
#[doc(hidden)]
pub fn is_counted_by_itself<T>(probe: &Probe) -> bool {
    probe.is_announced()
        && NESTED.with(|nested| {
            let met = nested.get();
            nested.set(met.map(|bytes| bytes + size_of::<T>()));
            met.is_some()
        })
}
