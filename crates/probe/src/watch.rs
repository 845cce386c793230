//! Watches: who looks at what objects are made and dropped while a piece of code
//! runs.

use std::collections::BTreeMap;
use std::panic::Location;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::events::Allocation;
use crate::guard::Guard;
use crate::{state, thread};

/// An object that was made while the watch ran and is not dropped yet.
#[derive(Clone)]
pub(crate) struct Live {
    pub name: &'static str,
    pub bytes: usize,
    pub at: &'static Location<'static>,
}

/// What a watch has seen.
#[derive(Default)]
pub(crate) struct Seen {
    pub live: BTreeMap<u64, Live>,
    /// The lines of all its objects.
    pub log: String,
}

struct Watch {
    key: u64,
    /// Only objects that this thread makes.
    thread: Option<u64>,
    seen: Seen,
}

static NEXT_KEY: AtomicU64 = AtomicU64::new(0);
static WATCHES: Mutex<Vec<Watch>> = Mutex::new(Vec::new());

fn lock() -> MutexGuard<'static, Vec<Watch>> {
    WATCHES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A watch that runs until it is ended or dropped.
pub(crate) struct Running {
    key: u64,
}

impl Running {
    /// `thread`: whose objects to look at; `None` for all threads.
    pub fn start(thread: Option<u64>) -> Running {
        let _guard = Guard::enter_again();
        // The environment has its say first: a log goes on beside a watch.
        state::is_on();
        let key = NEXT_KEY.fetch_add(1, Ordering::Relaxed);
        let mut watches = lock();
        watches.push(Watch {
            key,
            thread,
            seen: Seen::default(),
        });
        state::set(state::WATCH);
        Running { key }
    }

    /// What it has seen so far.
    pub fn live(&self) -> BTreeMap<u64, Live> {
        let _guard = Guard::enter_again();
        lock()
            .iter()
            .find(|watch| watch.key == self.key)
            .map(|watch| watch.seen.live.clone())
            .unwrap_or_default()
    }

    pub fn end(self) -> Seen {
        self.take().unwrap_or_default()
    }

    fn take(&self) -> Option<Seen> {
        let _guard = Guard::enter_again();
        let mut watches = lock();
        let index = watches.iter().position(|watch| watch.key == self.key)?;
        let seen = watches.swap_remove(index).seen;
        if watches.is_empty() {
            state::clear(state::WATCH);
        }
        Some(seen)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.take();
    }
}

pub(crate) fn allocated(allocation: &Allocation, line: &str) {
    if !state::has(state::WATCH) {
        return;
    }
    let by = thread::number();
    for watch in lock().iter_mut() {
        if watch.thread.is_none() || watch.thread == by {
            let live = Live {
                name: allocation.name,
                bytes: allocation.bytes,
                at: allocation.at,
            };
            watch.seen.live.insert(allocation.id, live);
            watch.seen.log.push_str(line);
        }
    }
}

pub(crate) fn reallocated(id: u64, bytes: usize, line: &str) {
    if !state::has(state::WATCH) {
        return;
    }
    for watch in lock().iter_mut() {
        if let Some(live) = watch.seen.live.get_mut(&id) {
            live.bytes = bytes;
            watch.seen.log.push_str(line);
        }
    }
}

pub(crate) fn freed(id: u64, line: &str) {
    if !state::has(state::WATCH) {
        return;
    }
    for watch in lock().iter_mut() {
        if watch.seen.live.remove(&id).is_some() {
            watch.seen.log.push_str(line);
        }
    }
}

/// A line that is about no object, by the thread that is watched.
pub(crate) fn noted(line: &str) {
    if !state::has(state::WATCH) {
        return;
    }
    let by = thread::number();
    for watch in lock().iter_mut() {
        if watch.thread.is_none() || watch.thread == by {
            watch.seen.log.push_str(line);
        }
    }
}
