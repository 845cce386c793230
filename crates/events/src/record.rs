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

/// A class of handles, by its place in
/// [`Facts::handle_classes`](crate::trace::Facts::handle_classes).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct HandleClassId(pub u32);

/// What comes of a handle.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum HandleFate {
    /// It is made.
    Made,
    /// Its `free` was called.
    Freed,
    /// A call took what it owns.
    Consumed,
    /// The garbage collector took it while the program ran.
    Collected,
    /// The garbage collector took it when the program had nothing left to do: it was
    /// held until then, or was lost and not yet collected.
    CollectedAtEnd,
}

/// What the log calls an allocation by: unique in the process, or an address
/// that is used again after its free.
///
/// In a recording it is `memory << 48 | address`, where memories count from 0 in
/// order of first appearance: ids of a run with one memory are its addresses,
/// and blocks of several memories never meet.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct AllocationId(pub u64);

impl AllocationId {
    const ADDRESS_BITS: u32 = 48;

    /// The id in a recording of the block of a memory at an address, of which the
    /// lower 48 bits count.
    #[inline]
    #[must_use]
    pub fn in_memory(memory: u16, address: u64) -> AllocationId {
        let address = address & ((1 << Self::ADDRESS_BITS) - 1);
        AllocationId(u64::from(memory) << Self::ADDRESS_BITS | address)
    }

    /// The memory of an id of a recording.
    #[inline]
    #[must_use]
    pub fn memory(self) -> u16 {
        (self.0 >> Self::ADDRESS_BITS) as u16
    }

    /// The address in an id of a recording.
    #[inline]
    #[must_use]
    pub fn address(self) -> u64 {
        self.0 & ((1 << Self::ADDRESS_BITS) - 1)
    }
}

/// One event and where it stood.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Line number, counted from 1 through all sources; see [`crate::Sources`].
    pub line: u64,
    /// What happened.
    pub event: Event,
}

/// Each unit of memory of what is allocated is sampled with the same chance,
/// independently of all others; a block is in the log if one of its units is.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct SampleRate {
    /// The chance as the bits of an `f64`, so that records can be compared.
    chance: u64,
    unit: u32,
}

impl SampleRate {
    /// The smallest chance that makes sense: with fewer samples than one in 10^9
    /// words, nothing is known of any program.
    pub const LEAST: f64 = 1e-9;

    /// The largest unit, in bytes.
    pub const LARGEST_UNIT: u64 = 4096;

    /// A chance from [`SampleRate::LEAST`] to 1 for each unit of so many bytes.
    pub fn new(chance: f64, unit: u64) -> Option<SampleRate> {
        let is_chance = (SampleRate::LEAST..=1.0).contains(&chance);
        let is_unit = (1..=SampleRate::LARGEST_UNIT).contains(&unit);
        (is_chance && is_unit).then_some(SampleRate {
            chance: chance.to_bits(),
            unit: unit as u32,
        })
    }

    /// The chance of one unit, from [`SampleRate::LEAST`] to 1.
    pub fn chance(self) -> f64 {
        f64::from_bits(self.chance)
    }

    /// How many bytes a unit has.
    pub fn unit(self) -> u64 {
        u64::from(self.unit)
    }
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
    /// From here on, what is allocated is a sample.
    Sample {
        /// How it is drawn.
        rate: SampleRate,
    },
    /// A live block of a garbage-collected heap outlived its first collections.
    Promote {
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
    /// A handle was made, or is gone. When it is freed, what it owns still is there.
    Handle {
        /// What comes of it.
        fate: HandleFate,
        /// Its class.
        class: HandleClassId,
        /// Its number, unique among those of its class.
        handle: u32,
        /// Where what it owns is, in the memory of its class, when it is made; else 0.
        pointer: u64,
    },
    /// Who made a handle; comes behind that. Only some are asked.
    HandleStack {
        /// Its class.
        class: HandleClassId,
        /// Its number.
        handle: u32,
        /// The stack.
        site: SiteId,
        /// How many handles of its class the sample stands for.
        stands_for: u32,
    },
}

/// What a source that has sums instead of events says of one site. Sizes are in bytes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SiteSums {
    /// The site.
    pub site: SiteId,
    /// The type that is allocated there.
    pub type_id: TypeId,
    /// Blocks handed out.
    pub allocations: u64,
    /// Their bytes.
    pub allocated_bytes: u64,
    /// Blocks that were never given back.
    pub leaked: u64,
    /// Their bytes.
    pub leaked_bytes: u64,
    /// Blocks live at the high-water mark of the whole program.
    pub peak: u64,
    /// Their bytes.
    pub peak_bytes: u64,
}

/// Who wrote a memory size.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Origin {
    /// An event of the log.
    Logged,
    /// A line of the program's own output that a pattern matched.
    Program,
}
