#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(not(feature = "enabled"))]
mod absent;
pub mod alloc;
#[cfg(feature = "wasm-bindgen")]
mod boundary;
#[cfg(feature = "enabled")]
mod clock;
#[cfg(all(feature = "wasm-bindgen", target_family = "wasm"))]
mod console;
#[cfg(feature = "enabled")]
mod events;
#[cfg(feature = "enabled")]
mod guard;
#[cfg(feature = "enabled")]
mod leaks;
#[cfg(feature = "enabled")]
mod line;
#[cfg(feature = "enabled")]
mod log;
mod measure;
#[cfg(feature = "enabled")]
mod probe;
#[cfg_attr(
    not(feature = "enabled"),
    allow(dead_code, reason = "it can be opened, but nothing is written to it")
)]
mod sink;
#[cfg(feature = "enabled")]
mod state;
#[cfg(feature = "enabled")]
mod thread;
mod track;
mod tracked;
#[cfg(feature = "enabled")]
mod watch;

pub use get_size2;
pub use unfreed_probe_derive::Track;

#[cfg(not(feature = "enabled"))]
pub use absent::{Probe, is_on, mark, memory, memory_now, start, stop};
pub use alloc::ProbeAlloc;
#[cfg(feature = "enabled")]
pub use events::{mark, memory, memory_now, start, stop};
#[cfg(feature = "enabled")]
pub use leaks::{
    Growth, Iterations, Leak, Leaks, leaks, leaks_in_all_threads, leaks_per_iteration,
};
pub use measure::{Deep, Measure};
#[cfg(feature = "enabled")]
pub use probe::Probe;
pub use sink::Sink;
#[cfg(feature = "enabled")]
pub use state::is_on;
pub use track::Track;
pub use tracked::{Edit, Tracked};

#[doc(hidden)]
pub mod __private {
    #[cfg(feature = "enabled")]
    pub use crate::leaks::assert_none;
    pub use crate::measure::is_counted_by_itself;
}
