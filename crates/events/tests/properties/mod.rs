//! What must hold of any log, whatever bytes it is made of. The tests and the
//! fuzz targets both check it here.

use unfreed_events::text::{TextDecoder, TextEncoder, TextOptions, TextStats};
use unfreed_events::{Event, Names, Record, SiteId, TypeId};

/// All that a decoder gives.
pub struct Decoded {
    /// The events.
    pub records: Vec<Record>,
    /// The counts.
    pub stats: TextStats,
    /// The names.
    pub names: Names,
}

/// Decodes one source that comes in these pieces.
pub fn decode<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, options: &TextOptions) -> Decoded {
    let mut decoder = TextDecoder::new(options.clone());
    let mut records = Vec::new();
    for piece in pieces {
        decoder.decode(piece, &mut records);
    }
    decoder.finish(&mut records);
    let (names, stats) = decoder.into_parts();
    Decoded {
        records,
        stats,
        names,
    }
}

/// Decodes a whole log as it comes without any options.
pub fn decode_plainly(log: &[u8]) -> Decoded {
    decode([log], &TextOptions::default())
}

/// Writes all records as a log.
pub fn encode(names: &Names, records: &[Record]) -> Vec<u8> {
    let (mut encoder, mut log) = (TextEncoder::default(), Vec::new());
    for record in records {
        encoder.encode(names, record, &mut log);
    }
    log
}

/// Panics unless both decoders gave the same.
pub fn assert_same(one: &Decoded, other: &Decoded) {
    assert_eq!(one.stats, other.stats);
    assert_eq!(one.records, other.records);
    assert_eq!(all_names(&one.names), all_names(&other.names));
    let spell = |decoded: &Decoded| spell(&decoded.names, &decoded.records);
    assert_eq!(spell(one), spell(other));
}

/// Types and sites in the order of their ids.
fn all_names(names: &Names) -> (Vec<&str>, Vec<(Option<TypeId>, &str)>) {
    let types = (0..names.type_count() as u32).map(|id| names.type_name(TypeId(id)));
    let sites = (0..names.site_count() as u32).map(SiteId);
    let sites = sites.map(|site| (names.site_type(site), names.location(site).as_str()));
    (types.collect(), sites.collect())
}

/// The events with names instead of ids, each behind its context. Who wrote a
/// memory size is left out: the text form does not say it.
pub fn spell(names: &Names, records: &[Record]) -> Vec<String> {
    let (mut time, mut thread, mut address) = (None, None, None);
    let mut spelled = Vec::new();
    for record in records {
        match record.event {
            Event::Time { ns } => time = Some(ns),
            Event::Thread { thread: word } => thread = Some(names.word(word)),
            Event::Address { address: at } => address = Some(at),
            Event::Site { .. } => {}
            event => {
                let event = spell_event(names, &event);
                spelled.push(format!("{time:?} {thread:?} {address:?} {event}"));
                (time, thread, address) = (None, None, None);
            }
        }
    }
    spelled
}

fn spell_event(names: &Names, event: &Event) -> String {
    match *event {
        Event::Allocate { site, size, id } => {
            let type_name = names.site_type(site).map(|id| names.type_name(id));
            let location = names.location(site).as_str();
            format!("allocate {type_name:?} {size} {location:?} {}", id.0)
        }
        Event::Free { type_id, size, id } => {
            format!("free {:?} {size} {}", names.type_name(type_id), id.0)
        }
        Event::Reallocate { type_id, size, id } => {
            format!("reallocate {:?} {size} {}", names.type_name(type_id), id.0)
        }
        Event::Sample { rate } => format!("sample {} {}", rate.chance(), rate.unit()),
        Event::Promote { id } => format!("promote {}", id.0),
        Event::Mark { name } => format!("mark {:?}", names.word(name)),
        Event::Memory { domain, bytes, .. } => {
            format!("memory {:?} {bytes}", names.word(domain))
        }
        Event::Grow {
            memory,
            old_pages,
            delta_pages,
            ..
        } => format!("grow {:?} {old_pages} {delta_pages}", names.word(memory)),
        Event::Release { id } => format!("release {}", id.0),
        Event::Handle {
            fate,
            class,
            handle,
            pointer,
        } => format!("handle {fate:?} {} {handle} {pointer}", class.0),
        Event::HandleStack {
            class,
            handle,
            site,
            stands_for,
        } => format!(
            "handle stack {} {handle} {:?} {stands_for}",
            class.0,
            names.location(site).as_str()
        ),
        Event::Time { .. } | Event::Thread { .. } | Event::Address { .. } | Event::Site { .. } => {
            unreachable!("context is no event of its own")
        }
    }
}

fn is_context(event: &Event) -> bool {
    matches!(
        event,
        Event::Time { .. } | Event::Thread { .. } | Event::Address { .. } | Event::Site { .. }
    )
}

/// Panics unless every line is a record, a program line or a fault, and context
/// stands only before an event of its own line.
pub fn assert_lines_are_accounted(decoded: &Decoded) {
    let stats = &decoded.stats;
    let counted = stats.records + stats.program_lines + stats.malformed_lines();
    assert_eq!(stats.lines, counted, "{stats:?}");
    for (number, record) in decoded.records.iter().enumerate() {
        if is_context(&record.event) {
            let next = decoded.records.get(number + 1);
            let belongs = next.is_some_and(|next| next.line == record.line);
            assert!(belongs, "{record:?} stands before {next:?}");
        }
    }
}

/// Panics unless the records can be written as a log that says the same, and
/// that is written the same way again.
pub fn assert_round_trip(names: &Names, records: &[Record]) {
    let log = encode(names, records);
    let again = decode_plainly(&log);
    let shown = || String::from_utf8_lossy(&log).into_owned();
    assert_eq!(
        spell(&again.names, &again.records),
        spell(names, records),
        "{}",
        shown()
    );
    let events = records.iter().filter(|record| !is_context(&record.event));
    assert_eq!(again.stats.records, events.count() as u64, "{}", shown());
    assert_eq!(again.stats.lines, again.stats.records, "{}", shown());
    let log_again = encode(&again.names, &again.records);
    assert_eq!(String::from_utf8_lossy(&log_again), shown());
}

/// Panics unless spaces before the line ends make no difference to the records.
/// The decoder reads the common forms of a line in another way than those with
/// such spaces.
pub fn assert_spaces_at_the_end_are_nothing(log: &[u8]) {
    let mut spaced = Vec::new();
    for line in log.split_inclusive(|byte| *byte == b'\n') {
        let content = line.strip_suffix(b"\n").unwrap_or(line);
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        spaced.extend_from_slice(content);
        spaced.extend_from_slice(b"  ");
        spaced.extend_from_slice(&line[content.len()..]);
    }
    let (plain, spaced) = (decode_plainly(log), decode_plainly(&spaced));
    assert_eq!(plain.records, spaced.records);
    assert_eq!(plain.stats.records, spaced.stats.records);
}
