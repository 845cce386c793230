//! The records: one value per thing that happened, small enough to be passed
//! on by the million. Names are replaced by ids of [`crate::Names`].

/// A type name, as logged.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct TypeId(pub u32);

/// A site: one type allocated at one `file:line`, or by one stack.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SiteId(pub u32);

/// Any other name: of a thread, a mark, a memory, a memory domain.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct WordId(pub u32);

/// What the log calls an allocation by: unique in the process, or an address
/// that is used again after its free.
///
/// In a recording it is `memory << 48 | address`, where memories count from 0 in
/// order of first appearance: ids of a run with one memory are its addresses,
/// and blocks of several memories never meet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AllocationId(pub u64);

/// One event and where it stood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Line number, counted from 1 through all sources; see [`crate::Sources`].
    pub line: u64,
    /// What happened.
    pub event: Event,
}

/// What happened. All sizes are in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Event {
    /// The next event that is not context (time, thread, address) or a site
    /// happened at this time, in ns since a start
    /// that the log chose.
    Time {
        /// Nanoseconds.
        ns: u64,
    },
    /// The next such event happened on this thread.
    Thread {
        /// The thread's name or number.
        thread: WordId,
    },
    /// The next such event was about the block at this address.
    Address {
        /// Byte offset in its memory.
        address: u64,
    },
    /// A site that has not been seen before; comes before its first allocation.
    Site {
        /// The new site; sites count from 0.
        site: SiteId,
        /// The type that is allocated there.
        type_id: TypeId,
    },
    /// One block handed out.
    Allocate {
        /// Type and place.
        site: SiteId,
        /// Bytes asked for.
        size: u64,
        /// Its name in the log.
        id: AllocationId,
    },
    /// One block given back (`@DROP`).
    Free {
        /// The type as the line of the free names it.
        type_id: TypeId,
        /// The size as the line of the free names it.
        size: u64,
        /// Its name in the log.
        id: AllocationId,
    },
    /// One block given back, by a recording: it knows neither type nor size,
    /// which are those of the block that is live under this id. Recordings are
    /// in order, so it never belongs to an allocation that comes after it.
    Release {
        /// Its name in the recording.
        id: AllocationId,
    },
    /// A live block changed its size and kept its id.
    Reallocate {
        /// The type as this line names it.
        type_id: TypeId,
        /// The size from now on.
        size: u64,
        /// Its name in the log.
        id: AllocationId,
    },
    /// A named moment.
    Mark {
        /// The mark's name.
        name: WordId,
    },
    /// The size of a memory at this moment.
    Memory {
        /// Which memory: `wasm`, `rss`, `js-heap`, `ocaml`…
        domain: WordId,
        /// Its size.
        bytes: u64,
        /// Whether it came from an `@MEMORY` record or from one of the
        /// program's own lines.
        origin: Origin,
    },
    /// A linear memory grew.
    Grow {
        /// Which memory.
        memory: WordId,
        /// Pages (64 KiB) before.
        old_pages: u32,
        /// Pages added.
        delta_pages: u32,
        /// Who caused it, if that is known.
        site: Option<SiteId>,
    },
}

/// Who wrote a memory size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// An event of the log.
    Logged,
    /// A line of the program's own output that a pattern matched.
    Program,
}
