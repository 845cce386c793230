//! Off, counting, or logging; and what an allocation leads to in each.

use std::sync::Once;
use std::sync::atomic::{AtomicU8, Ordering::Relaxed};

use super::{counters, heap};
use crate::guard::Guard;
use crate::{Sink, sink};

const UNDECIDED: u8 = 0;
const OFF: u8 = 1;
const COUNT: u8 = 2;
const LOG: u8 = 3;

static MODE: AtomicU8 = AtomicU8::new(UNDECIDED);

/// Counts from here on, from 0; ends a log.
pub fn start_counting() {
    let _guard = Guard::enter_again();
    counters::reset();
    MODE.store(COUNT, Relaxed);
    heap::end();
}

/// Logs all allocations from here on. Blocks that exist already are not part of
/// the log: neither is their end.
///
/// The log of objects ([`start`](crate::start)) has to be another one, since the
/// bytes of an object are those of its blocks.
pub fn start_log(sink: Sink) {
    let _guard = Guard::enter_again();
    heap::begin(sink);
    MODE.store(LOG, Relaxed);
}

/// Ends counting or the log.
pub fn stop() {
    let _guard = Guard::enter_again();
    MODE.store(OFF, Relaxed);
    heap::end();
}

pub(super) fn log_is_lost() {
    MODE.store(OFF, Relaxed);
}

/// The mode, if this call is to be told at all.
#[inline]
fn mode() -> Option<(u8, Guard)> {
    let mode = MODE.load(Relaxed);
    if mode == OFF {
        return None;
    }
    let guard = Guard::enter()?;
    let mode = if mode == UNDECIDED { decide() } else { mode };
    (mode != OFF).then_some((mode, guard))
}

#[cold]
fn decide() -> u8 {
    static DECISION: Once = Once::new();
    DECISION.call_once(|| {
        let sink = sink::from_environment("UNFREED_ALLOC_LOG");
        // Whoever has called a function to start something was first.
        let free = MODE.load(Relaxed) == UNDECIDED;
        match sink.filter(|_| free) {
            Some(sink) => start_log(sink),
            None => {
                let _ = MODE.compare_exchange(UNDECIDED, OFF, Relaxed, Relaxed);
            }
        }
    });
    MODE.load(Relaxed)
}

#[inline]
pub(super) fn allocated(address: usize, size: usize) {
    let Some((mode, _guard)) = mode() else { return };
    if address == 0 {
        return;
    }
    if mode == LOG {
        heap::allocated(address, size);
    } else {
        counters::allocated(size);
    }
}

#[inline]
pub(super) fn freed(address: usize, size: usize) {
    let Some((mode, _guard)) = mode() else { return };
    if mode == LOG {
        heap::freed(address);
    } else {
        counters::freed(size);
    }
}

/// `resize` does it and gives the new address, or null if it did nothing.
#[inline]
pub(super) fn resized(
    address: usize,
    size: usize,
    new_size: usize,
    resize: impl FnOnce() -> *mut u8,
) -> *mut u8 {
    let Some((mode, _guard)) = mode() else {
        return resize();
    };
    if mode == LOG {
        return heap::resized(address, new_size, resize);
    }
    let block = resize();
    if !block.is_null() {
        counters::resized(size, new_size);
    }
    block
}
