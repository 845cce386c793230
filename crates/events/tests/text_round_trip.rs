//! The text log's codec: pieces make no difference, every line is accounted
//! for, and what is decoded can be written and decoded again.

mod properties;

use properties::{
    assert_lines_are_accounted, assert_round_trip, assert_same,
    assert_spaces_at_the_end_are_nothing, decode, decode_plainly, spell,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use regex::bytes::Regex;
use serde_json::{Map, Value};
use unfreed_events::limits::MAX_LINE_BYTES;
use unfreed_events::record::Origin;
use unfreed_events::text::{TextEncoder, TextOptions};
use unfreed_events::{AllocationId, Event, Names, Record, SampleRate};

/// What names are put together from: whatever could be taken for something
/// else, with what real names hold.
const NAME_PARTS: [&str; 36] = [
    "Foo",
    "Vec<u8>",
    "a.rs",
    "é",
    "語",
    "🦀",
    "\u{a0}",
    "\u{2028}",
    "\u{85}",
    "\t",
    " ",
    " ",
    "  ",
    "=",
    "@",
    ":",
    ":3",
    "0",
    "007",
    "12",
    "take 2",
    " t=5",
    " thread=x",
    " addr=0x1",
    "t=5",
    "@DROP",
    "@ALLOCATE ",
    "@{\"",
    "{",
    "}",
    "\"",
    "\\",
    "C:\\my code",
    "/",
    ",",
    "99999999999999999999",
];

fn any_name() -> impl Strategy<Value = String> + Clone {
    vec(select(&NAME_PARTS[..]), 1..5).prop_map(|parts| parts.concat())
}

/// Numbers of all lengths, and what is none.
fn any_number() -> impl Strategy<Value = String> + Clone {
    const ODD: [&str; 12] = [
        "0",
        "007",
        "0x1f",
        "0XfF",
        "1234567",
        "12345678",
        "4294967296",
        "18446744073709551615",
        "18446744073709551616",
        "-1",
        "x",
        "",
    ];
    prop_oneof![
        3 => (0..100_000u64).prop_map(|number| number.to_string()),
        1 => select(&ODD[..]).prop_map(str::to_owned),
    ]
}

fn any_fields() -> impl Strategy<Value = String> {
    let field = prop_oneof![
        any_number().prop_map(|number| format!(" t={number}")),
        any_number().prop_map(|number| format!(" addr={number}")),
        any_name().prop_map(|name| format!(" thread={name}")),
        any_name().prop_map(|name| format!(" note={name}")),
    ];
    prop_oneof![
        2 => Just(String::new()),
        1 => vec(field, 0..4).prop_map(|fields| fields.concat()),
    ]
}

/// Fields of a line, now and then with more than one space between them.
fn spaced(fields: &[&str], spaces: u8) -> String {
    let mut line = String::new();
    for (number, field) in fields.iter().enumerate() {
        line.push_str(match (number, spaces >> number & 1) {
            (0, _) => "",
            (_, 0) => " ",
            _ => "  ",
        });
        line.push_str(field);
    }
    line
}

fn any_plain_line() -> impl Strategy<Value = String> {
    let (name, number) = (any_name(), any_number());
    let spaces = prop_oneof![3 => Just(0), 1 => any::<u8>()];
    let location = (any_name(), any_number()).prop_map(|(file, line)| format!("{file}:{line}"));
    let allocate = (
        name.clone(),
        number.clone(),
        location,
        number.clone(),
        spaces.clone(),
    )
        .prop_map(|(name, size, at, id, s)| spaced(&["@ALLOCATE", &name, &size, &at, &id], s));
    let keyword = select(&["@DROP", "@REALLOC", "@GROW"][..]);
    let block = (
        keyword,
        name.clone(),
        number.clone(),
        number.clone(),
        spaces,
    )
        .prop_map(|(keyword, name, size, id, s)| spaced(&[keyword, &name, &size, &id], s));
    let mark = name.clone().prop_map(|name| format!("@MARK {name}"));
    let memory = (name, number).prop_map(|(name, size)| format!("@MEMORY {name} {size}"));
    let line = prop_oneof![4 => allocate, 4 => block, 1 => mark, 1 => memory];
    (line, any_fields()).prop_map(|(line, fields)| line + &fields)
}

/// An event as a JSON object with all members that any event needs, each there
/// or not.
fn any_json_line() -> impl Strategy<Value = String> {
    const TEXTS: [&str; 7] = ["type", "file", "thread", "name", "domain", "memory", "id"];
    const NUMBERS: [&str; 9] = [
        "size",
        "line",
        "id",
        "bytes",
        "old_pages",
        "delta_pages",
        "t",
        "addr",
        "column",
    ];
    let event = select(&["allocate", "drop", "realloc", "mark", "memory", "grow", "x"][..]);
    let texts = vec(option::weighted(0.9, any_name()), TEXTS.len());
    let numbers = vec(option::weighted(0.9, 0..100_000u64), NUMBERS.len());
    (event, texts, numbers).prop_map(|(event, texts, numbers)| {
        let mut object = Map::new();
        object.insert("event".to_owned(), event.into());
        for (key, text) in TEXTS.iter().zip(texts) {
            object.extend(text.map(|text| ((*key).to_owned(), Value::from(text))));
        }
        for (key, number) in NUMBERS.iter().zip(numbers) {
            object.extend(number.map(|number| ((*key).to_owned(), Value::from(number))));
        }
        format!("@{}", Value::Object(object))
    })
}

fn any_record_line() -> impl Strategy<Value = String> {
    prop_oneof![3 => any_plain_line(), 1 => any_json_line()]
}

fn any_program_line() -> impl Strategy<Value = String> {
    const OWN: [&str; 8] = [
        "",
        "   ",
        "iteration 3",
        "  iteration 4 of 10  ",
        "memory: 36.06 MB",
        "memory: much",
        "@types/node",
        "mail@DROP box",
    ];
    prop_oneof![
        select(&OWN[..]).prop_map(str::to_owned),
        (any_name(), any_record_line()).prop_map(|(prefix, record)| prefix + " " + &record),
    ]
}

/// A line as it should be, cut off, run into the next one, or of any bytes.
fn any_line() -> impl Strategy<Value = Vec<u8>> {
    let torn = (any_record_line(), any::<Index>()).prop_map(|(line, cut)| {
        let cut = cut.index(line.len());
        line.as_bytes()[..cut].to_vec()
    });
    let shared =
        (any_record_line(), any::<Index>(), any_record_line()).prop_map(|(line, cut, next)| {
            [&line.as_bytes()[..cut.index(line.len())], next.as_bytes()].concat()
        });
    prop_oneof![
        8 => any_record_line().prop_map(String::into_bytes),
        2 => any_program_line().prop_map(String::into_bytes),
        1 => torn,
        1 => shared,
        1 => vec(any::<u8>(), 0..40),
    ]
}

fn any_log() -> impl Strategy<Value = Vec<u8>> {
    let end = select(&["\n", "\n", "\n", "\r\n"][..]);
    (vec((any_line(), end), 0..20), any::<bool>()).prop_map(|(lines, is_cut)| {
        let mut log = Vec::new();
        for (line, end) in lines {
            log.extend_from_slice(&line);
            log.extend_from_slice(end.as_bytes());
        }
        if is_cut {
            log.pop();
        }
        log
    })
}

/// A log of few names, each in many lines: names that begin alike, that begin
/// with another one, that have numbers and spaces in them, that are long.
fn log_of_few_names() -> impl Strategy<Value = Vec<u8>> {
    let long = "long::".repeat(20);
    let name = move |long: &str| {
        let names = [
            "Foo",
            "Foo 12",
            "Foo 12 Bar",
            "Vec<(u8, u32)>",
            "Foo456789012345",
            "Foo4567890123456",
            "alloc::vec::Vec<u8>",
            "alloc::vec::Vec<u32>",
            "alloc::vec::Vec<(u8, [u32; 4])>",
            "12",
            "12 34",
        ];
        let names = names.map(str::to_owned).into_iter();
        names
            .chain([format!("{long}A"), format!("{long}B")])
            .collect::<Vec<_>>()
    };
    let names = name(&long);
    let file = select(names.clone());
    let location = (file, 0..5u8).prop_map(|(file, line)| format!("{file}:{line}"));
    let allocate = (select(names.clone()), any_number(), location, any_number())
        .prop_map(|(name, size, at, id)| format!("@ALLOCATE {name} {size} {at} {id}"));
    let free = (select(names), any_number(), any_number())
        .prop_map(|(name, size, id)| format!("@DROP {name} {size} {id}"));
    let rest = select(&["", "", "", "", " ", "\r", " t=5", "x"][..]);
    let line = (prop_oneof![allocate, free], rest).prop_map(|(line, rest)| line + rest);
    vec(line, 0..60).prop_map(|lines| lines.join("\n").into_bytes())
}

fn any_options() -> impl Strategy<Value = TextOptions> {
    let pattern = |text: &&str| Regex::new(text).expect("a pattern");
    let marks = ["^iteration", r"iteration (\d+)", "^ *iter", "", "^$", "Foo"];
    let memories = ["memory: (.*)", "memory:", ""];
    let mark = option::of(select(marks.map(|text| pattern(&text)).to_vec()));
    let memory = option::of(select(memories.map(|text| pattern(&text)).to_vec()));
    (any::<bool>(), mark, memory).prop_map(|(anywhere, mark, memory)| TextOptions {
        anywhere,
        mark,
        memory,
    })
}

fn pieces<'a>(log: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(log.len() + 1)).collect();
    cuts.extend([0, log.len()]);
    cuts.sort_unstable();
    cuts.windows(2).map(|pair| &log[pair[0]..pair[1]]).collect()
}

/// One event with its names and its context.
#[derive(Clone, Debug)]
struct Named {
    kind: u8,
    name: String,
    location: String,
    size: u64,
    id: u64,
    time: Option<u64>,
    thread: Option<String>,
    address: Option<u64>,
}

/// Spaces around a name are no part of it, but for threads, which JSON names as
/// they are.
fn any_named() -> impl Strategy<Value = Named> {
    let trimmed = || any_name().prop_map(|name| name.trim_matches(' ').to_owned());
    let place = (any::<u64>(), option::of(any::<u64>())).prop_map(|(line, column)| {
        column.map_or(line.to_string(), |column| format!("{line}:{column}"))
    });
    let location = (trimmed(), place).prop_map(|(file, place)| format!("{file}:{place}"));
    let context = (
        option::of(any::<u64>()),
        option::of(any_name()),
        option::of(any::<u64>()),
    );
    let event = (0..8u8, trimmed(), location, any::<u64>(), any::<u64>());
    (event, context).prop_map(
        |((kind, name, location, size, id), (time, thread, address))| Named {
            kind,
            name,
            location,
            size,
            id,
            time,
            thread,
            address,
        },
    )
}

impl Named {
    /// Appends the records of this event, or none if a name in it is refused.
    fn push(&self, names: &mut Names, line: u64, records: &mut Vec<Record>) {
        let context = [
            self.time.map(|ns| Some(Event::Time { ns })),
            self.thread.as_ref().map(|name| {
                let thread = names.intern_word(name.as_bytes()).ok();
                thread.map(|thread| Event::Thread { thread })
            }),
            self.address.map(|address| Some(Event::Address { address })),
        ];
        let event = std::iter::once(self.event(names));
        let events: Option<Vec<Event>> = context.into_iter().flatten().chain(event).collect();
        let events = events.into_iter().flatten();
        records.extend(events.map(|event| Record { line, event }));
    }

    fn event(&self, names: &mut Names) -> Option<Event> {
        let (size, id, name) = (self.size, AllocationId(self.id), self.name.as_bytes());
        if self.kind == 0 {
            let site = names.intern_site(name, self.location.as_bytes());
            return site
                .ok()
                .map(|(_, site)| Event::Allocate { site, size, id });
        }
        if self.kind < 3 {
            let type_id = names.intern_type(name).ok()?;
            return Some(match self.kind {
                1 => Event::Free { type_id, size, id },
                _ => Event::Reallocate { type_id, size, id },
            });
        }
        if self.kind == 6 {
            let chance = 1.0 / (1 + self.size % 1_000_000_000) as f64;
            return SampleRate::new(chance, 1 + self.id % 4096).map(|rate| Event::Sample { rate });
        }
        if self.kind == 7 {
            return Some(Event::Promote { id });
        }
        let name = names.intern_word(name).ok()?;
        Some(match self.kind {
            3 => Event::Mark { name },
            4 => Event::Memory {
                domain: name,
                bytes: size,
                origin: Origin::Logged,
            },
            _ => Event::Grow {
                memory: name,
                old_pages: size as u32,
                delta_pages: self.id as u32,
                site: None,
            },
        })
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn pieces_make_no_difference(
        log in any_log(),
        options in any_options(),
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let whole = decode([&log[..]], &options);
        assert_same(&decode(pieces(&log, &cuts), &options), &whole);
        assert_same(&decode(log.chunks(1), &options), &whole);
    }

    #[test]
    fn what_is_known_from_lines_before_makes_no_difference(log in log_of_few_names()) {
        // Where lines come in pieces, each is read by itself.
        assert_same(&decode_plainly(&log), &decode(log.chunks(7), &TextOptions::default()));
    }

    #[test]
    fn every_line_is_accounted_for(log in any_log(), options in any_options()) {
        assert_lines_are_accounted(&decode([&log[..]], &options));
    }

    #[test]
    fn what_is_decoded_is_written_and_decoded_again(log in any_log(), options in any_options()) {
        let decoded = decode([&log[..]], &options);
        assert_round_trip(&decoded.names, &decoded.records);
    }

    #[test]
    fn spaces_at_line_ends_make_no_difference(log in any_log()) {
        assert_spaces_at_the_end_are_nothing(&log);
    }

    #[test]
    fn what_is_recorded_is_written_and_decoded(events in vec(any_named(), 1..8)) {
        let (mut names, mut records) = (Names::default(), Vec::new());
        for (number, event) in events.iter().enumerate() {
            event.push(&mut names, number as u64 + 1, &mut records);
        }
        assert_round_trip(&names, &records);
    }
}

/// The events of a log of records only, spelled out.
fn spelled(log: &str) -> Vec<String> {
    let decoded = decode_plainly(log.as_bytes());
    assert_eq!(decoded.stats.records, decoded.stats.lines, "{log}");
    spell(&decoded.names, &decoded.records)
}

#[test]
fn names_that_no_plain_line_can_hold_are_written_as_json() {
    let log = r#"@{"event":"drop","type":"take 2 3","size":1,"id":2,"thread":"worker 1"}
@{"event":"mark","name":"round t=5"}
@{"event":"allocate","type":"a 1 b","size":1,"file":"C:\\my code\\a.rs","line":3,"id":1}
"#;
    let decoded = decode_plainly(log.as_bytes());
    assert_round_trip(&decoded.names, &decoded.records);
    let spelled = spelled(log);
    assert!(spelled[0].contains(r#"free "take 2 3" 1 2"#), "{spelled:?}");
    assert!(spelled[1].contains(r#"mark "round t=5""#), "{spelled:?}");
}

#[test]
fn a_file_has_a_name() {
    let log = br#"@{"event":"allocate","type":"T","size":1,"file":"","line":3,"id":1}"#;
    let decoded = decode_plainly(log);
    assert_eq!(decoded.stats.malformed_lines(), 1);
    assert!(decoded.records.is_empty());
}

#[test]
fn a_file_whose_name_ends_like_a_line_number_keeps_it() {
    let log = br#"@{"event":"allocate","type":"take 2","size":1,"file":"a:07","line":3,"id":1}"#;
    let decoded = decode_plainly(log);
    assert_round_trip(&decoded.names, &decoded.records);
}

#[test]
fn a_space_before_the_colon_of_a_location_stays() {
    let plain = spelled("@ALLOCATE T 1 a :3:5 2\n");
    let json =
        r#"@{"event":"allocate","type":"T","size":1,"file":" a ","line":3,"column":5,"id":2}"#;
    assert_eq!(spelled(json), plain);
    assert!(plain[0].contains(r#""a :3:5""#), "{plain:?}");
}

#[test]
fn a_mark_that_is_not_used_leaves_no_context_behind() {
    let options = TextOptions {
        mark: Regex::new("^round").ok(),
        ..TextOptions::default()
    };
    let logs: [&[u8]; 2] = [
        b"@MARK other t=5 thread=7 addr=0x10\n@DROP Foo 1 2\n",
        b"@{\"event\":\"mark\",\"name\":\"other\",\"t\":5}\n@DROP Foo 1 2\n",
    ];
    for log in logs {
        let decoded = decode([log], &options);
        let spelled = spell(&decoded.names, &decoded.records);
        assert_eq!(spelled, [r#"None None None free "Foo" 1 2"#]);
        assert_eq!(
            (decoded.stats.unselected_marks, decoded.stats.records),
            (1, 2)
        );
    }
}

#[test]
fn a_mark_is_named_by_what_its_pattern_captures() {
    let options = TextOptions {
        mark: Regex::new(r"^round (\d+)").ok(),
        ..TextOptions::default()
    };
    let decoded = decode(
        [&b"@MARK round 3, late\nround 4\n@MARK round 5\n"[..]],
        &options,
    );
    let spelled = spell(&decoded.names, &decoded.records);
    for (line, name) in spelled.iter().zip(["3", "4", "5"]) {
        assert!(line.ends_with(&format!(r#"mark "{name}""#)), "{line}");
    }
    assert_eq!(spelled.len(), 3);
}

#[test]
fn a_program_line_that_marks_is_named_without_the_spaces_around_it() {
    let options = TextOptions {
        mark: Regex::new("").ok(),
        ..TextOptions::default()
    };
    let decoded = decode([&b"  round 3  \n   \n"[..]], &options);
    let spelled = spell(&decoded.names, &decoded.records);
    assert!(spelled[0].ends_with(r#"mark "round 3""#), "{spelled:?}");
    assert!(spelled[1].ends_with(r#"mark "(unnamed)""#), "{spelled:?}");
}

/// One line of `length` bytes without its end.
fn line_of(start: &str, length: usize, end: &str) -> Vec<u8> {
    let mut line = start.as_bytes().to_vec();
    line.resize(length, b'x');
    line.extend_from_slice(end.as_bytes());
    line
}

#[test]
fn lines_around_the_limit_are_the_same_in_any_pieces() {
    for start in ["@DROP Foo", "own line", "prefix @DROP Foo"] {
        for end in ["\n", "\r\n", "\r\r\n", "\r", ""] {
            for length in MAX_LINE_BYTES - 2..MAX_LINE_BYTES + 4 {
                let mut log = line_of(start, length, end);
                log.extend_from_slice(b"\n@DROP Foo 1 2\n");
                let whole = decode_plainly(&log);
                assert_lines_are_accounted(&whole);
                for cut in [1, length - 1, length, length + 1] {
                    let pieces = [&log[..cut], &log[cut..]];
                    assert_same(&decode(pieces, &TextOptions::default()), &whole);
                }
            }
        }
    }
}

/// The decoder looks at a log in windows of this many bytes.
const WINDOW: usize = 32 * 1024;

/// Common lines, and now and then one that reaches over the end of a window.
fn long_log() -> Vec<u8> {
    let mut log = Vec::new();
    for number in 0..6000usize {
        let line = match number % 7 {
            0 => format!("@ALLOCATE Vec<(u8, u32)> {number} C:\\my code\\a.rs:3 {number}"),
            1 | 2 => format!(
                "@ALLOCATE Foo{} {number} src/a.rs:{} {number}",
                number % 9,
                number % 5
            ),
            3 => format!("@DROP Foo {number} {}", number - 1),
            4 => format!("own line {number}"),
            5 => format!("@DROP  Foo {number} {number}\r"),
            _ => format!("@MARK round {number} t={number}"),
        };
        log.extend_from_slice(line.as_bytes());
        log.push(b'\n');
        if number % 600 == 0 {
            let length = WINDOW - 3 + number / 600;
            log.extend(line_of("@DROP Foo ", length, " 16 1\n"));
        }
    }
    log
}

#[test]
fn a_long_log_is_the_same_in_any_pieces() {
    let log = long_log();
    let whole = decode_plainly(&log);
    assert_lines_are_accounted(&whole);
    assert_eq!(whole.stats.malformed_lines(), 0);
    for length in [1, 100, WINDOW - 1, WINDOW, WINDOW + 1, 3 * WINDOW] {
        assert_same(&decode(log.chunks(length), &TextOptions::default()), &whole);
    }
}

/// A recording's stack site and its releases, as the log has them.
#[test]
fn releases_are_written_as_the_frees_of_their_blocks() {
    let mut names = Names::default();
    let frame = names.intern_frame(unfreed_events::Frame {
        kind: unfreed_events::FrameKind::Wasm,
        function: "app::run",
        module: "app.wasm",
        place: None,
        wasm: Some(unfreed_events::WasmPlace {
            function: 7,
            offset: 0x1a2b,
        }),
    });
    let stack = names.intern_stack(frame.expect("a frame"), None);
    let site = names.intern_stack_site(b"Vec<u8>", stack.expect("a stack"));
    let (_, site) = site.expect("a site");
    let id = AllocationId(16);
    let events = [
        Event::Release { id },
        Event::Allocate { site, size: 8, id },
        Event::Release { id },
        Event::Release { id },
    ];
    let (mut encoder, mut log) = (TextEncoder::default(), Vec::new());
    for event in events {
        encoder.encode(&names, &Record { line: 1, event }, &mut log);
    }
    let log = String::from_utf8(log).expect("text");
    let expected = "@ALLOCATE Vec<u8> 8 app.wasm:0x1a2b:0 16\n@DROP Vec<u8> 8 16\n";
    assert_eq!(log, expected);
    assert_eq!(encoder.left_out(), 2);
    assert_eq!(spelled(&log).len(), 2);
}
