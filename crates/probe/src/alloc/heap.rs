//! The log of all blocks.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{mode, site};
use crate::{Sink, line, state};

type Blocks = HashMap<usize, Block, BuildHasherDefault<DefaultHasher>>;

struct Log {
    sink: Sink,
    /// Those that were allocated since the log began, by address.
    live: Blocks,
}

struct Block {
    id: u64,
    size: usize,
    name: &'static str,
}

/// One lock for the blocks and the sink: lines are in the order in which
/// addresses change hands. Whoever takes it holds a guard, so that what is
/// allocated under it does not come back here.
static LOG: Mutex<Option<Log>> = Mutex::new(None);

fn lock() -> MutexGuard<'static, Option<Log>> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn begin(sink: Sink) {
    let old = lock().replace(Log {
        sink,
        live: Blocks::default(),
    });
    drop(old);
}

pub(super) fn end() {
    let old = lock().take();
    drop(old);
}

pub(super) fn allocated(address: usize, size: usize) {
    // What has no bytes has no address of its own.
    if size == 0 {
        return;
    }
    // Before the lock: walking the stack may wait for a lock of the loader, and
    // who holds that one may be allocating.
    let site = site::caller();
    let mut log = lock();
    let Some(Log { live, .. }) = log.as_mut() else {
        return;
    };
    let id = state::next_id();
    live.insert(
        address,
        Block {
            id,
            size,
            name: site.function,
        },
    );
    write(log, &line::allocate_at(site.function, size, site.place, id));
}

pub(super) fn freed(address: usize) {
    let mut log = lock();
    let Some(block) = log.as_mut().and_then(|log| log.live.remove(&address)) else {
        return;
    };
    write(log, &line::free(block.name, block.size, block.id));
}

/// Under the lock: no other thread can log the old address before it is free.
pub(super) fn resized(
    address: usize,
    new_size: usize,
    resize: impl FnOnce() -> *mut u8,
) -> *mut u8 {
    let mut log = lock();
    let block = resize();
    if block.is_null() {
        return block;
    }
    let moved = log.as_mut().and_then(|log| {
        let known = log.live.remove(&address)?;
        let (id, name) = (known.id, known.name);
        let resized = Block {
            size: new_size,
            ..known
        };
        log.live.insert(block.addr(), resized);
        Some((id, name))
    });
    if let Some((id, name)) = moved {
        write(log, &line::reallocate(name, new_size, id));
    }
    block
}

fn write(mut log: MutexGuard<'static, Option<Log>>, line: &str) {
    let Some(open) = log.as_mut() else { return };
    if let Err(lost) = open.sink.write(line) {
        let closed = log.take();
        drop(log);
        drop(closed);
        mode::log_is_lost();
        lost.tell();
    }
}
