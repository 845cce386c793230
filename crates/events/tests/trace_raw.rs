//! Raw recordings: threads are put into one order, reallocations and damage come
//! out right, and what is said beside the events is kept.

use std::collections::BTreeMap;
use std::io::Cursor;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;
use unfreed_events::trace::{
    AsRecorded, BlockHeader, Codec, CompactWriter, Facts, FileHeader, Recording, Records, Sink,
    Stage, Step, ThreadTree, TraceError, TraceReader,
};
use unfreed_events::{Event, Names, Record};

const PID: u32 = 4242;
const START: u64 = 1_700_000_000_000_000;

const ALLOCATE: u32 = 0;
const FREE: u32 = 1;
const BEGIN: u32 = 2;
const END: u32 = 3;
const GROW: u32 = 4;
const MARK: u32 = 5;
const TIME: u32 = 6;
const WIDE: u32 = 7;

/// A raw recording being written.
struct File {
    bytes: Vec<u8>,
    process: u32,
}

/// A record of events: sequence, a, b, kind, number.
type Raw = (u32, u32, u32, u32, u32);

impl File {
    fn new() -> File {
        File {
            bytes: FileHeader::new(Stage::Raw).encode().to_vec(),
            process: PID,
        }
    }

    fn block(&mut self, kind: u8, thread: u32, time: u64, count: u32, payload: &[u8]) {
        let header = BlockHeader {
            kind,
            codec: Codec::Plain,
            process: self.process,
            thread,
            // Any time may stand in a damaged file.
            time: START.wrapping_add(time),
            count,
        };
        header
            .write(payload, &mut self.bytes)
            .expect("a vector takes all");
    }

    fn json(&mut self, kind: u8, thread: u32, time: u64, what: &serde_json::Value) {
        self.block(kind, thread, time, 0, what.to_string().as_bytes());
    }

    fn events(&mut self, thread: u32, time: u64, events: &[Raw]) {
        let words = |(sequence, a, b, kind, number): &Raw| [*sequence, *a, *b, kind | number << 3];
        let words = events.iter().flat_map(words);
        let payload: Vec<u8> = words.flat_map(u32::to_le_bytes).collect();
        self.block(6, thread, time, events.len() as u32, &payload);
    }

    /// A thread with one instance and one context, both of number 1.
    fn thread(&mut self, thread: u32, memory: u32, is_shared: bool) {
        self.json(
            4,
            thread,
            0,
            &json!({"instance": 1, "module": "0011223344556677", "memory": memory,
                "shared": is_shared, "address_bits": 32, "pages": 19, "new": [1]}),
        );
        let lines = [
            "    at malloc (wasm://wasm/app-0a0a0a0a:wasm-function[1]:0x10)",
            "    at app::run (wasm://wasm/app-0a0a0a0a:wasm-function[2]:0x20)",
            "    at main (/app/main.js:3:4)",
        ];
        self.json(
            5,
            thread,
            0,
            &json!({"context": 1, "instance": 1, "low": -5, "high": 7,
                "stack": [0, 1, 2], "first": 0, "new": lines}),
        );
    }

    /// A call path of a thread of which `new` are the lines that are new.
    fn stack(&mut self, thread: u32, context: u32, lines: &[u32], first: u32, new: &[&str]) {
        self.json(
            5,
            thread,
            0,
            &json!({"context": context, "instance": 1, "stack": lines, "first": first, "new": new}),
        );
    }
}

struct Merged {
    names: Names,
    facts: Facts,
    records: Vec<Record>,
}

fn merge(file: &[u8]) -> Merged {
    merge_for(None, file)
}

fn merge_for(tree: Option<ThreadTree>, file: &[u8]) -> Merged {
    let recording =
        Recording::open_for(tree, Cursor::new(file), &mut AsRecorded).expect("a recording");
    let mut sink = Records::default();
    let (names, facts) = recording.merge(&mut sink).expect("memory can be read");
    Merged {
        names,
        facts,
        records: sink.records,
    }
}

impl Merged {
    /// Allocations and releases: `+address:size`, `-address`, `<pages`, with the
    /// memory in front where it is not the first.
    fn blocks(&self) -> Vec<String> {
        let id = |id: u64| match id >> 48 {
            0 => format!("{id}"),
            heap => format!("{heap}/{}", id & ((1 << 48) - 1)),
        };
        let spell = |record: &Record| match record.event {
            Event::Allocate {
                size, id: block, ..
            } => Some(format!("+{}:{size}", id(block.0))),
            Event::Release { id: block } => Some(format!("-{}", id(block.0))),
            Event::Grow { delta_pages, .. } => Some(format!("<{delta_pages}")),
            _ => None,
        };
        self.records.iter().filter_map(spell).collect()
    }

    /// The type of each allocation, and its frames.
    fn stacks(&self) -> Vec<String> {
        let site = |record: &Record| match record.event {
            Event::Allocate { site, .. } => Some(site),
            _ => None,
        };
        let spell = |site| {
            let stack = self.names.stack_of(site).into_iter();
            let frames = stack.flat_map(|stack| self.names.frames_of(stack));
            let frames = frames.map(|frame| frame.spelled());
            let type_id = self.names.site_type(site).expect("a type");
            let type_name = self.names.type_name(type_id);
            format!("{type_name}: {}", frames.collect::<Vec<_>>().join(" < "))
        };
        self.records.iter().filter_map(site).map(spell).collect()
    }

    fn said(&self) -> Vec<String> {
        let word = |id| self.names.word(id);
        let spell = |record: &Record| match record.event {
            Event::Mark { name } => Some(format!("mark {}", word(name))),
            Event::Memory { domain, bytes, .. } => Some(format!("{} {bytes}", word(domain))),
            _ => None,
        };
        self.records.iter().filter_map(spell).collect()
    }
}

#[test]
fn shared_memories_come_by_sequence_whatever_the_clocks_say() {
    let mut file = File::new();
    file.thread(0, 0, true);
    file.thread(1, 0, true);
    file.events(
        1,
        10,
        &[(u32::MAX, 16, 8, ALLOCATE, 1), (1, 16, 9, ALLOCATE, 1)],
    );
    file.events(0, 500, &[(0, 16, 0, FREE, 1), (2, 16, 0, FREE, 1)]);
    let merged = merge(&file.bytes);
    assert_eq!(merged.blocks(), ["+16:8", "-16", "+16:9", "-16"]);
    assert_eq!(merged.facts.missing, Default::default());
    let lines: Vec<u64> = merged.records.iter().map(|record| record.line).collect();
    assert!(lines.is_sorted() && lines.first() == Some(&1));
}

/// A process whose main thread started 1 and 2, and 1 started 3. Memory 1 is that of
/// 1 and 3 together, the others have one of their own. Another process does the same.
fn siblings() -> File {
    let mut file = File::new();
    for process in [PID + 1, PID] {
        file.process = process;
        file.json(1, 0, 0, &json!({"pid": process}));
        for (thread, started_by, memory) in [(1, 0, 1), (2, 0, 2), (3, 1, 1)] {
            let said = json!({"thread": thread, "started_by": started_by});
            file.json(2, thread, 0, &said);
            file.thread(thread, memory, memory == 1);
        }
        file.thread(0, 3, false);
        file.json(7, 1, 12, &json!({"mark": 1, "name": "of 1"}));
        file.json(7, 2, 12, &json!({"mark": 1, "name": "of 2"}));
        file.events(0, 10, &[(0, 64, 1, ALLOCATE, 1)]);
        file.events(1, 11, &[(1, 16, 2, ALLOCATE, 1), (4, 0, 0, MARK, 1)]);
        file.events(2, 12, &[(0, 32, 3, ALLOCATE, 1), (0, 0, 0, MARK, 1)]);
        file.events(3, 13, &[(2, 48, 4, ALLOCATE, 1), (3, 16, 0, FREE, 1)]);
        // The event before is not written yet.
        file.events(3, 14, &[(6, 80, 5, ALLOCATE, 1)]);
    }
    file
}

#[test]
fn a_thread_is_read_with_those_that_it_started_and_without_its_siblings() {
    let file = siblings().bytes;
    let tree = |thread| {
        Some(ThreadTree {
            process: PID,
            thread,
        })
    };
    let first = merge_for(tree(1), &file);
    assert_eq!(first.blocks(), ["+16:2", "+48:4", "-16", "+80:5"]);
    assert!(first.said().contains(&"mark of 1".to_owned()));
    assert!(!first.said().contains(&"mark of 2".to_owned()));
    assert_eq!(first.facts.processes.len(), 1);
    assert_eq!(first.facts.missing.gaps, 1);

    let second = merge_for(tree(2), &file);
    assert_eq!(second.blocks(), ["+1/32:3"]);
    assert_eq!(second.facts.missing.homeless, 0);

    // The main thread started them all.
    assert_eq!(merge_for(tree(0), &file).blocks().len(), 6);
    assert_eq!(merge(&file).blocks().len(), 12);
}

#[test]
fn what_other_threads_do_in_the_memories_of_a_tree_is_read() {
    let mut file = siblings();
    // Thread 2 was sent memory 1.
    file.json(
        4,
        2,
        0,
        &json!({"instance": 2, "module": "0011223344556677", "memory": 1, "shared": true,
            "address_bits": 32, "pages": 19}),
    );
    file.events(2, 20, &[(5, 48, 0, FREE, 2), (0, 32, 0, FREE, 1)]);
    let tree = ThreadTree {
        process: PID,
        thread: 1,
    };
    let merged = merge_for(Some(tree), &file.bytes);
    assert_eq!(merged.blocks(), ["+16:2", "+48:4", "-16", "-48", "+80:5"]);
}

#[test]
fn a_block_that_was_written_twice_counts_once() {
    let mut file = File::new();
    file.thread(0, 0, true);
    for _ in 0..2 {
        file.events(0, 3, &[(1, 16, 8, ALLOCATE, 1), (2, 16, 0, FREE, 1)]);
    }
    file.events(0, 4, &[(3, 16, 8, ALLOCATE, 1), (4, 16, 0, FREE, 1)]);
    assert_eq!(
        merge(&file.bytes).blocks(),
        ["+16:8", "-16", "+16:8", "-16"]
    );
}

#[test]
fn events_from_before_a_memory_was_known_to_be_shared_come_by_time() {
    let mut file = File::new();
    file.thread(0, 0, true);
    file.thread(1, 1, true);
    let late = 3_000_000_000;
    file.events(
        0,
        0,
        &[(late, 16, 1, ALLOCATE, 1), (late + 3, 16, 2, ALLOCATE, 1)],
    );
    file.events(
        1,
        1,
        &[(0, 16, 3, ALLOCATE, 1), (late + 1, 16, 4, ALLOCATE, 1)],
    );
    file.events(1, 2, &[(late + 2, 16, 5, ALLOCATE, 1)]);
    let merged = merge(&file.bytes);
    assert_eq!(
        merged.blocks(),
        ["+16:1", "+1/16:3", "+1/16:4", "+1/16:5", "+16:2"]
    );
    assert_eq!(merged.facts.missing, Default::default());
}

#[test]
fn a_reallocation_is_a_release_and_an_allocation() {
    let mut file = File::new();
    file.thread(0, 0, false);
    let events = [
        (0, 16, 8, ALLOCATE, 1),
        (0, 16, 0, BEGIN, 1),
        (0, 48, 64, END, 1),
        // In place.
        (0, 48, 0, BEGIN, 1),
        (0, 48, 32, END, 1),
        // Failed: the block lives on.
        (0, 48, 0, BEGIN, 1),
        (0, 0, 99, END, 1),
        (0, 48, 0, FREE, 1),
        // To no bytes, and nothing came of it: freed.
        (0, 112, 3, ALLOCATE, 1),
        (0, 112, 0, BEGIN, 1),
        (0, 0, 0, END, 1),
        // Of nothing: an allocation.
        (0, 0, 0, BEGIN, 1),
        (0, 80, 5, END, 1),
        // Null pointers are no events.
        (0, 0, 7, ALLOCATE, 1),
        (0, 0, 0, FREE, 1),
        // Begun, and never ended: it is live.
        (0, 80, 0, BEGIN, 1),
    ];
    file.events(0, 0, &events);
    let merged = merge(&file.bytes);
    assert_eq!(
        merged.blocks(),
        [
            "+16:8", "-16", "+48:64", "-48", "+48:32", "-48", "+112:3", "-112", "+80:5"
        ]
    );
}

#[test]
fn another_thread_may_get_the_old_address_before_a_reallocation_ends() {
    let mut file = File::new();
    file.thread(0, 0, true);
    file.thread(1, 0, true);
    file.events(
        0,
        0,
        &[
            (1, 16, 8, ALLOCATE, 1),
            (2, 16, 0, BEGIN, 1),
            (4, 32, 9, END, 1),
        ],
    );
    file.events(1, 0, &[(3, 16, 7, ALLOCATE, 1)]);
    assert_eq!(
        merge(&file.bytes).blocks(),
        ["+16:8", "-16", "+16:7", "+32:9"]
    );
}

#[test]
fn another_thread_may_get_the_address_that_a_reallocation_to_no_bytes_frees() {
    let mut file = File::new();
    file.thread(0, 0, true);
    file.thread(1, 0, true);
    let events = [
        (1, 16, 8, ALLOCATE, 1),
        (2, 16, 0, BEGIN, 1),
        (4, 0, 0, END, 1),
    ];
    file.events(0, 0, &events);
    file.events(1, 0, &[(3, 16, 7, ALLOCATE, 1)]);
    assert_eq!(merge(&file.bytes).blocks(), ["+16:8", "-16", "+16:7"]);
}

#[test]
fn wide_records_belong_to_the_next_one() {
    let mut file = File::new();
    file.thread(0, 0, false);
    file.thread(2, 7, false);
    let wide = [
        (0, 2, 3, WIDE, 0),
        (0, 16, 8, ALLOCATE, 1),
        (0, u32::MAX, 1, GROW, 1),
        (0, 19, 1, GROW, 1),
    ];
    file.events(0, 0, &wide);
    file.events(2, 5, &[(0, 16, 8, ALLOCATE, 1)]);
    let wide = format!("+{}:{}", 2u64 << 32 | 16, 3u64 << 32 | 8);
    assert_eq!(merge(&file.bytes).blocks(), [&wide, "<1", "+1/16:8"]);
}

#[test]
fn handles_are_told_with_their_classes_and_who_made_them() {
    const HANDLE: u32 = 7;
    let number = |class: u32, what: u32| (class << 2 | what) + 1;
    let mut file = File::new();
    file.thread(0, 1, false);
    for (thread, class, name) in [(0, 1, "Srs"), (0, 2, "Gate"), (3, 1, "Srs")] {
        let free = format!("__wbg_{}_free", name.to_lowercase());
        let class =
            json!({"class": class, "name": name, "free": free, "instance": 1, "place": "glue.js"});
        file.json(16, thread, 0, &class);
    }
    file.json(
        17,
        0,
        0,
        &json!({"handle": 1, "class": 1, "stands_for": 9, "stack": [3, 2], "first": 3,
            "new": ["    at newSrs (/app/main.js:9:9)"]}),
    );
    file.json(
        18,
        0,
        5,
        &json!({"mark": 0, "kind": "heap", "place": "glue.js", "instance": 0, "length": 132}),
    );
    file.events(
        0,
        10,
        &[
            (0, 64, 24, ALLOCATE, 1),
            (0, 64, 1, HANDLE, number(1, 0)),
            (0, 80, 2, HANDLE, number(2, 0)),
            (0, 64, 1, HANDLE, number(1, 1)),
            (0, 64, 0, FREE, 1),
            (0, 96, 3, HANDLE, number(1, 0)),
            (0, 96, 3, HANDLE, number(1, 3)),
            (0, 0, 0, HANDLE, 1),
            (0, 80, 2, HANDLE, number(2, 3)),
            // Of a class that nothing is known of.
            (0, 80, 4, HANDLE, number(7, 0)),
            // The halves of what follows, as ever.
            (0, 1, 0, WIDE, 0),
            (0, 64, 24, ALLOCATE, 1),
        ],
    );
    file.events(3, 20, &[(0, 128, 1, HANDLE, number(1, 2))]);
    let merged = merge(&file.bytes);
    assert_eq!(
        merged.blocks(),
        ["+64:24", "-64", &format!("+{}:24", (1u64 << 32) + 64)]
    );
    let spell = |record: &Record| match record.event {
        Event::Handle {
            fate,
            class,
            handle,
            pointer,
        } => Some(format!("{fate:?} {}/{handle} {pointer}", class.0)),
        Event::HandleStack {
            class,
            handle,
            stands_for,
            site,
        } => {
            let stack = merged.names.stack_of(site).expect("a stack");
            let frames = merged.names.frames_of(stack);
            let frames: Vec<&str> = frames.map(|frame| frame.function).collect();
            Some(format!(
                "{}/{handle} for {stands_for} by {}",
                class.0,
                frames.join(" < ")
            ))
        }
        _ => None,
    };
    let handles: Vec<String> = merged.records.iter().filter_map(spell).collect();
    assert_eq!(
        handles,
        [
            "Made 0/1 64",
            "0/1 for 9 by newSrs < main",
            "Made 1/2 80",
            "Freed 0/1 0",
            "Made 0/3 96",
            "Collected 0/3 0",
            "CollectedAtEnd 1/2 0",
            "Consumed 2/1 0",
        ]
    );
    let names = merged.facts.handle_classes.iter();
    let names: Vec<_> = names
        .map(|said| (said.thread, said.what.name.as_str()))
        .collect();
    assert_eq!(names, [(0, "Srs"), (0, "Gate"), (3, "Srs")]);
    assert_eq!(merged.facts.js_values[0].what.length, 132);
    assert_eq!(merged.facts.missing.handles, 1);
}

#[test]
fn marks_samples_and_growth_tell_sizes() {
    let mut file = File::new();
    file.thread(0, 0, false);
    let mark =
        json!({"mark": 1, "name": "round\u{1b} 1", "rss": 5000, "heap_used": 70, "external": null});
    file.json(7, 0, 30, &mark);
    file.json(11, 0, 40, &json!({"rss": 6000, "array_buffers": 11}));
    file.events(
        0,
        10,
        &[
            (0, 16, 8, ALLOCATE, 1),
            (0, 5, 0, TIME, 0),
            (0, 19, 2, GROW, 1),
            (0, 20, 0, TIME, 0),
            (0, 0, 0, MARK, 1),
            (0, 0, 0, MARK, 9),
        ],
    );
    let merged = merge(&file.bytes);
    let page = 64 * 1024;
    let expected = [
        format!("wasm {}", 19 * page),
        format!("wasm {}", 21 * page),
        format!("wasm {}", 21 * page),
        "rss 5000".to_owned(),
        "js-heap 70".to_owned(),
        "mark round\u{fffd} 1".to_owned(),
        "mark mark 9".to_owned(),
        format!("wasm {}", 21 * page),
        "rss 6000".to_owned(),
        "array-buffers 11".to_owned(),
    ];
    assert_eq!(merged.said(), expected);
    let times = merged
        .records
        .iter()
        .filter_map(|record| match record.event {
            Event::Time { ns } => Some(ns),
            _ => None,
        });
    assert_eq!(
        times.collect::<Vec<_>>(),
        [0, 10_000, 15_000, 30_000, 30_000, 30_000, 40_000]
    );
    let site = merged.records.iter().find_map(|record| match record.event {
        Event::Grow { site, .. } => site,
        _ => None,
    });
    let site = site.expect("a site");
    let type_id = merged.names.site_type(site).expect("a type");
    assert_eq!(merged.names.type_name(type_id), "app::run");
    let stack = merged.names.stack_of(site).expect("a stack");
    let frames: Vec<String> = merged.names.frames_of(stack).map(|f| f.spelled()).collect();
    assert_eq!(frames, ["app:0x10", "app:0x20", "/app/main.js:3:4"]);
}

#[test]
fn what_is_missing_is_counted() {
    let mut file = File::new();
    file.thread(0, 0, true);
    file.json(8, 0, 0, &json!({"events": 5, "reason": "no room"}));
    // An instance and a context that no block tells of.
    let events = [
        (10, 16, 8, ALLOCATE, 1),
        (13, 32, 8, ALLOCATE, 77),
        (14, 48, 8, ALLOCATE, 1),
    ];
    file.events(0, 0, &events);
    file.events(3, 0, &[(0, 64, 8, ALLOCATE, 1)]);
    file.json(
        9,
        0,
        50,
        &json!({"thread": 3, "terminated": true, "exit_code": 1}),
    );
    file.block(3, 0, 0, 0, b"{not json");
    file.block(99, 0, 0, 0, b"of a later version");
    file.block(5, 0, 0, 0, br#"{"context": "one"}"#);
    let merged = merge(&file.bytes);
    assert_eq!(merged.blocks(), ["+16:8", "+32:8", "+48:8"]);
    let missing = merged.facts.missing;
    assert_eq!((missing.gaps, missing.reported), (2, 5));
    assert_eq!((missing.homeless, missing.without_stack), (1, 1));
    assert_eq!(merged.facts.source_damage.blocks, 2);
    assert_eq!(merged.facts.terminated_threads(), 1);
    assert_eq!(merged.facts.events, 4);
}

/// Takes steps up to a mark.
#[derive(Default)]
struct UntilMark {
    taken: Records,
    has_come: bool,
}

impl Sink for UntilMark {
    fn begin(&mut self, names: &Names, facts: &Facts) -> std::io::Result<()> {
        self.taken.begin(names, facts)
    }

    fn step(&mut self, names: &Names, step: &Step) -> std::io::Result<()> {
        self.has_come |= matches!(step.event, Event::Mark { .. });
        self.taken.step(names, step)
    }

    fn wants_more(&self) -> bool {
        !self.has_come
    }

    fn end(&mut self, names: &Names, facts: &Facts) -> std::io::Result<()> {
        self.taken.end(names, facts)
    }
}

#[test]
fn behind_the_last_step_that_is_wanted_nothing_is_read_or_missed() {
    // Another thread has not written what it did: before the mark, or behind it.
    for (sequences, gaps) in [([10, 13, 14, 15], 2), ([10, 11, 12, 19], 0)] {
        let mut file = File::new();
        file.thread(0, 0, true);
        file.json(7, 0, 0, &json!({"mark": 1, "name": "end"}));
        let [first, second, mark, behind] = sequences;
        let events = [
            (first, 16, 8, ALLOCATE, 1),
            (second, 32, 8, ALLOCATE, 1),
            (mark, 0, 0, MARK, 1),
            (behind, 48, 8, ALLOCATE, 1),
        ];
        file.events(0, 0, &events);
        let recording =
            Recording::open(Cursor::new(&file.bytes), &mut AsRecorded).expect("a recording");
        let mut sink = UntilMark::default();
        let (_, facts) = recording.merge(&mut sink).expect("memory can be read");
        assert_eq!(facts.missing.gaps, gaps);
        let allocations = sink.taken.records.iter();
        let allocations =
            allocations.filter(|record| matches!(record.event, Event::Allocate { .. }));
        assert_eq!(allocations.count(), 2);
    }
}

#[test]
fn lines_that_were_lost_are_unknown_frames_and_others_stay_what_they_are() {
    let mut file = File::new();
    file.thread(0, 0, false);
    file.thread(1, 0, false);
    // The block of line 3 is lost.
    file.stack(0, 2, &[0, 3, 4, 2], 4, &["    at four (/app/main.js:4:4)"]);
    file.stack(0, 3, &[4, 1], 0, &[]);
    file.stack(0, 4, &[3, 4], 0, &[]);
    // Numbers are those of the thread.
    file.stack(1, 2, &[0, 3], 3, &["    at three (/app/main.js:3:3)"]);
    let events: Vec<Raw> = (1..5).map(|n| (0, n * 16, n, ALLOCATE, n)).collect();
    file.events(0, 0, &events);
    file.events(1, 1, &[(0, 160, 1, ALLOCATE, 2)]);
    let merged = merge(&file.bytes);
    assert_eq!(
        merged.stacks(),
        [
            "app::run: app:0x10 < app:0x20 < /app/main.js:3:4",
            "(unknown): app:0x10 < (unknown) < /app/main.js:4:4 < /app/main.js:3:4",
            "four: /app/main.js:4:4 < app:0x20",
            "(unknown): (unknown) < /app/main.js:4:4",
            "three: app:0x10 < /app/main.js:3:3",
        ]
    );
    let missing = merged.facts.missing;
    assert_eq!((missing.with_partial_stack, missing.without_stack), (2, 0));
    assert_eq!(merged.facts.source_damage.blocks, 0);
}

#[test]
fn stacks_that_ask_for_more_than_there_is_are_bounded() {
    let mut file = File::new();
    file.thread(0, 0, false);
    let long = format!("    at f (/app/{}.js:1:2)", "x".repeat(1 << 20));
    file.stack(0, 2, &[3; 5000], 3, &[&long]);
    file.stack(0, 3, &[0; 5000], 0, &[]);
    // Numbers that do not exist.
    file.stack(0, 4, &[u32::MAX], u32::MAX, &["    at g (a.js:1:2)"]);
    file.stack(
        0,
        5,
        &[u32::MAX - 1],
        u32::MAX - 1,
        &["    at g (a.js:1:2)"],
    );
    let events: Vec<Raw> = (2..6).map(|n| (0, n * 16, n, ALLOCATE, n)).collect();
    file.events(0, 0, &events);
    let merged = merge(&file.bytes);
    let depth = |stack: &String| stack.split(" < ").count();
    let depths: Vec<usize> = merged.stacks().iter().map(depth).collect();
    assert_eq!(depths, [1024, 1024, 1, 1]);
    assert!(merged.stacks()[0].ends_with("(unknown)"));
    assert_eq!(merged.stacks()[3], "g: a.js:1:2");
    let missing = merged.facts.missing;
    assert_eq!((missing.with_partial_stack, missing.without_stack), (1, 1));
    assert_eq!(merged.facts.source_damage.blocks, 1);
}

#[test]
fn only_raw_recordings_are_merged() {
    let compact = FileHeader::new(Stage::Compact).encode();
    let refused = Recording::open(Cursor::new(compact), &mut AsRecorded).err();
    assert!(matches!(
        refused,
        Some(TraceError::WrongStage {
            found: Stage::Compact
        })
    ));
}

/// Two processes, threads that end, everything that facts are made of.
fn sample() -> Vec<u8> {
    let mut file = File::new();
    file.json(
        1,
        0,
        0,
        &json!({"pid": PID, "ppid": 1, "argv": ["node", "a\u{7}.js"], "node": "v20.20.2"}),
    );
    file.json(
        3,
        0,
        1,
        &json!({"id": "0011223344556677", "status": "pages", "reason": "x"}),
    );
    file.thread(0, 0, true);
    file.json(2, 1, 2, &json!({"thread": 1, "started_by": 0}));
    file.thread(1, 0, true);
    for round in 0..6u32 {
        let thread = round % 2;
        let events: Vec<Raw> = (0..5)
            .map(|n| round * 5 + n)
            .map(|n| match n % 3 {
                2 => (n + 1, (n - 1) * 16, 0, FREE, 1),
                _ => (n + 1, n * 16, n + 1, ALLOCATE, 1),
            })
            .collect();
        file.events(thread, u64::from(round) * 10, &events);
    }
    file.json(10, 0, 99, &json!({"code": 0, "reason": "exit"}));
    file.bytes
}

#[test]
fn facts_are_kept_in_a_compact_trace() {
    let file = sample();
    let direct = merge(&file);
    assert_eq!(
        direct.facts.processes[0].what.argv,
        ["node", "a\u{fffd}.js"]
    );
    assert_eq!(direct.facts.unended_processes().count(), 0);
    assert_eq!(direct.facts.heaps.len(), 1);
    let recording = Recording::open(Cursor::new(&file), &mut AsRecorded).expect("a recording");
    let mut writer = CompactWriter::new(Vec::new()).expect("a vector takes all");
    recording.merge(&mut writer).expect("memory can be read");
    let trace = writer.into_inner();
    let mut reader = TraceReader::new(&trace[..]).expect("a trace");
    let mut records = Vec::new();
    while reader.decode(&mut records).expect("memory can be read") {}
    assert_eq!(reader.facts(), &direct.facts);
    assert_eq!(records, direct.records);
    assert_eq!(direct.blocks().len(), 30 - 1);
}

/// Whether `part` is in `whole` in the same order.
fn is_in_order(part: &[String], whole: &[String]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|event| whole.any(|other| other == event))
}

#[test]
fn a_recording_that_is_cut_anywhere_gives_whole_blocks() {
    let file = sample();
    let all = merge(&file).blocks();
    for length in FileHeader::BYTES..file.len() {
        let merged = merge(&file[..length]);
        let left = merged.blocks();
        assert!(is_in_order(&left, &all), "cut at {length}");
        let damage = merged.facts.source_damage;
        assert_eq!(damage.cut, damage.bytes > 0, "cut at {length}");
        assert_eq!(damage.blocks, 0, "cut at {length}");
    }
}

#[test]
fn every_byte_that_changes_is_noticed() {
    let file = sample();
    let all = merge(&file).blocks();
    for at in FileHeader::BYTES..file.len() {
        let mut damaged = file.clone();
        damaged[at] ^= 0x55;
        let merged = merge(&damaged);
        let damage = merged.facts.source_damage;
        assert!(damage.blocks > 0 || damage.cut, "byte {at}");
        assert!(is_in_order(&merged.blocks(), &all), "byte {at}");
    }
}

/// Events of threads that share nothing: microseconds since the one before.
fn any_private() -> impl Strategy<Value = Vec<Vec<u32>>> {
    vec(vec(0..50u32, 0..40), 1..5)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// What happened in one order on several threads comes out in that order,
    /// however threads, blocks and the file are mixed.
    #[test]
    fn shared_events_come_in_the_order_in_which_they_happened(
        threads in vec(0..4u32, 0..120),
        begin in prop_oneof![Just(0u32), Just(1), u32::MAX - 100..=u32::MAX],
        cuts in vec(any::<bool>(), 120),
        swaps in vec((0..40usize, 0..40usize), 0..30),
    ) {
        let mut file = File::new();
        for thread in 0..4 {
            file.thread(thread, 0, true);
        }
        let mut expected = Vec::new();
        let mut blocks: Vec<(u32, u64, Vec<Raw>)> = Vec::new();
        for (number, thread) in threads.iter().enumerate() {
            let sequence = begin.wrapping_add(number as u32);
            let number = number as u32;
            let event = match number % 3 {
                2 => {
                    expected.push(format!("-{}", (number + 1) * 16));
                    (sequence, (number + 1) * 16, 0, FREE, 1)
                }
                _ => {
                    expected.push(format!("+{}:{number}", (number + 1) * 16));
                    (sequence, (number + 1) * 16, number, ALLOCATE, 1)
                }
            };
            let open = blocks.iter_mut().rev().find(|(owner, ..)| owner == thread);
            match open {
                Some((_, _, events)) if !cuts[number as usize] => events.push(event),
                _ => blocks.push((*thread, u64::from(number), vec![event])),
            }
        }
        // Blocks of different threads may stand in any order.
        for (a, b) in swaps {
            if a < b && b < blocks.len() {
                let between = &blocks[a..=b];
                let is_free = between.iter().filter(|(thread, ..)| {
                    *thread == blocks[a].0 || *thread == blocks[b].0
                }).count() == 2 && blocks[a].0 != blocks[b].0;
                if is_free {
                    blocks.swap(a, b);
                }
            }
        }
        for (thread, time, events) in &blocks {
            file.events(*thread, *time, events);
        }
        let merged = merge(&file.bytes);
        prop_assert_eq!(merged.blocks(), expected);
        prop_assert_eq!(merged.facts.missing, Default::default());
    }

    /// Threads with memories of their own are merged by time, as a slow and
    /// obvious merge does it.
    #[test]
    fn private_events_are_merged_by_time(threads in any_private(), length in 1..20usize) {
        let mut file = File::new();
        let mut queues: BTreeMap<u32, Vec<(u64, u32)>> = BTreeMap::new();
        for (thread, gaps) in threads.iter().enumerate() {
            let thread = thread as u32;
            file.thread(thread, thread, false);
            let mut time = 0;
            let events = gaps.iter().enumerate().map(|(number, gap)| {
                time += u64::from(*gap);
                (time, number as u32 + 1)
            });
            queues.insert(thread, events.collect());
        }
        for (thread, events) in &queues {
            for block in events.chunks(length) {
                let began = block[0].0;
                let records = block.iter().flat_map(|(time, number)| {
                    [(0, (time - began) as u32, 0, TIME, 0), (0, number * 16, 1, ALLOCATE, 1)]
                });
                file.events(*thread, began, &records.collect::<Vec<Raw>>());
            }
        }
        let mut expected = Vec::new();
        let next = |queues: &BTreeMap<u32, Vec<(u64, u32)>>| {
            let heads = queues.iter().filter_map(|(thread, q)| Some((q.first()?.0, *thread)));
            heads.min().map(|(_, thread)| thread)
        };
        while let Some(thread) = next(&queues) {
            let (_, number) = queues.get_mut(&thread).expect("it has a head").remove(0);
            let heap = if thread == 0 { String::new() } else { format!("{thread}/") };
            expected.push(format!("+{heap}{}:1", number * 16));
        }
        prop_assert_eq!(merge(&file.bytes).blocks(), expected);
    }

    /// Threads that have a memory of their own besides change nothing of that.
    #[test]
    fn private_events_do_not_change_the_order_of_shared_ones(
        events in vec((0..4u32, any::<bool>(), any::<bool>()), 0..120),
        lost in proptest::option::of(0..120u32),
    ) {
        let mut file = File::new();
        for thread in 0..4 {
            file.thread(thread, 0, true);
            let own = json!({"instance": 2, "memory": thread + 1, "shared": false});
            file.json(4, thread, 0, &own);
        }
        let (mut expected, mut sequence) = (Vec::new(), 0);
        let mut blocks: Vec<(u32, u64, Vec<Raw>)> = Vec::new();
        for (number, (thread, is_shared, cut)) in events.iter().enumerate() {
            let event = if *is_shared {
                sequence += 1;
                if lost == Some(sequence) {
                    continue;
                }
                expected.push(format!("-{}", sequence * 16));
                (sequence, sequence * 16, 0, FREE, 1)
            } else {
                (0, 16, 0, FREE, 2)
            };
            let open = blocks.iter_mut().rev().find(|(owner, ..)| owner == thread);
            match open {
                Some((_, _, events)) if !cut => events.push(event),
                _ => blocks.push((*thread, number as u64, vec![event])),
            }
        }
        for (thread, time, events) in &blocks {
            file.events(*thread, *time, events);
        }
        let merged = merge(&file.bytes).blocks();
        let private = merged.iter().filter(|block| block.contains('/')).count();
        prop_assert_eq!(private, merged.len() - expected.len());
        let shared: Vec<_> = merged.into_iter().filter(|block| !block.contains('/')).collect();
        prop_assert_eq!(shared, expected);
    }

    /// Whichever blocks of stacks are lost, the frames of the others are right or
    /// unknown.
    #[test]
    fn lost_blocks_of_stacks_change_no_other_frame(
        stacks in vec((vec(0..12u32, 1..8), any::<bool>()), 1..12),
    ) {
        let mut file = File::new();
        file.thread(0, 0, false);
        // Numbers of lines, by what they say, as a writer gives them; whether they
        // are in the file.
        let mut written: Vec<(u32, bool)> = Vec::new();
        let mut expected = Vec::new();
        let mut is_partial = 0;
        for (context, (lines, is_lost)) in stacks.iter().enumerate() {
            let first = 10 + written.len() as u32;
            let mut new = Vec::new();
            let mut numbers = Vec::new();
            for line in lines {
                let at = written.iter().position(|(known, _)| known == line);
                let at = at.unwrap_or_else(|| {
                    written.push((*line, !is_lost));
                    new.push(format!("    at f{line} (/app/main.js:{line}:1)"));
                    written.len() - 1
                });
                numbers.push(10 + at as u32);
            }
            if *is_lost {
                continue;
            }
            let new: Vec<&str> = new.iter().map(String::as_str).collect();
            let context = context as u32 + 2;
            file.stack(0, context, &numbers, first, &new);
            file.events(0, u64::from(context), &[(0, context * 16, 1, ALLOCATE, context)]);
            let frames: Vec<String> = lines.iter().map(|line| match written.contains(&(*line, true)) {
                true => format!("/app/main.js:{line}:1"),
                false => "(unknown)".to_owned(),
            }).collect();
            is_partial += u64::from(frames.iter().any(|frame| frame == "(unknown)"));
            expected.push(frames.join(" < "));
        }
        let merged = merge(&file.bytes);
        let frames: Vec<String> = merged.stacks().iter().map(|stack| {
            stack.split_once(": ").expect("a type").1.to_owned()
        }).collect();
        prop_assert_eq!(frames, expected);
        prop_assert_eq!(merged.facts.missing.with_partial_stack, is_partial);
    }

    #[test]
    fn no_bytes_make_the_merge_panic(
        payloads in vec((1..12u8, 0..3u32, any::<u64>(), vec(any::<u8>(), 0..100)), 0..8),
    ) {
        let mut file = File::new();
        file.thread(0, 0, true);
        for (kind, thread, time, payload) in payloads {
            file.block(kind, thread, time.wrapping_sub(START), 1, &payload);
        }
        merge(&file.bytes);
    }
}
