//! Compact traces: all threads in one order, names and stacks resolved, about
//! two bytes an event.
//!
//! Events stand in blocks, and blocks in groups of sixteen. A group is understood
//! by itself: whatever is lost before it, it says the same. Each block has its
//! events in columns, which zstd packs one by one; what can be foretold of an
//! event (`model`) is not written at all.

mod column;
mod decode;
mod encode;
mod model;
mod names;
mod reader;
mod writer;

use crate::record::HandleFate;

pub use reader::TraceReader;
pub use writer::CompactWriter;

/// What a block of a compact trace holds. Numbers below 32 are those of raw
/// recordings.
mod kind {
    /// Facts as they were known at the beginning, as JSON.
    pub const FACTS: u8 = 32;
    /// Names: see `names`.
    pub const NAMES: u8 = 33;
    /// Events: see `encode`.
    pub const EVENTS: u8 = 34;
    /// All facts, as JSON; the last block of a trace that is whole.
    pub const END: u8 = 35;
    /// Pages of the snapshot that comes behind them.
    pub const PAGES: u8 = 36;
    /// A snapshot, as JSON.
    pub const SNAPSHOT: u8 = 37;
}

/// What an event is, in the first column. Of an allocation or a release the
/// lowest two bits say how its address is said.
mod op {
    /// An allocation.
    pub const ALLOCATE: u8 = 0;
    /// A release.
    pub const RELEASE: u8 = 8;
    /// The address is the one that the model foretells; of a release, that of
    /// an allocation of this group, so many back.
    pub const FORETOLD: u8 = 0;
    /// It counts from the last one allocated.
    pub const NEAR_ALLOCATED: u8 = 1;
    /// It counts from the last one released.
    pub const NEAR_RELEASED: u8 = 2;
    /// It is said as it is.
    pub const FAR: u8 = 3;
    /// The size of an allocation is that of the last one of its site.
    pub const KNOWN_SIZE: u8 = 4;
    /// The time of the events that follow: microseconds since the last one.
    pub const TIME: u8 = 16;
    /// The thread of the events that follow.
    pub const THREAD: u8 = 17;
    /// The memory of the allocations and releases that follow.
    pub const HEAP: u8 = 18;
    /// A memory grew.
    pub const GROW: u8 = 24;
    /// A mark.
    pub const MARK: u8 = 25;
    /// A memory size of the log.
    pub const MEMORY: u8 = 26;
    /// A memory size of the program's own output.
    pub const PROGRAM_MEMORY: u8 = 27;
    /// Who made a handle.
    pub const HANDLE_STACK: u8 = 28;
    /// A handle; what comes of it counts from here, in the order of [`FATES`].
    ///
    /// [`FATES`]: super::FATES
    pub const HANDLE: u8 = 32;
}

/// What comes of handles, in the order of their operations.
const FATES: [HandleFate; 5] = [
    HandleFate::Made,
    HandleFate::Freed,
    HandleFate::Consumed,
    HandleFate::Collected,
    HandleFate::CollectedAtEnd,
];

/// Ids are a memory and an address in it; see
/// [`AllocationId`](crate::AllocationId).
const ADDRESS_BITS: u32 = 48;
