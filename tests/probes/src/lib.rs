//! Types as those of o1js, which JavaScript holds and may free: a reference
//! string that many share, an index, witnesses that come from JavaScript, and
//! proofs. `run.mjs` forgets to free some, in the way that was published.

mod boundary;
mod by_hand;
mod index;
mod proof;
mod srs;
mod witness;

use std::sync::atomic::{AtomicU8, Ordering};

use wasm_bindgen::prelude::wasm_bindgen;

static BY_HAND: AtomicU8 = AtomicU8::new(0);

/// Logs by the probes, to the console.
#[wasm_bindgen]
pub fn log_by_probes() {
    #[cfg(all(feature = "probes", target_family = "wasm"))]
    unfreed_probe::start(unfreed_probe::Sink::console());
}

/// Logs by the lines of `by_hand.rs`, to the console.
#[wasm_bindgen]
pub fn log_by_hand() {
    BY_HAND.store(1, Ordering::Relaxed);
}

/// Bytes of linear memory.
#[wasm_bindgen]
pub fn memory_bytes() -> usize {
    #[cfg(target_family = "wasm")]
    return core::arch::wasm32::memory_size::<0>() * 65_536;
    #[cfg(not(target_family = "wasm"))]
    0
}

fn is_by_hand() -> bool {
    BY_HAND.load(Ordering::Relaxed) == 1
}
