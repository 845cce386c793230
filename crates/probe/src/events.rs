//! What happens to objects, told to the log and to leak checks.

use std::panic::Location;

use crate::guard::Guard;
use crate::{line, log, state, watch};

pub(crate) struct Allocation {
    pub id: u64,
    pub name: &'static str,
    pub bytes: usize,
    pub at: &'static Location<'static>,
}

/// Announces an object, whose size is measured only if somebody listens.
pub(crate) fn allocated(
    name: &'static str,
    measure: impl FnOnce() -> usize,
    at: &'static Location<'static>,
) -> Option<(u64, usize)> {
    let _guard = Guard::enter()?;
    let bytes = measure();
    let id = state::next_id();
    let line = line::allocate(name, bytes, at, id);
    let allocation = Allocation {
        id,
        name,
        bytes,
        at,
    };
    watch::allocated(&allocation, &line);
    log::write(Some(id), &line);
    Some((id, bytes))
}

pub(crate) fn reallocated(name: &'static str, bytes: usize, id: u64) {
    let _guard = Guard::enter_again();
    let line = line::reallocate(name, bytes, id);
    watch::reallocated(id, bytes, &line);
    log::write(Some(id), &line);
}

/// Also from inside the probe: an object that was announced is freed once.
pub(crate) fn freed(name: &'static str, bytes: usize, id: u64) {
    let _guard = Guard::enter_again();
    let line = line::free(name, bytes, id);
    watch::freed(id, &line);
    log::write(Some(id), &line);
}

/// Logs a `@MARK`: an iteration begins. See `docs/log-format.md`.
pub fn mark(name: &str) {
    if !state::is_on() {
        return;
    }
    let _guard = Guard::enter_again();
    let line = line::mark(name);
    watch::noted(&line);
    log::write(None, &line);
}

/// Logs a `@MEMORY`: how large `domain` is, in bytes. Domains that `unfreed
/// analyze` knows are `wasm`, `rss`, `js-heap` and others; see
/// `docs/log-format.md`.
pub fn memory(domain: &str, bytes: u64) {
    if !state::is_on() {
        return;
    }
    let _guard = Guard::enter_again();
    let line = line::memory(domain, bytes);
    watch::noted(&line);
    log::write(None, &line);
}

/// Logs how large the memory is: the linear memory on wasm32 (`wasm`), what is
/// resident on Linux (`rss`), nothing elsewhere.
pub fn memory_now() {
    if !state::is_on() {
        return;
    }
    #[cfg(target_arch = "wasm32")]
    memory(
        "wasm",
        core::arch::wasm32::memory_size::<0>() as u64 * 65_536,
    );
    #[cfg(target_os = "linux")]
    if let Some(bytes) = resident() {
        memory("rss", bytes);
    }
}

#[cfg(target_os = "linux")]
fn resident() -> Option<u64> {
    let _guard = Guard::enter_again();
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Logs to `sink` from here on, whatever `UNFREED_LOG` says. Objects that exist
/// already are not part of the log: neither is their end.
pub fn start(sink: crate::Sink) {
    let _guard = Guard::enter_again();
    log::replace(Some(sink));
}

/// Ends the log and closes its sink.
pub fn stop() {
    let _guard = Guard::enter_again();
    log::replace(None);
}
