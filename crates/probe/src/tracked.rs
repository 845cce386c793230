//! A wrapper for types that cannot have a probe as a field.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::panic::Location;

use get_size2::{GetSize, GetSizeTracker};

use crate::{Deep, Measure, Probe, measure};

/// A value whose life is logged: its creation with its measured size and the
/// caller, the creation of each clone, and its end.
///
/// ```
/// use unfreed_probe::Tracked;
///
/// let mut rows = Tracked::new(vec![0_u64; 100]); // @ALLOCATE alloc::vec::Vec<u64> 848 src/….rs:5:16 0
/// assert_eq!(rows.len(), 100);
/// rows.edit().reserve_exact(400);                // @REALLOC alloc::vec::Vec<u64> 4048 0
/// let copy = rows.clone();                       // @ALLOCATE alloc::vec::Vec<u64> 848 src/….rs:8:17 1
/// let plain: Vec<u64> = rows.into_inner();       // @DROP alloc::vec::Vec<u64> 4048 0
/// ```
///
/// It derefs to the value. There is no `DerefMut`: what changes a value may change
/// its size, and [`edit`](Tracked::edit) measures it again.
///
/// The size is that of the whole `Tracked<T>`, 24 bytes more than the value (16 on
/// wasm32): this is what memory holds. Without the feature `enabled` they are the
/// same.
pub struct Tracked<T, M = Deep> {
    value: T,
    // After the value: what it owns ends before it does.
    probe: Probe,
    measured: PhantomData<fn() -> M>,
}

impl<T: GetSize> Tracked<T> {
    /// Announces a value. The site is that of the caller.
    #[track_caller]
    #[must_use]
    pub fn new(value: T) -> Self {
        Self::at(value, Location::caller())
    }
}

impl<T, M: Measure<T>> Tracked<T, M> {
    /// The same for a value that `M` measures: `Tracked::<_, ByGates>::measured(index)`.
    #[track_caller]
    #[must_use]
    pub fn measured(value: T) -> Self {
        Self::at(value, Location::caller())
    }

    #[inline]
    pub(crate) fn at(value: T, site: &'static Location<'static>) -> Self {
        let mut probe = Probe::silent();
        probe.announce(M::name, || Self::bytes(&value), site);
        Tracked {
            value,
            probe,
            measured: PhantomData,
        }
    }

    fn bytes(value: &T) -> usize {
        measure::own_bytes(size_of::<Self>(), || M::heap_bytes(value))
    }

    /// Lets the value be changed. When the change ends it is measured again, and
    /// a new size is logged.
    pub fn edit(&mut self) -> Edit<'_, T, M> {
        Edit(self)
    }

    /// Measures the value again, and logs its size if it has changed. For values
    /// that change behind a shared reference, as a `Mutex` does.
    pub fn remeasure(&mut self) {
        let value = &self.value;
        self.probe.report(|| Self::bytes(value));
    }
}

impl<T, M> Tracked<T, M> {
    /// The value itself, which is tracked no longer: a `@DROP` is logged.
    #[must_use]
    pub fn into_inner(self) -> T {
        self.value
    }
}

/// Access that measures the value again when it ends. See [`Tracked::edit`].
#[must_use]
pub struct Edit<'a, T, M: Measure<T>>(&'a mut Tracked<T, M>);

impl<T, M: Measure<T>> Deref for Edit<'_, T, M> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T, M: Measure<T>> DerefMut for Edit<'_, T, M> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0.value
    }
}

impl<T, M: Measure<T>> Drop for Edit<'_, T, M> {
    fn drop(&mut self) {
        self.0.remeasure();
    }
}

impl<T: fmt::Debug, M: Measure<T>> fmt::Debug for Edit<'_, T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.value.fmt(f)
    }
}

impl<T, M> Deref for Tracked<T, M> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T, M> AsRef<T> for Tracked<T, M> {
    fn as_ref(&self) -> &T {
        &self.value
    }
}

/// Access that does not measure: for changes that leave the size as it is.
impl<T, M> AsMut<T> for Tracked<T, M> {
    fn as_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<T: Clone, M: Measure<T>> Clone for Tracked<T, M> {
    #[track_caller]
    fn clone(&self) -> Self {
        Self::at(self.value.clone(), Location::caller())
    }
}

impl<T: GetSize> From<T> for Tracked<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Self::at(value, Location::caller())
    }
}

impl<T: Default, M: Measure<T>> Default for Tracked<T, M> {
    #[track_caller]
    fn default() -> Self {
        Self::at(T::default(), Location::caller())
    }
}

/// Inside of another tracked object it counts nothing, since it has its own line.
impl<T, M: Measure<T>> GetSize for Tracked<T, M> {
    fn get_heap_size(&self) -> usize {
        self.get_heap_size_with_tracker(get_size2::StandardTracker::new())
            .0
    }

    fn get_heap_size_with_tracker<S: GetSizeTracker>(&self, seen: S) -> (usize, S) {
        if measure::is_counted_by_itself::<Self>(&self.probe) {
            return (0, seen);
        }
        M::heap_bytes_inside(&self.value, seen)
    }
}

impl<T: fmt::Debug, M> fmt::Debug for Tracked<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: fmt::Display, M> fmt::Display for Tracked<T, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(f)
    }
}

impl<T: PartialEq, M> PartialEq for Tracked<T, M> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq, M> Eq for Tracked<T, M> {}

impl<T: PartialOrd, M> PartialOrd for Tracked<T, M> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.value.partial_cmp(&other.value)
    }
}

impl<T: Ord, M> Ord for Tracked<T, M> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T: std::hash::Hash, M> std::hash::Hash for Tracked<T, M> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}
