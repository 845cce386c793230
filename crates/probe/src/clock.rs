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
    // Milliseconds since the page or the process began: at most 2^53 ns matter.
    Some((crate::console::now() * 1e6) as u64)
}

/// wasm32-unknown-unknown has no clock of its own.
#[cfg(all(target_family = "wasm", not(feature = "wasm-bindgen")))]
pub(crate) fn now() -> Option<u64> {
    None
}
