//! Every allocation of the program, counted or logged: [`ProbeAlloc`].

#[cfg(feature = "enabled")]
mod counters;
mod global;
#[cfg(feature = "enabled")]
mod heap;
#[cfg(feature = "enabled")]
mod mode;
#[cfg(feature = "enabled")]
mod site;

#[cfg(not(feature = "enabled"))]
mod absent;

#[cfg(not(feature = "enabled"))]
pub use absent::{Counters, counters, start_counting, start_log, stop};
#[cfg(feature = "enabled")]
pub use counters::{Counters, counters};
pub use global::ProbeAlloc;
#[cfg(feature = "enabled")]
pub use mode::{start_counting, start_log, stop};
#[cfg(all(
    feature = "enabled",
    feature = "backtrace",
    not(target_family = "wasm")
))]
pub use site::sample_call_sites;
