//! How much of the growth that was observed the leaked allocations explain.

use unfreed_events::Names;

use crate::account::{Partition, Spaces};
use crate::findings::{Coverage, CoverageSource};
use crate::ledger::{MemorySeries, MemorySource};

/// What leaked bytes are compared with: `observed` (start and end size, in
/// bytes) or, without it, the memory sizes in the log. Nothing is explained
/// yet.
pub(crate) fn to_explain(
    observed: Option<(u64, u64)>,
    memories: &[MemorySeries],
    names: &Names,
) -> Option<Coverage> {
    if let Some((start_bytes, end_bytes)) = observed {
        return Some(Coverage {
            source: CoverageSource::Observed,
            start_bytes,
            end_bytes,
            window: None,
            explained_bytes: 0,
        });
    }
    let memory = memories
        .iter()
        .min_by_key(|series| rank(series.source, names))?;
    Some(Coverage {
        source: CoverageSource::Measured(memory.source),
        start_bytes: memory.first.bytes,
        end_bytes: memory.last.bytes,
        window: Some((memory.first.line, memory.last.line)),
        explained_bytes: 0,
    })
}

/// The most that the linear memories of all processes may have had together, in
/// bytes. Recordings measure each process's whenever it changes.
pub(crate) fn linear_memory_bytes(memories: &[MemorySeries], names: &Names) -> Option<u64> {
    let is_linear = |series: &&MemorySeries| match series.source {
        MemorySource::Logged(domain) => is_wasm(names.word(domain)),
        _ => false,
    };
    let largest = memories.iter().filter(is_linear);
    largest
        .map(|series| series.largest.bytes)
        .reduce(u64::saturating_add)
}

/// `wasm`, or of further processes `wasm (PID)`.
fn is_wasm(domain: &str) -> bool {
    domain == "wasm" || domain.starts_with("wasm (")
}

impl Coverage {
    /// Compares with the memories themselves, each from its begin on: one that is
    /// made later is no growth.
    pub(crate) fn of_all_memories(&mut self, spaces: &Spaces) {
        let size = |memories: Vec<Partition>| memories.iter().map(Partition::size).sum();
        self.start_bytes = size(spaces.at_start());
        self.end_bytes = size(spaces.partitions());
        self.window = None;
    }

    /// Takes a leaked block into account. Only what was allocated between two
    /// measurements can explain a growth between them.
    pub(crate) fn add(&mut self, line: u64, size: u64) {
        if self
            .window
            .is_none_or(|(from, to)| line > from && line <= to)
        {
            self.explained_bytes += size;
        }
    }
}

/// Which memory to compare with: first what the user pointed at, then linear
/// memory, then others.
fn rank(source: MemorySource, names: &Names) -> u8 {
    match source {
        MemorySource::Program => 0,
        MemorySource::Logged(domain) if names.word(domain).contains("wasm") => 1,
        MemorySource::Grow(_) => 2,
        MemorySource::Logged(_) => 3,
    }
}
