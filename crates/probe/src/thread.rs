//! A number for each thread, from 0, in the order of their first events. Names
//! may contain spaces, and asking for them allocates.

use std::cell::Cell;
use std::sync::atomic::{AtomicU64, Ordering};

static NEXT: AtomicU64 = AtomicU64::new(0);

thread_local! {
    // Without a destructor, so that it is there as long as the thread is.
    static NUMBER: Cell<Option<u64>> = const { Cell::new(None) };
}

pub(crate) fn number() -> Option<u64> {
    NUMBER
        .try_with(|number| {
            number.get().unwrap_or_else(|| {
                let given = NEXT.fetch_add(1, Ordering::Relaxed);
                number.set(Some(given));
                given
            })
        })
        .ok()
}
