//! Traces of memtrace: what they say, and what comes of damaged ones.

mod memtrace_writer;

use memtrace_writer::{Packet, Word, info};
use proptest::prelude::*;
use unfreed_events::memtrace::{Damage, Fault, MemtraceError, MemtraceReader};
use unfreed_events::{Event, Names, Record};

struct Read {
    records: Vec<Record>,
    names: Names,
    damage: Option<Damage>,
    foreign: u64,
}

fn read(trace: &[u8]) -> Read {
    let mut reader = MemtraceReader::new(trace).expect("a trace");
    let mut records = Vec::new();
    while reader.decode(&mut records).expect("memory can be read") {}
    Read {
        damage: reader.damage(),
        foreign: reader.foreign_packets(),
        records,
        names: reader.into_names(),
    }
}

impl Read {
    /// Each event in words, without context.
    fn spelled(&self) -> Vec<String> {
        let spell = |record: &Record| match record.event {
            Event::Sample { rate } => Some(format!("sample {} {}", rate.chance(), rate.unit())),
            Event::Allocate { site, size, id } => {
                let name = self
                    .names
                    .site_type(site)
                    .map(|id| self.names.type_name(id));
                let stack = self.names.stack_of(site);
                let frames = stack.map(|stack| self.names.frames_of(stack));
                let places = frames.into_iter().flatten().filter_map(|frame| frame.place);
                let places: Vec<&str> = places.collect();
                let name = name.unwrap_or_default();
                Some(format!("{} + {size} {name} {}", id.0, places.join(" ")))
            }
            Event::Release { id } => Some(format!("{} -", id.0)),
            Event::Promote { id } => Some(format!("{} promoted", id.0)),
            _ => None,
        };
        self.records.iter().filter_map(spell).collect()
    }
}

/// Two functions and a library's, called by code 1, 2 and 3.
fn locations() -> Packet {
    let mut packet = Packet::new();
    packet.location(1, &[(3, Err("main.ml"), Err("Main.run"))]);
    packet.location(2, &[(9, Ok(0), Err("Main.keep"))]);
    packet.location(
        3,
        &[
            (70, Err("list.ml"), Err("Stdlib__List.map")),
            (5, Ok(1), Ok(1)),
        ],
    );
    packet
}

fn trace(packets: &[&Packet]) -> Vec<u8> {
    let mut bytes = info(1e-4, 64, 3);
    for packet in packets {
        bytes.extend(packet.bytes());
    }
    bytes
}

#[test]
fn blocks_have_their_size_with_header_their_stack_and_their_fate() {
    let mut events = Packet::new();
    events.ids = (10, 14);
    events.alloc(5, 300, 1, 0, &[Word::Miss(8, 1), Word::Miss(9, 2)]);
    // The same caller; then a hit and what it predicts.
    events.short_alloc(6, 2, 1, &[Word::Hit(9, 0)]);
    events.short_alloc(7, 16, 0, &[Word::Hit(8, 1)]);
    events.alloc(8, 70_000, 2, 2, &[Word::Miss(10, 3)]);
    events.event(3, 9).vint(2);
    events.event(4, 10).vint(3);
    let read = read(&trace(&[&locations(), &events]));
    assert_eq!(read.damage, None);
    assert_eq!(
        read.spelled(),
        [
            "sample 0.0001 8",
            "10 + 2408 Main.keep [major] main.ml:9:5 main.ml:3:5",
            "11 + 24 Main.keep [minor] main.ml:9:5 main.ml:3:5",
            "12 + 136 Main.keep [minor] main.ml:9:5 main.ml:3:5",
            // The innermost function that is no library's; what was inlined is inside.
            "13 + 560000 Main.run [custom] main.ml:5:5 list.ml:70:5 main.ml:9:5 main.ml:3:5",
            "11 promoted",
            "10 -",
        ]
    );
    assert!(read.records.is_sorted_by_key(|record| record.line));
}

#[test]
fn versions_before_domains_and_before_contexts_are_read() {
    for version in [1, 2] {
        let mut events = Packet::new();
        events.version = version;
        events.short_alloc(1, 1, 0, &[]);
        let mut bytes = info(0.5, 32, version);
        bytes.extend(events.bytes());
        let read = read(&bytes);
        assert_eq!(read.spelled(), ["sample 0.5 4", "0 + 8 unknown [minor] "]);
    }
}

#[test]
fn an_end_before_its_begin_is_matched_and_one_without_is_kept() {
    let (mut ends, mut begins) = (Packet::new(), Packet::new());
    ends.domain = 1;
    ends.ids = (3, 3);
    ends.event(4, 1).vint(0);
    ends.event(4, 1).vint(1);
    begins.ids = (2, 3);
    begins.short_alloc(1, 1, 0, &[]);
    let read = read(&trace(&[&ends, &begins]));
    let expected = ["sample 0.0001 8", "2 + 16 unknown [minor] ", "2 -", "1 -"];
    assert_eq!(read.spelled(), expected);
}

#[test]
fn what_a_forked_process_wrote_is_left_out() {
    let mut other = Packet::new();
    other.pid = 8;
    other.event(99, 0);
    let read = read(&trace(&[&other]));
    assert_eq!((read.damage, read.foreign), (None, 1));
}

#[test]
fn a_cache_that_is_out_of_step_ends_reading() {
    let mut events = Packet::new();
    events.alloc(0, 1, 0, 0, &[Word::Miss(8, 1)]);
    let mut checked = Packet::new();
    checked.verifier = (8, 0, 2);
    let trace = trace(&[&locations(), &events, &checked]);
    let fault = Fault::OutOfStep;
    let offset = (trace.len() - checked.bytes().len()) as u64;
    assert_eq!(read(&trace).damage, Some(Damage { offset, fault }));
}

#[test]
fn what_is_no_trace_is_refused() {
    let refused = |bytes: &[u8]| MemtraceReader::new(bytes).err();
    assert!(matches!(
        refused(b""),
        Some(MemtraceError::NotATrace(Fault::Short))
    ));
    assert!(matches!(
        refused(b"@ALLOCATE Foo 16 a.rs:1 1"),
        Some(MemtraceError::NotATrace(Fault::NoPacket))
    ));
    assert!(matches!(
        refused(&info(0.0, 64, 3)),
        Some(MemtraceError::BadRate(_))
    ));
    assert!(matches!(
        refused(&info(f64::NAN, 64, 3)),
        Some(MemtraceError::BadRate(_))
    ));
    assert!(matches!(
        refused(&info(0.1, 8, 3)),
        Some(MemtraceError::BadWordSize(8))
    ));
    assert!(matches!(
        refused(&info(0.1, 64, 4)),
        Some(MemtraceError::NotATrace(Fault::Version(4)))
    ));
}

fn example() -> Vec<u8> {
    let mut events = Packet::new();
    events.ids = (0, 3);
    events.alloc(5, 300, 1, 0, &[Word::Miss(8, 1), Word::Miss(9, 2)]);
    events.short_alloc(6, 2, 1, &[Word::Hit(9, 0)]);
    events.alloc(8, 70_000, 2, 2, &[Word::Miss(10, 3), Word::Hit(8, 200)]);
    events.event(3, 9).vint(2);
    events.event(4, 10).vint(0);
    let mut more = Packet::new();
    more.ids = (3, 4);
    more.short_alloc(6, 2, 1, &[Word::Hit(9, 255)]);
    trace(&[&locations(), &events, &more])
}

#[test]
fn a_trace_cut_anywhere_gives_its_whole_packets() {
    let whole = example();
    let all = read(&whole).spelled();
    let begin = info(1e-4, 64, 3).len();
    for end in begin..whole.len() {
        let cut = read(&whole[..end]);
        let spelled = cut.spelled();
        assert_eq!(spelled, all[..spelled.len()], "cut at {end}");
        let between = [begin, begin + locations().bytes().len()].contains(&end);
        let is_short = cut
            .damage
            .is_some_and(|damage| damage.fault == Fault::Short);
        assert!(
            is_short || between || cut.damage.is_none() && spelled.len() > 4,
            "cut at {end}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn damage_makes_no_panic(at in any::<prop::sample::Index>(), to in any::<u8>(), more in any::<u16>()) {
        let mut bytes = example();
        let at = at.index(bytes.len());
        bytes[at] = to;
        let other = usize::from(more) % bytes.len();
        bytes[other] ^= (more >> 8) as u8;
        if let Ok(mut reader) = MemtraceReader::new(&bytes[..]) {
            let mut records = Vec::new();
            while reader.decode(&mut records).expect("memory can be read") {}
            prop_assert!(records.is_sorted_by_key(|record| record.line));
        }
    }
}
