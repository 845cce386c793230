//! The global allocator. Unsafe code is here and in `boundary.rs` only.
#![allow(unsafe_code)]

use std::alloc::{GlobalAlloc, Layout, System};

#[cfg(feature = "enabled")]
use super::mode::{allocated, freed, resized};

/// An allocator that passes everything on to `A`, and tells what was asked of
/// it to counters or to a log of its own.
///
/// ```no_run
/// use unfreed_probe::ProbeAlloc;
///
/// #[global_allocator]
/// static ALLOCATOR: ProbeAlloc = ProbeAlloc::new();
///
/// fn main() {
///     unfreed_probe::alloc::start_counting();
///     let rows = vec![0_u64; 1000];
///     println!("{:?}", unfreed_probe::alloc::counters());
/// }
/// ```
///
/// `UNFREED_ALLOC_LOG` in the environment, with the values of `UNFREED_LOG`, logs
/// all allocations from the first one on; it has to be another file. Each is a
/// block with an id of its own, also when `realloc` moves it. With the feature
/// `backtrace` the type of a block is the function that asked for it.
///
/// It is on neither by default; each call then costs a load and a branch more.
#[derive(Debug, Default)]
pub struct ProbeAlloc<A = System> {
    inner: A,
}

impl ProbeAlloc<System> {
    /// On top of the allocator of the system.
    #[must_use]
    pub const fn new() -> ProbeAlloc<System> {
        ProbeAlloc { inner: System }
    }
}

impl<A> ProbeAlloc<A> {
    /// On top of another allocator.
    #[must_use]
    pub const fn with(inner: A) -> ProbeAlloc<A> {
        ProbeAlloc { inner }
    }
}

#[cfg(feature = "enabled")]
// SAFETY: all calls go to `inner` with the arguments as they came, and what it
// returns is returned; so it is an allocator as far as `inner` is one. What is done
// beside that never touches the blocks, and does not unwind: it allocates only
// under a guard that makes these functions forward and nothing else.
unsafe impl<A: GlobalAlloc> GlobalAlloc for ProbeAlloc<A> {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`.
        let block = unsafe { self.inner.alloc(layout) };
        allocated(block.addr(), layout.size());
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        let block = unsafe { self.inner.alloc_zeroed(layout) };
        allocated(block.addr(), layout.size());
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // Before the address can be given to another thread.
        freed(block.addr(), layout.size());
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { self.inner.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        resized(block.addr(), layout.size(), new_size, || {
            // SAFETY: the caller keeps the contract of `realloc`; this runs once.
            unsafe { self.inner.realloc(block, layout, new_size) }
        })
    }
}

#[cfg(not(feature = "enabled"))]
// SAFETY: all calls go to `inner` with the arguments as they came.
unsafe impl<A: GlobalAlloc> GlobalAlloc for ProbeAlloc<A> {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { self.inner.alloc(layout) }
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `alloc_zeroed`.
        unsafe { self.inner.alloc_zeroed(layout) }
    }

    #[inline]
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { self.inner.dealloc(block, layout) }
    }

    #[inline]
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller keeps the contract of `realloc`.
        unsafe { self.inner.realloc(block, layout, new_size) }
    }
}
