//! Heaps with headers as the allocators write them, against models that are right
//! and wrong.

use proptest::prelude::*;
use unfreed_events::trace::{MemoryImage, Said, Snapshot, raw};

use super::{Agreement, DifferenceKind, SelfCheck};
use crate::account::memory::{Memory, MemoryDescription};
use crate::account::model::{DLMALLOC, DLMALLOC_64, EMMALLOC, Model, TLSF};

/// Where the first chunk begins, and how large the memory is.
const BASE: u64 = 1 << 16;
const SIZE: u64 = 1 << 17;

/// A chunk: its size in bytes, and whether it is in use.
type Chunk = (u64, bool);

struct Heap {
    bytes: Vec<u8>,
    /// Where each chunk begins, by its header.
    chunks: Vec<(u64, Chunk)>,
}

impl Heap {
    /// Chunks side by side, of which the last is free.
    fn new(model: &Model, sizes: &[Chunk]) -> Heap {
        let mut heap = Heap {
            bytes: vec![0; SIZE as usize],
            chunks: Vec::new(),
        };
        // Blocks lie at multiples of 16.
        let mut at = BASE + 16 - model.head;
        let mut before_in_use = true;
        for (size, in_use) in sizes.iter().copied() {
            heap.header(model, at, (size, in_use), before_in_use);
            heap.chunks.push((at, (size, in_use)));
            at += size;
            before_in_use = in_use;
        }
        match model.name {
            "emmalloc" => {
                heap.put(4, at, 16);
                heap.put(4, at + 12, 16);
            }
            "TLSF" => heap.put(4, at, 2),
            _ => heap.put(model.head, at, 40),
        }
        heap
    }

    fn header(&mut self, model: &Model, at: u64, (size, in_use): Chunk, before_in_use: bool) {
        let end = at + size;
        match model.name {
            "emmalloc" => {
                self.put(4, at, size);
                self.put(4, end - 4, size | u64::from(!in_use));
            }
            "TLSF" => {
                let flags = u64::from(!in_use) | u64::from(!before_in_use) << 1;
                self.put(4, at, (size - 4) | flags);
                if !in_use {
                    self.put(4, end - 4, at);
                }
            }
            _ => {
                let flags = u64::from(before_in_use) | u64::from(in_use) << 1;
                self.put(model.head, at, size | flags);
                if !in_use {
                    self.put(model.head, end - model.head, size);
                }
            }
        }
    }

    fn put(&mut self, word: u64, at: u64, value: u64) {
        let bytes = &value.to_le_bytes()[..word as usize];
        self.bytes[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }

    /// The memory as `model` has it when all chunks were handed out, and those that
    /// are free given back. Chunks of `left_out` were never recorded.
    fn memory(&self, model: Model, left_out: Option<usize>) -> Memory {
        let mut memory = Memory::new(MemoryDescription {
            model: Some(model),
            ..MemoryDescription::default()
        });
        let recorded = self.chunks.iter().enumerate();
        let recorded = recorded.filter(|(number, _)| Some(*number) != left_out);
        // The last chunk is the top.
        let recorded: Vec<_> = recorded
            .map(|(_, chunk)| *chunk)
            .filter(|(at, _)| Some(*at) != self.chunks.last().map(|(at, _)| *at))
            .collect();
        for (at, (size, _)) in &recorded {
            memory.allocate(at + model.head, size - model.state, false);
        }
        for (at, (size, in_use)) in &recorded {
            if !in_use {
                memory.free(at + model.head, size - model.state, false);
            }
        }
        memory
    }

    fn check(&self, memory: &Memory, threads: u32) -> SelfCheck {
        let said = raw::Snapshot {
            bytes: SIZE,
            threads,
            ..raw::Snapshot::default()
        };
        let snapshot = Snapshot {
            said: Said {
                what: said,
                ..Said::default()
            },
            image: MemoryImage::of_bytes(&self.bytes),
            ..Snapshot::default()
        };
        SelfCheck::of(memory, &snapshot)
    }
}

fn models() -> impl Strategy<Value = Model> {
    prop_oneof![
        Just(DLMALLOC),
        Just(DLMALLOC_64),
        Just(EMMALLOC),
        Just(TLSF)
    ]
}

/// A few chunks in use, some with a hole behind, and a top. Sizes are in steps of 32.
fn chunks() -> impl Strategy<Value = Vec<Chunk>> {
    let one = (1u64..12, proptest::option::of(1u64..12));
    proptest::collection::vec(one, 1..40).prop_map(|pieces| {
        let mut chunks = Vec::new();
        for (used, hole) in pieces {
            chunks.push((used * 32, true));
            chunks.extend(hole.map(|hole| (hole * 32, false)));
        }
        if chunks.last().is_some_and(|(_, in_use)| !in_use) {
            chunks.push((64, true));
        }
        chunks.push((4096, false));
        chunks
    })
}

proptest! {
    #[test]
    fn what_an_allocator_has_written_agrees(model in models(), chunks in chunks()) {
        let heap = Heap::new(&model, &chunks);
        let check = heap.check(&heap.memory(model, None), 0);
        prop_assert_eq!(check.agreement(), Some(Agreement::Agrees), "{:?}", check);
        let found = check.comparison().expect("compared");
        let used = chunks.iter().filter(|(_, in_use)| *in_use);
        prop_assert_eq!(found.agreed_blocks, used.clone().count() as u64);
        prop_assert_eq!(found.bytes, used.map(|(size, _)| size).sum::<u64>());
        prop_assert_eq!(found.slack_blocks, 0);
    }

    #[test]
    fn a_damaged_header_is_found(model in models(), chunks in chunks(), which in 0usize..80, bit in 5u32..12) {
        let mut heap = Heap::new(&model, &chunks);
        let memory = heap.memory(model, None);
        let used: Vec<_> = heap.chunks.iter().filter(|(_, (_, in_use))| *in_use).collect();
        let (at, (size, _)) = *used[which % used.len()];
        heap.bytes[(at + u64::from(bit / 8)) as usize] ^= 1 << (bit % 8);
        let check = heap.check(&memory, 0);
        prop_assert_eq!(check.agreement(), Some(Agreement::Differs));
        let found = check.comparison().expect("compared");
        // A size that is larger by no more than what a block may keep is seen at the
        // next block, which it takes in.
        let address = found.differences[0].address;
        prop_assert!([at, at + size].contains(&(address - model.head)), "{:?}", check);
    }

    #[test]
    fn a_block_that_was_not_recorded_is_found(model in models(), chunks in chunks(), which in 1usize..80) {
        let heap = Heap::new(&model, &chunks);
        let used = heap.chunks.iter().enumerate().filter(|(_, (_, (_, in_use)))| *in_use);
        // Below the first recorded block nothing is looked at.
        let used: Vec<_> = used.skip(1).collect();
        prop_assume!(!used.is_empty());
        let (number, (at, (size, _))) = used[which % used.len()];
        let check = heap.check(&heap.memory(model, Some(number)), 0);
        let found = check.comparison().expect("compared");
        prop_assert_eq!(found.differing_blocks, 1);
        prop_assert_eq!(found.differing_bytes, *size);
        prop_assert_eq!(found.differences[0].address, at + model.head);
        prop_assert_eq!(found.differences[0].kind, DifferenceKind::NotRecorded);
    }

    #[test]
    fn a_block_that_is_free_by_its_header_is_found(model in models(), chunks in chunks()) {
        // Given back by a function that was not recorded.
        let heap = Heap::new(&model, &chunks);
        let mut memory = heap.memory(model, None);
        let hole = heap.chunks.iter().find(|(_, (size, in_use))| !in_use && *size < 4096);
        prop_assume!(hole.is_some());
        let (at, (size, _)) = *hole.expect("a hole");
        memory.allocate(at + model.head, size - model.state, false);
        let check = heap.check(&memory, 0);
        let found = check.comparison().expect("compared");
        prop_assert_eq!(found.differing_blocks, 1);
        prop_assert_eq!(found.differences[0].kind, DifferenceKind::NotInUse);
    }
}

/// Forty blocks of 96 bytes, with a hole behind each.
fn plain() -> Vec<Chunk> {
    let mut chunks = [(96, true), (64, false)].repeat(40);
    chunks.extend([(96, true), (4096, false)]);
    chunks
}

#[test]
fn a_wrong_model_is_found() {
    for (right, wrong) in [
        // Blocks would have more state than they have.
        (
            DLMALLOC,
            Model {
                state: 36,
                ..DLMALLOC
            },
        ),
        (
            EMMALLOC,
            Model {
                state: 40,
                ..EMMALLOC
            },
        ),
        (TLSF, Model { step: 64, ..TLSF }),
        // The allocator of another module.
        (DLMALLOC, TLSF),
        (EMMALLOC, DLMALLOC),
        (TLSF, EMMALLOC),
    ] {
        let heap = Heap::new(&right, &plain());
        let mut memory = Memory::new(MemoryDescription {
            model: Some(wrong),
            ..MemoryDescription::default()
        });
        for (at, (size, _)) in heap.chunks.iter().filter(|(_, (_, in_use))| *in_use) {
            memory.allocate(at + right.head, size - right.state, false);
        }
        let check = heap.check(&memory, 0);
        assert_eq!(
            check.agreement(),
            Some(Agreement::Differs),
            "{} as {}",
            right.name,
            wrong.name
        );
    }
}

#[test]
fn other_threads_explain_few_differences() {
    let heap = Heap::new(&DLMALLOC, &plain());
    let mut memory = heap.memory(DLMALLOC, None);
    let mut holes = heap
        .chunks
        .iter()
        .filter(|(_, (size, in_use))| !in_use && *size < 4096);
    let mut fill = |blocks: usize| {
        for (at, (size, _)) in holes.by_ref().take(blocks) {
            memory.allocate(at + DLMALLOC.head, size - DLMALLOC.state, false);
        }
        memory.clone()
    };
    let few = fill(4);
    let many = fill(1);
    assert_eq!(heap.check(&few, 0).agreement(), Some(Agreement::Differs));
    assert_eq!(heap.check(&few, 1).agreement(), Some(Agreement::NotExact));
    assert_eq!(heap.check(&many, 1).agreement(), Some(Agreement::Differs));
    assert_eq!(heap.check(&many, 2).agreement(), Some(Agreement::NotExact));
}

#[test]
fn slack_is_said() {
    // What is left behind the block is too little for a hole.
    let heap = Heap::new(
        &DLMALLOC,
        &[(64, true), (56, true), (64, true), (4096, false)],
    );
    let mut memory = heap.memory(DLMALLOC, None);
    let (second, _) = heap.chunks[1];
    memory.free(second + 4, 52, false);
    memory.allocate(second + 4, 44, false);
    let check = heap.check(&memory, 0);
    let found = check.comparison().expect("compared");
    // What is left stays with the block, so that nothing differs.
    assert_eq!((found.agreed_blocks, found.slack_blocks), (3, 0));
    // The hole behind it takes it.
    let heap = Heap::new(
        &DLMALLOC,
        &[
            (64, true),
            (56, true),
            (96, false),
            (64, true),
            (4096, false),
        ],
    );
    let mut memory = heap.memory(DLMALLOC, None);
    let (second, _) = heap.chunks[1];
    memory.free(second + 4, 52, false);
    memory.allocate(second + 4, 44, false);
    let check = heap.check(&memory, 0);
    let found = check.comparison().expect("compared");
    assert_eq!(
        (found.agreed_blocks, found.slack_blocks, found.slack_bytes),
        (3, 1, 8)
    );
    assert_eq!(check.agreement(), Some(Agreement::Agrees));
}
