//! Snapshots of memories in traces: they have their place among the events of all
//! threads, come out as they went in, and what is missing of them is counted.

use std::io::Cursor;

use serde_json::json;
use unfreed_events::Record;
use unfreed_events::trace::{
    AsRecorded, BlockHeader, Codec, CompactWriter, Facts, FileHeader, MemoryImage, Recording,
    SNAPSHOT_PAGE, Snapshot, Stage, TraceReader,
};

const PID: u32 = 77;
const START: u64 = 1_700_000_000_000_000;
const PAGES: u8 = 12;
const SNAPSHOT: u8 = 13;

struct File {
    bytes: Vec<u8>,
}

impl File {
    /// The main thread and a worker share memory 1; the worker has memory 2 for itself.
    fn new() -> File {
        let mut file = File {
            bytes: FileHeader::new(Stage::Raw).encode().to_vec(),
        };
        for (thread, instance, memory, shared) in
            [(0, 1, 1, true), (1, 1, 1, true), (1, 2, 2, false)]
        {
            let what = json!({"instance": instance, "module": "0011223344556677",
                "memory": memory, "shared": shared, "address_bits": 32, "pages": 1});
            file.block(4, thread, 0, what.to_string().as_bytes());
            let stack = json!({"context": instance, "instance": instance, "stack": [], "first": 0, "new": []});
            file.block(5, thread, 0, stack.to_string().as_bytes());
        }
        file
    }

    fn block(&mut self, kind: u8, thread: u32, time: u64, payload: &[u8]) {
        let header = BlockHeader {
            kind,
            codec: Codec::Plain,
            process: PID,
            thread,
            time: START + time,
            count: 0,
        };
        header
            .write(payload, &mut self.bytes)
            .expect("a vector takes all");
    }

    /// Allocations: sequence and address.
    fn events(&mut self, thread: u32, time: u64, context: u32, events: &[(u32, u32)]) {
        let words = |(sequence, address): &(u32, u32)| [*sequence, *address, 8, context << 3];
        let words = events.iter().flat_map(words);
        let payload: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        self.block(6, thread, time, &payload);
    }

    /// A block of pages that are full of a byte.
    fn pages(&mut self, thread: u32, snapshot: u32, pages: &[(u32, u8)]) {
        let numbers = [snapshot, pages.len() as u32].into_iter();
        let numbers = numbers.chain(pages.iter().map(|(number, _)| *number));
        let mut payload: Vec<u8> = numbers.flat_map(u32::to_le_bytes).collect();
        for (_, byte) in pages {
            payload.extend([*byte; SNAPSHOT_PAGE]);
        }
        self.block(PAGES, thread, 0, &payload);
    }

    fn snapshot(&mut self, thread: u32, time: u64, what: &serde_json::Value) {
        self.block(SNAPSHOT, thread, time, what.to_string().as_bytes());
    }
}

/// Writes a compact trace of a raw recording.
fn compact(raw: &[u8]) -> (Vec<u8>, Facts) {
    let recording = Recording::open(Cursor::new(raw), &mut AsRecorded).expect("a recording");
    let mut writer = CompactWriter::new(Vec::new()).expect("a vector takes all");
    let (_, facts) = recording.merge(&mut writer).expect("a vector takes all");
    (writer.into_inner(), facts)
}

/// All snapshots, each with how many addresses came before.
fn snapshots(trace: &[u8]) -> (Vec<(Vec<u64>, Snapshot)>, u64) {
    let mut reader = TraceReader::new(trace).expect("a trace").with_snapshots();
    let (mut records, mut found) = (Vec::new(), Vec::new());
    while reader.decode(&mut records).expect("memory can be read") {
        if let Some(snapshot) = reader.take_snapshot() {
            found.push((addresses(&records), snapshot));
        }
    }
    assert!(reader.has_ended());
    (found, reader.damage().blocks)
}

fn addresses(records: &[Record]) -> Vec<u64> {
    let ids = records.iter().filter_map(|record| match record.event {
        unfreed_events::Event::Allocate { id, .. } => Some(id.0 & 0xffff),
        _ => None,
    });
    ids.collect()
}

#[test]
fn a_snapshot_stands_behind_the_events_before_it() {
    let mut file = File::new();
    // The worker's events are written after the snapshot, and some are before it.
    file.events(0, 10, 1, &[(1, 8), (3, 24)]);
    file.pages(0, 1, &[(1, 0x11), (15, 0x22)]);
    let said = json!({"snapshot": 1, "reason": "mark", "mark": "round", "memory": 1,
        "bytes": 65536, "pages": 2, "sequence": 4, "threads": 1, "events": 0, "new": true});
    file.snapshot(0, 20, &said);
    file.events(0, 30, 1, &[(6, 48)]);
    file.events(1, 11, 1, &[(2, 16), (4, 32), (5, 40)]);
    let (trace, facts) = compact(&file.bytes);
    assert_eq!((facts.missing.gaps, facts.missing.snapshots), (0, 0));
    let (found, damaged) = snapshots(&trace);
    assert_eq!(damaged, 0);
    let [(before, snapshot)] = &found[..] else {
        panic!("{} snapshots", found.len());
    };
    assert_eq!(before, &[8, 16, 24, 32]);
    assert_eq!(snapshot.heap, 0);
    let said = &snapshot.said.what;
    assert_eq!(
        (said.reason.as_str(), said.mark.as_str()),
        ("mark", "round")
    );
    assert_eq!((said.bytes, said.threads), (65536, 1));
    assert_eq!((snapshot.said.thread, snapshot.said.time), (0, 20));
    assert_eq!(snapshot.missing_pages(), 0);
    let mut bytes = vec![0; 65536];
    bytes[4096..8192].fill(0x11);
    bytes[15 * 4096..].fill(0x22);
    assert_eq!(snapshot.image, MemoryImage::of_bytes(&bytes));
}

#[test]
fn a_memory_of_one_thread_has_its_place_among_the_events_of_that() {
    let mut file = File::new();
    file.events(1, 10, 2, &[(0, 8)]);
    file.snapshot(1, 12, &json!({"snapshot": 1, "memory": 2, "bytes": 65536}));
    file.events(1, 14, 2, &[(0, 16)]);
    file.pages(1, 2, &[(0, 1)]);
    file.snapshot(
        1,
        16,
        &json!({"snapshot": 2, "memory": 2, "bytes": 131_072, "pages": 1}),
    );
    let (found, _) = snapshots(&compact(&file.bytes).0);
    let places: Vec<_> = found
        .iter()
        .map(|(before, snapshot)| (before.as_slice(), snapshot.heap, snapshot.image.size()))
        .collect();
    assert_eq!(places, [(&[8][..], 1, 65536), (&[8, 16], 1, 131_072)]);
}

#[test]
fn who_does_not_want_snapshots_has_none_of_them() {
    let mut file = File::new();
    file.events(0, 10, 1, &[(1, 8)]);
    file.pages(0, 1, &[(1, 0x11)]);
    file.snapshot(
        0,
        20,
        &json!({"snapshot": 1, "memory": 1, "bytes": 65536, "pages": 1, "sequence": 1}),
    );
    file.events(0, 30, 1, &[(2, 16)]);
    let (trace, _) = compact(&file.bytes);
    let mut reader = TraceReader::new(&trace[..]).expect("a trace");
    let mut records = Vec::new();
    while reader.decode(&mut records).expect("memory can be read") {
        assert!(reader.take_snapshot().is_none());
    }
    assert_eq!(addresses(&records), [8, 16]);
    assert_eq!(reader.damage().blocks, 0);
}

#[test]
fn what_is_missing_is_counted() {
    let mut file = File::new();
    // Pages without a snapshot; a memory that is not known; pages that were lost.
    file.pages(0, 1, &[(1, 1)]);
    file.pages(0, 2, &[(1, 1)]);
    file.snapshot(
        0,
        20,
        &json!({"snapshot": 2, "memory": 9, "bytes": 65536, "pages": 1}),
    );
    file.pages(0, 3, &[(2, 1)]);
    file.snapshot(
        0,
        21,
        &json!({"snapshot": 3, "memory": 1, "bytes": 65536, "pages": 2}),
    );
    file.pages(0, 4, &[(2, 1)]);
    let (trace, facts) = compact(&file.bytes);
    assert_eq!(facts.missing.snapshots, 3);
    let (found, _) = snapshots(&trace);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].1.missing_pages(), 1);
    // Pages in no order are a damaged block.
    let mut file = File::new();
    file.pages(0, 1, &[(2, 1), (1, 1)]);
    file.snapshot(
        0,
        21,
        &json!({"snapshot": 1, "memory": 1, "bytes": 65536, "pages": 2}),
    );
    let (trace, facts) = compact(&file.bytes);
    assert_eq!(facts.source_damage.blocks, 1);
    assert_eq!(snapshots(&trace).0[0].1.missing_pages(), 2);
    // So is a block of pages below those before it.
    let mut file = File::new();
    file.pages(0, 1, &[(2, 1)]);
    file.pages(0, 1, &[(1, 1)]);
    file.snapshot(
        0,
        21,
        &json!({"snapshot": 1, "memory": 1, "bytes": 65536, "pages": 2}),
    );
    let (trace, facts) = compact(&file.bytes);
    assert_eq!(facts.source_damage.blocks, 1);
    let (found, damaged) = snapshots(&trace);
    assert_eq!((found[0].1.missing_pages(), damaged), (1, 0));
}

#[test]
fn a_damaged_byte_costs_pages_at_most() {
    let mut file = File::new();
    file.events(0, 10, 1, &[(1, 8)]);
    for piece in 0..4 {
        file.pages(0, 1, &[(piece, 0x11)]);
    }
    file.snapshot(
        0,
        20,
        &json!({"snapshot": 1, "memory": 1, "bytes": 65536, "pages": 4, "sequence": 1}),
    );
    file.events(0, 30, 1, &[(2, 16)]);
    let (trace, _) = compact(&file.bytes);
    for at in FileHeader::BYTES..trace.len() {
        let mut damaged = trace.clone();
        damaged[at] ^= 0x40;
        let mut reader = TraceReader::new(&damaged[..])
            .expect("a trace")
            .with_snapshots();
        let mut records = Vec::new();
        while reader.decode(&mut records).expect("memory can be read") {
            if let Some(snapshot) = reader.take_snapshot() {
                let there = snapshot.image.pages().count() as u64;
                assert_eq!(there + snapshot.missing_pages(), 4);
            }
        }
        // The second block of events builds on the first.
        assert!((1..=2).contains(&reader.damage().blocks), "at {at}");
    }
}
