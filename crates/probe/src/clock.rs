//! The time of an event, in nanoseconds since the first one.

#[cfg(not(target_family = "wasm"))]
pub(crate) fn now() -> Option<u64> {
    use std::sync::OnceLock;
    use std::time::Instant;

    static START: OnceLock<Instant> = OnceLock::new();
    let start = *START.get_or_init(Instant::now);
    u64::try_from(start.elapsed().as_nanos()).ok()
}

#[cfg(all(target_family = "wasm", feature = "wasm-bindgen"))]
pub(crate) fn now() -> Option<u64> {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use crate::console;

    /// When the first event was, by the clock of the day; one for all workers of a
    /// shared memory.
    static START: AtomicU64 = AtomicU64::new(0);
    thread_local! {
        // When this worker began, by the same clock: `performance.now` counts from there.
        static ORIGIN: Cell<Option<u64>> = const { Cell::new(None) };
    }

    let since_origin = nanoseconds(console::now());
    let origin = ORIGIN.get().unwrap_or_else(|| {
        let origin = nanoseconds(console::date_now()).saturating_sub(since_origin);
        ORIGIN.set(Some(origin));
        origin
    });
    let time = origin + since_origin;
    let start = match START.compare_exchange(0, time, Relaxed, Relaxed) {
        Ok(_) => time,
        Err(start) => start,
    };
    Some(time.saturating_sub(start))
}

#[cfg(all(target_family = "wasm", feature = "wasm-bindgen"))]
fn nanoseconds(milliseconds: f64) -> u64 {
    (milliseconds * 1e6) as u64
}

/// wasm32-unknown-unknown has no clock of its own.
#[cfg(all(target_family = "wasm", not(feature = "wasm-bindgen")))]
pub(crate) fn now() -> Option<u64> {
    None
}
