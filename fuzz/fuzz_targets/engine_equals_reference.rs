//! The engine finds what the slow, obvious one finds, in any pieces, and its
//! figures add up.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_events::record::Origin;
use unfreed_events::{AllocationId, Event, SiteId, TypeId, WordId};
use unfreed_fuzz::reference;
use unfreed_fuzz::reference::check::{assert_agree, assert_sums, findings};
use unfreed_fuzz::reference::logs::{SITE_TYPES, TYPES, WORDS, names, records};

/// Counters, addresses, and what lies around the places where the matcher
/// changes how it keeps ids.
const IDS: [u64; 16] = [
    0,
    1,
    2,
    3,
    15,
    16,
    17,
    (1 << 20) - 1,
    1 << 20,
    (1 << 20) + 16,
    1 << 32,
    (1 << 32) + 1,
    0x7f3a_5c00_1000,
    0x7f3a_5c00_1010,
    u64::MAX - 1,
    u64::MAX,
];

const SIZES: [u64; 16] = [
    0,
    1,
    8,
    16,
    24,
    4096,
    65_536,
    u32::MAX as u64 - 1,
    u32::MAX as u64,
    1 << 32,
    5 << 30,
    1 << 40,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    u64::MAX,
];

fuzz_target!(|bytes: &[u8]| {
    let Some((length, bytes)) = bytes.split_first() else {
        return;
    };
    let (pairs, _) = bytes.as_chunks();
    let events: Vec<Event> = pairs.iter().map(event).collect();
    let (names, records) = (names(), records(&events));
    let whole = findings([&records[..]], &names);
    assert_agree(&whole, &reference::account(&records));
    assert_sums(&whole);
    let pieces = records.chunks(usize::from(*length).max(1));
    assert_eq!(
        format!("{:?}", findings(pieces, &names)),
        format!("{whole:?}")
    );
});

/// Two bytes are an event: what happens and to whom, its size and its id.
fn event([what, which]: &[u8; 2]) -> Event {
    let who = u32::from(what >> 4);
    let id = AllocationId(IDS[usize::from(which & 15)]);
    let size = SIZES[usize::from(which >> 4)];
    let (type_id, word) = (TypeId(who % TYPES), WordId(who % WORDS));
    match what & 15 {
        0..6 => {
            let site = SiteId(who % SITE_TYPES.len() as u32);
            Event::Allocate { site, size, id }
        }
        6..10 => Event::Free { type_id, size, id },
        10 => Event::Reallocate { type_id, size, id },
        11 => Event::Mark { name: word },
        12 => Event::Thread { thread: word },
        13 => Event::Time { ns: size },
        14 => Event::Address { address: id.0 },
        _ => memory_event(word, size, who),
    }
}

fn memory_event(memory: WordId, bytes: u64, kind: u32) -> Event {
    match kind {
        0..8 => Event::Grow {
            memory,
            old_pages: kind,
            delta_pages: bytes as u32,
            site: None,
        },
        _ => Event::Memory {
            domain: memory,
            bytes,
            origin: if kind < 12 {
                Origin::Logged
            } else {
                Origin::Program
            },
        },
    }
}
