//! The log of objects.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Sink;
use crate::state;

struct Log {
    sink: Option<Sink>,
    /// Objects with lower ids were announced to another log, or to none.
    from: u64,
}

static LOG: Mutex<Log> = Mutex::new(Log {
    sink: None,
    from: 0,
});

fn lock() -> MutexGuard<'static, Log> {
    LOG.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Puts another sink in the place of the one in use, which it closes.
pub(crate) fn replace(sink: Option<Sink>) {
    let is_some = sink.is_some();
    let mut log = lock();
    log.from = state::upcoming_id();
    let old = std::mem::replace(&mut log.sink, sink);
    if is_some {
        state::set(state::LOG);
    } else {
        state::set(0);
        state::clear(state::LOG);
    }
    drop(log);
    drop(old);
}

/// Writes a line about the object `id`, or about none.
pub(crate) fn write(id: Option<u64>, line: &str) {
    let mut log = lock();
    let from = log.from;
    let Some(sink) = log.sink.as_mut().filter(|_| id.is_none_or(|id| id >= from)) else {
        return;
    };
    if let Some(callback) = sink.taker() {
        // The callback may drop objects, which are logged in turn.
        drop(log);
        callback(line.trim_end_matches('\n'));
        return;
    }
    if let Err(lost) = sink.write(line) {
        log.sink = None;
        state::clear(state::LOG);
        drop(log);
        lost.tell();
    }
}
