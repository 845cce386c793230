//! Compact traces: what is written is read, in any pieces; what is cut or
//! damaged gives the rest, counted; and the bytes do not change unnoticed.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{self, Read};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use unfreed_events::record::Origin;
use unfreed_events::trace::{
    BlockReader, CompactWriter, Facts, FileHeader, Records, Sink, Stage, Step, TraceError,
    TraceReader,
};
use unfreed_events::{
    AllocationId, Event, Frame, FrameKind, HandleClassId, HandleFate, Names, Record, SiteId,
    WasmPlace, WordId,
};

const SITES: u32 = 12;
const WORDS: u32 = 5;

/// Names of all kinds: sites by location and by stack, of which some share
/// callers.
fn names() -> Names {
    let mut names = Names::default();
    for word in 0..WORDS {
        let id = names.intern_word(format!("word {word}").as_bytes());
        assert_eq!(id, Ok(WordId(word)));
    }
    let mut caller = None;
    for number in 0..SITES {
        let type_name = format!("Type{}", number / 3);
        let wasm = (number % 2 == 0).then_some(WasmPlace {
            function: number,
            offset: number * 100,
        });
        let frame = names.intern_frame(Frame {
            kind: if wasm.is_some() {
                FrameKind::Wasm
            } else {
                FrameKind::Js
            },
            function: &format!("function {number}"),
            module: "app.wasm",
            place: wasm.is_none().then_some("app.js:1:2"),
            wasm,
        });
        let stack = names
            .intern_stack(frame.expect("a frame"), caller)
            .expect("a stack");
        caller = Some(stack).filter(|_| number % 4 != 0).or(caller);
        let site = match number % 5 {
            0 => names.intern_site(type_name.as_bytes(), format!("a.rs:{number}").as_bytes()),
            _ => names.intern_stack_site(type_name.as_bytes(), stack),
        };
        assert_eq!(site.map(|(_, site)| site), Ok(SiteId(number)));
    }
    names
}

fn any_id() -> impl Strategy<Value = AllocationId> {
    let address = prop_oneof![
        8 => (1..40u64).prop_map(|n| 0x11_0000 + n * 16),
        2 => 0..1u64 << 22,
        1 => 0..1u64 << 48,
    ];
    let heap = prop_oneof![6 => Just(0u64), 2 => Just(1), 1 => 0..1u64 << 16];
    (heap, address).prop_map(|(heap, address)| AllocationId(heap << 48 | address))
}

fn any_event() -> impl Strategy<Value = Event> {
    let size = prop_oneof![
        6 => select(&[8u64, 16, 24, 1 << 20][..]),
        3 => 0..100_000u64,
        1 => any::<u64>(),
    ];
    let site = (0..SITES).prop_map(SiteId);
    let word = || (0..WORDS).prop_map(WordId);
    let origin = select(&[Origin::Logged, Origin::Program][..]);
    prop_oneof![
        10 => (site.clone(), size, any_id())
            .prop_map(|(site, size, id)| Event::Allocate { site, size, id }),
        8 => any_id().prop_map(|id| Event::Release { id }),
        1 => (word(), any::<u32>(), any::<u32>(), option::of(site)).prop_map(
            |(memory, old_pages, delta_pages, site)| Event::Grow {
                memory,
                old_pages,
                delta_pages,
                site,
            }
        ),
        1 => word().prop_map(|name| Event::Mark { name }),
        2 => any_handle(),
        1 => (any::<u32>(), any::<u32>(), (0..SITES).prop_map(SiteId), any::<u32>()).prop_map(
            |(class, handle, site, stands_for)| Event::HandleStack {
                class: HandleClassId(class),
                handle,
                site,
                stands_for,
            }
        ),
        1 => (word(), any::<u64>(), origin).prop_map(|(domain, bytes, origin)| Event::Memory {
            domain,
            bytes,
            origin,
        }),
    ]
}

fn any_handle() -> impl Strategy<Value = Event> {
    let fate = select(
        &[
            HandleFate::Made,
            HandleFate::Freed,
            HandleFate::Consumed,
            HandleFate::Collected,
            HandleFate::CollectedAtEnd,
        ][..],
    );
    (fate, 0..4u32, any::<u32>(), any::<u64>()).prop_map(|(fate, class, handle, pointer)| {
        Event::Handle {
            fate,
            class: HandleClassId(class),
            handle,
            // Only said where one is made.
            pointer: if fate == HandleFate::Made { pointer } else { 0 },
        }
    })
}

/// Steps, and after which of them a block ends.
fn any_steps(most: usize) -> impl Strategy<Value = Vec<(Step, bool)>> {
    let passed = prop_oneof![6 => Just(0u64), 2 => 0..1000u64, 1 => 0..1u64 << 40];
    let thread = prop_oneof![8 => Just(0u32), 1 => 0..WORDS];
    let ends = prop_oneof![9 => Just(false), 1 => Just(true)];
    vec((any_event(), passed, thread, ends), 0..most).prop_map(|steps| {
        let mut time = 0;
        let mut step = |(event, passed, thread, ends)| {
            time += passed;
            let thread = WordId(thread);
            let step = Step {
                time,
                thread,
                event,
            };
            (step, ends)
        };
        steps.into_iter().map(&mut step).collect()
    })
}

fn facts(steps: &[(Step, bool)]) -> Facts {
    Facts {
        start: 1_700_000_000_000_000,
        events: steps.len() as u64,
        ..Facts::default()
    }
}

fn written(names: &Names, steps: &[(Step, bool)]) -> Vec<u8> {
    let facts = facts(steps);
    let mut writer = CompactWriter::new(Vec::new()).expect("a vector takes all");
    writer.begin(names, &facts).expect("a vector takes all");
    for (step, ends) in steps {
        writer.step(names, step).expect("an event of a recording");
        if *ends {
            writer.end_block(names).expect("a vector takes all");
        }
    }
    writer.end(names, &facts).expect("a vector takes all");
    writer.into_inner()
}

fn unfolded(names: &Names, steps: &[(Step, bool)]) -> Vec<Record> {
    let mut sink = Records::default();
    for (step, _) in steps {
        sink.step(names, step).expect("it cannot fail");
    }
    sink.records
}

/// Gives a few bytes at a time.
struct Pieces<'a> {
    rest: &'a [u8],
    length: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.length.min(buffer.len()).min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest = &self.rest[count..];
        Ok(count)
    }
}

fn read<R: Read>(input: R) -> (TraceReader<R>, Vec<Record>) {
    let mut reader = TraceReader::new(input).expect("a trace");
    let mut records = Vec::new();
    while reader.decode(&mut records).expect("memory can be read") {}
    (reader, records)
}

/// Records as text, without the numbers of names.
fn spell(names: &Names, records: &[Record]) -> Vec<String> {
    let site = |site| {
        let type_name = names.site_type(site).map_or("", |id| names.type_name(id));
        let stack = names.stack_of(site).into_iter();
        let frames: Vec<_> = stack.flat_map(|stack| names.frames_of(stack)).collect();
        format!("{type_name} {:?} {frames:?}", names.location(site))
    };
    let spell = |record: &Record| {
        let said = match record.event {
            Event::Site { site: id, .. } => format!("site {}", site(id)),
            Event::Allocate {
                site: id,
                size,
                id: block,
            } => {
                format!("allocate {} {size} {block:?}", site(id))
            }
            Event::Grow {
                memory,
                site: id,
                old_pages,
                delta_pages,
            } => {
                let who = id.map(site);
                format!(
                    "grow {} {old_pages} {delta_pages} {who:?}",
                    names.word(memory)
                )
            }
            Event::Mark { name } => format!("mark {}", names.word(name)),
            Event::Thread { thread } => format!("thread {}", names.word(thread)),
            Event::Memory {
                domain,
                bytes,
                origin,
            } => {
                format!("memory {} {bytes} {origin:?}", names.word(domain))
            }
            event => format!("{event:?}"),
        };
        format!("{} {said}", record.line)
    };
    records.iter().map(spell).collect()
}

/// Events by their number, as far as they name nothing.
fn bare(records: &[Record]) -> BTreeMap<u64, String> {
    let event = |record: &Record| match record.event {
        Event::Allocate { size, id, .. } => Some(format!("allocate {size} {id:?}")),
        Event::Release { id } => Some(format!("release {id:?}")),
        Event::Grow {
            old_pages,
            delta_pages,
            ..
        } => Some(format!("grow {old_pages} {delta_pages}")),
        Event::Mark { .. } => Some("mark".to_owned()),
        Event::Handle {
            fate,
            handle,
            pointer,
            ..
        } => Some(format!("handle {fate:?} {handle} {pointer}")),
        Event::HandleStack {
            handle, stands_for, ..
        } => Some(format!("handle stack {handle} {stands_for}")),
        Event::Memory { bytes, .. } => Some(format!("memory {bytes}")),
        _ => None,
    };
    let with_line = |record: &Record| event(record).map(|event| (record.line, event));
    records.iter().filter_map(with_line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_written_is_read_in_any_pieces(steps in any_steps(200), length in 1..500usize) {
        let names = names();
        let trace = written(&names, &steps);
        let (reader, records) = read(Pieces { rest: &trace, length });
        prop_assert_eq!(
            spell(reader.names(), &records),
            spell(&names, &unfolded(&names, &steps))
        );
        prop_assert!(reader.has_ended());
        prop_assert_eq!(reader.damage(), Default::default());
        prop_assert_eq!(reader.facts(), &facts(&steps));
        prop_assert_eq!(reader.lost_events(), 0);
    }

    #[test]
    fn what_is_damaged_costs_no_more_than_is_counted(
        steps in any_steps(60),
        flips in vec((any::<prop::sample::Index>(), 1..=255u8), 1..4),
    ) {
        let names = names();
        let mut trace = written(&names, &steps);
        for (at, bits) in flips {
            let at = FileHeader::BYTES + at.index(trace.len() - FileHeader::BYTES);
            trace[at] ^= bits;
        }
        let (reader, records) = read(&trace[..]);
        let (left, all) = (bare(&records), bare(&unfolded(&names, &steps)));
        for (line, event) in &left {
            prop_assert_eq!(all.get(line), Some(event));
        }
        if reader.has_ended() {
            let lost = reader.lost_events();
            prop_assert_eq!(left.len() as u64 + lost, steps.len() as u64);
        }
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..200), kind in 32..36u8) {
        // Bytes that are framed well, so that they are looked at.
        let mut trace = FileHeader::new(Stage::Compact).encode().to_vec();
        let header = unfreed_events::trace::BlockHeader {
            kind,
            codec: unfreed_events::trace::Codec::Plain,
            process: 0,
            thread: 0,
            time: 0,
            count: 3,
        };
        header.write(&bytes, &mut trace).expect("a vector takes all");
        let _ = read(&trace[..]);
    }
}

/// A trace of several blocks with all kinds of events.
fn sample() -> (Names, Vec<(Step, bool)>) {
    let (names, mut steps) = (names(), Vec::new());
    let site = |number: u32| SiteId(number % SITES);
    for number in 0..40u32 {
        let id = AllocationId(0x11_0000 + u64::from(number % 7) * 16);
        let event = match number % 8 {
            3 | 6 => Event::Release { id },
            7 => Event::Mark {
                name: WordId(number % WORDS),
            },
            5 => Event::Grow {
                memory: WordId(1),
                old_pages: number,
                delta_pages: 1,
                site: Some(site(number)),
            },
            _ => Event::Allocate {
                site: site(number / 2),
                size: u64::from(number),
                id,
            },
        };
        let step = Step {
            time: u64::from(number / 4),
            thread: WordId(number / 20),
            event,
        };
        steps.push((step, number % 9 == 8));
    }
    (names, steps)
}

#[test]
fn a_trace_that_is_cut_anywhere_gives_all_before() {
    let (names, steps) = sample();
    let trace = written(&names, &steps);
    let all = spell(&names, &unfolded(&names, &steps));
    for length in FileHeader::BYTES..trace.len() {
        let (reader, records) = read(&trace[..length]);
        let left = spell(reader.names(), &records);
        assert_eq!(left[..], all[..left.len()], "cut at {length}");
        assert!(!reader.has_ended(), "cut at {length}");
        assert_eq!(reader.damage().blocks, 0, "cut at {length}");
        let events = bare(&records).len() as u64;
        assert_eq!(reader.facts().events, events, "cut at {length}");
    }
    let (reader, records) = read(&trace[..trace.len() - 1]);
    assert_eq!(spell(reader.names(), &records), all);
    assert!(reader.damage().cut);
}

#[test]
fn every_bit_that_flips_is_noticed() {
    let (names, steps) = sample();
    let trace = written(&names, &steps);
    let all = bare(&unfolded(&names, &steps));
    for at in FileHeader::BYTES * 8..trace.len() * 8 {
        let mut damaged = trace.clone();
        damaged[at / 8] ^= 1 << (at % 8);
        let (reader, records) = read(&damaged[..]);
        let damage = reader.damage();
        assert!(damage.blocks > 0 || damage.cut, "bit {at}: {damage:?}");
        let left = bare(&records);
        assert!(
            left.iter()
                .all(|(line, event)| all.get(line) == Some(event)),
            "bit {at}"
        );
        if reader.has_ended() {
            assert_eq!(
                left.len() as u64 + reader.lost_events(),
                all.len() as u64,
                "bit {at}"
            );
        }
    }
}

#[test]
fn what_stands_between_blocks_is_stepped_over() {
    let (names, steps) = sample();
    let trace = written(&names, &steps);
    let mut input = &trace[FileHeader::BYTES..];
    let mut first = BlockReader::new(&mut input);
    let length = first
        .next_block()
        .expect("memory")
        .map_or(0, |block| block.payload.len());
    let cut = FileHeader::BYTES + 40 + length;
    // Of a block that another writer began and did not end, and of nothing.
    let torn = [
        &trace[..cut],
        &trace[FileHeader::BYTES..cut - 3],
        b"UFBK junk",
        &trace[cut..],
    ];
    let torn = torn.concat();
    let (reader, records) = read(&torn[..]);
    assert_eq!(
        spell(reader.names(), &records),
        spell(&names, &unfolded(&names, &steps))
    );
    let damage = reader.damage();
    assert_eq!((damage.blocks, damage.cut), (1, false));
    assert_eq!(damage.bytes, (torn.len() - trace.len()) as u64);
}

#[test]
fn groups_of_blocks_go_on_and_end() {
    let names = names();
    let step = |number: u64, event| Step {
        time: number / 100,
        thread: WordId(0),
        event,
    };
    let mut steps = Vec::new();
    for number in 0..40_000u64 {
        let id = AllocationId(0x11_0000 + number * 32);
        let site = SiteId((number % 7) as u32);
        steps.push((
            step(
                number,
                Event::Allocate {
                    site,
                    size: number % 99,
                    id,
                },
            ),
            number % 1000 == 0,
        ));
        if let Some(old) = number.checked_sub(5_000) {
            let id = AllocationId(0x11_0000 + old * 32);
            steps.push((step(number, Event::Release { id }), false));
        }
    }
    let trace = written(&names, &steps);
    let (reader, records) = read(&trace[..]);
    assert_eq!(records, unfolded(&names, &steps));
    assert!(reader.has_ended());
    // Without one block of a group the rest of the group is lost, no more.
    let mut input = BlockReader::new(&trace[FileHeader::BYTES..]);
    let mut places = Vec::new();
    while let Some(block) = input.next_block().expect("memory") {
        places.push((block.header.kind, FileHeader::BYTES + block.offset as usize));
    }
    let events: Vec<usize> = places
        .iter()
        .filter(|(kind, _)| *kind == 34)
        .map(|(_, at)| *at)
        .collect();
    let mut damaged = trace.clone();
    damaged[events[20]] ^= 1;
    let (reader, records) = read(&damaged[..]);
    let (left, all) = (bare(&records), bare(&unfolded(&names, &steps)));
    assert!(
        left.iter()
            .all(|(line, event)| all.get(line) == Some(event))
    );
    assert_eq!(reader.damage().blocks, 32 - 20);
    assert_eq!(left.len() as u64 + reader.lost_events(), all.len() as u64);
    assert!(reader.lost_events() > 20_000 && reader.lost_events() < 25_000);
}

#[test]
fn what_is_no_trace_says_why() {
    let refused = |bytes: &[u8]| TraceReader::new(bytes).err().map(|error| error.to_string());
    let header = |major: u16, stage: u32| {
        let mut bytes = FileHeader::new(Stage::Compact).encode();
        bytes[8..10].copy_from_slice(&major.to_le_bytes());
        bytes[10..12].copy_from_slice(&3u16.to_le_bytes());
        bytes[12..].copy_from_slice(&stage.to_le_bytes());
        bytes
    };
    let said = |bytes: &[u8]| refused(bytes).expect("refused");
    assert!(said(b"@DROP Foo 1 2\n and more").starts_with("not a trace"));
    assert!(said(b"UNFREED\0").starts_with("not a trace"));
    assert!(said(&header(0, 1)).contains("version 0.3 is too old"));
    assert!(said(&header(2, 1)).contains("version 2.3 is too new"));
    assert!(said(&header(1, 7)).contains("unknown stage (7)"));
    assert!(said(&header(1, 0)).contains("raw recording"));
    let newer_minor = {
        let mut bytes = header(1, 1);
        bytes[10] = 9;
        bytes
    };
    assert_eq!(refused(&newer_minor), None);
    assert!(matches!(
        TraceReader::new(&b""[..]),
        Err(TraceError::NotATrace)
    ));
}

#[test]
fn events_that_no_recording_has_are_refused() {
    let names = names();
    let mut writer = CompactWriter::new(Vec::new()).expect("a vector takes all");
    let event = Event::Time { ns: 1 };
    let step = Step {
        time: 0,
        thread: WordId(0),
        event,
    };
    assert!(writer.step(&names, &step).is_err());
}

/// Blocks as their headers and their unpacked payloads.
fn dump(trace: &[u8]) -> String {
    let hex = |bytes: &[u8]| {
        bytes
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let mut out = format!("{}\n", hex(&trace[..FileHeader::BYTES]));
    let mut blocks = BlockReader::new(&trace[FileHeader::BYTES..]);
    while let Some(block) = blocks.next_block().expect("memory can be read") {
        let header = &block.header;
        let payload = zstd::decode_all(block.payload).expect("it is packed");
        let payload = match std::str::from_utf8(&payload) {
            Ok(json) if json.starts_with('{') => json.to_owned(),
            _ => hex(&payload),
        };
        let (kind, time, count) = (header.kind, header.time, header.count);
        writeln!(out, "{kind} {time} {count} {payload}").expect("a string takes all");
    }
    out
}

/// If this fails, the format has changed: docs/trace-format.md and the version
/// in `trace/block.rs` must change with it.
#[test]
fn the_bytes_of_a_tiny_trace_are_these() {
    let mut names = Names::default();
    let word = names.intern_word(b"main").expect("a name");
    let frame = names.intern_frame(Frame {
        kind: FrameKind::Wasm,
        function: "f",
        module: "m",
        place: None,
        wasm: Some(WasmPlace {
            function: 3,
            offset: 300,
        }),
    });
    let stack = names
        .intern_stack(frame.expect("a frame"), None)
        .expect("a stack");
    let (_, site) = names.intern_stack_site(b"T", stack).expect("a site");
    let (_, other) = names.intern_site(b"T", b"a.rs:7").expect("a site");
    let id = |address| AllocationId(address);
    let events = [
        (
            0,
            Event::Allocate {
                site,
                size: 24,
                id: id(1024),
            },
        ),
        (
            0,
            Event::Allocate {
                site,
                size: 24,
                id: id(1056),
            },
        ),
        (5, Event::Release { id: id(1024) }),
        (
            5,
            Event::Allocate {
                site: other,
                size: 22,
                id: id(1024),
            },
        ),
        (5, Event::Release { id: id(0x12_3458) }),
        (
            9,
            Event::Grow {
                memory: word,
                old_pages: 19,
                delta_pages: 2,
                site: Some(other),
            },
        ),
        (9, Event::Mark { name: word }),
        (
            9,
            Event::Memory {
                domain: word,
                bytes: 1_376_256,
                origin: Origin::Logged,
            },
        ),
        (
            9,
            Event::Allocate {
                site,
                size: 70_000,
                id: id(1 << 48 | 16),
            },
        ),
    ];
    let steps = events.map(|(time, event)| {
        (
            Step {
                time,
                thread: word,
                event,
            },
            false,
        )
    });
    let dumped = dump(&written(&names, &steps));
    let expected = include_str!("trace_tiny.txt");
    assert_eq!(dumped, expected, "{dumped}");
}
