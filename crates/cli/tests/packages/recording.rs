//! What a recording says is live at the end.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use unfreed_events::Event;
use unfreed_events::trace::raw::Module;
use unfreed_events::trace::{Facts, TraceReader};

use crate::scenario::Memory;

/// Bits of an id that are the address; those above are the place of the heap.
const ADDRESS_BITS: u32 = 48;

/// What is left of a recording.
pub struct Recording {
    facts: Facts,
    /// Size in bytes by address, by heap.
    live: BTreeMap<u64, BTreeMap<u64, u64>>,
    grown: usize,
}

impl Recording {
    /// Reads it.
    pub fn read(file: &Path) -> Recording {
        let file = BufReader::new(File::open(file).expect("the recording"));
        let mut reader = TraceReader::new(file).expect("a recording");
        let mut live: BTreeMap<u64, BTreeMap<u64, u64>> = BTreeMap::new();
        let mut grown = 0;
        let mut records = Vec::new();
        while reader.decode(&mut records).expect("readable") {
            for record in records.drain(..) {
                match record.event {
                    Event::Allocate { size, id, .. } => {
                        let (heap, address) = place(id.0);
                        live.entry(heap).or_default().insert(address, size);
                    }
                    Event::Release { id } => {
                        let (heap, address) = place(id.0);
                        live.entry(heap).or_default().remove(&address);
                    }
                    Event::Grow { .. } => grown += 1,
                    _ => {}
                }
            }
        }
        assert!(reader.has_ended());
        let (_, facts) = reader.into_parts();
        Recording { facts, live, grown }
    }

    /// The modules that ran.
    pub fn modules(&self) -> impl Iterator<Item = &Module> {
        self.facts.modules.iter().map(|module| &module.what)
    }

    /// How many events it says it lacks.
    pub fn missing(&self) -> u64 {
        let missing = &self.facts.missing;
        missing.gaps
            + missing.reported
            + missing.homeless
            + missing.without_stack
            + missing.with_partial_stack
    }

    /// How many blocks are live at the end, in all heaps.
    pub fn live(&self) -> usize {
        self.live.values().map(BTreeMap::len).sum()
    }

    /// How many times a memory grew.
    pub fn grown(&self) -> usize {
        self.grown
    }

    /// Asserts that one of its heaps has exactly the blocks that are in use in
    /// `memory`, and if `sizes`, that they are as large.
    pub fn agrees_with(&self, memory: &Memory, sizes: bool) {
        let in_use: BTreeMap<u64, u64> = memory.blocks.iter().copied().collect();
        let common = |live: &&BTreeMap<u64, u64>| {
            live.keys()
                .filter(|address| in_use.contains_key(address))
                .count()
        };
        let none = BTreeMap::new();
        let live = self.live.values().max_by_key(common).unwrap_or(&none);
        let unrecorded: Vec<_> = in_use
            .iter()
            .filter(|block| !live.contains_key(block.0))
            .collect();
        let unused: Vec<_> = live
            .iter()
            .filter(|block| !in_use.contains_key(block.0))
            .collect();
        assert!(
            unrecorded.is_empty() && unused.is_empty(),
            "{} blocks are in use, {} were recorded as live; address and size of those in use only: {:?} …, \
             of those recorded only: {:?} …",
            in_use.len(),
            live.len(),
            unrecorded.iter().take(5).collect::<Vec<_>>(),
            unused.iter().take(5).collect::<Vec<_>>(),
        );
        if !sizes {
            return;
        }
        let most = match memory.allocator.as_deref() {
            // It has cells of a few sizes.
            Some("wee_alloc") => 256,
            // What is too small for a chunk of its own stays with the block.
            _ => 64,
        };
        for (address, room) in in_use {
            let size = live[&address];
            assert!(
                size <= room && room - size < most,
                "the block at {address} has room for {room} bytes, recorded are {size}"
            );
        }
    }
}

fn place(id: u64) -> (u64, u64) {
    (id >> ADDRESS_BITS, id & ((1 << ADDRESS_BITS) - 1))
}
