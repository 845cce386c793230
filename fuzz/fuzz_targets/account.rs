//! Whatever a recording says, the classes of each memory add up to its size, and
//! what does not fit the model is counted.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_engine::account::model::{DLMALLOC, DLMALLOC_64, EMMALLOC, TLSF};
use unfreed_engine::account::{Layout, MemoryDescription, Spaces};
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::{AllocationId, Event, Names, Record, SiteId, TypeId, WordId};

/// Bytes of an event in the input.
const EVENT: usize = 6;

/// Blocks near one another, some far apart and some outside of any memory.
fn event(bytes: &[u8]) -> Event {
    let number = |at: usize| u64::from(bytes[at]) | u64::from(bytes[at + 1]) << 8;
    let far = u64::from(bytes[1] & 1) * (number(2) << 20);
    let id = AllocationId(u64::from(bytes[1] >> 6) << 48 | (far + 8 * number(2)));
    match bytes[0] % 8 {
        0..4 => Event::Allocate {
            site: SiteId(0),
            size: number(4) << (bytes[1] >> 1 & 15),
            id,
        },
        4..6 => Event::Release { id },
        6 => Event::Grow {
            memory: WordId(u32::from(bytes[1] >> 6)),
            old_pages: number(2) as u32,
            delta_pages: number(4) as u32,
            site: None,
        },
        _ => Event::Mark { name: WordId(0) },
    }
}

fuzz_target!(|input: &[u8]| {
    let models = [
        Some(DLMALLOC),
        Some(DLMALLOC_64),
        Some(EMMALLOC),
        Some(TLSF),
        None,
    ];
    let [first, second, rest @ ..] = input else {
        return;
    };
    let layout = Layout {
        initial: u64::from(*first) << 16,
        data: vec![(1024, u64::from(*second) << 8)],
        stack_top: (first & 1 == 0).then_some(u64::from(*second) << 10),
        heap_base: (second & 1 == 0).then_some(u64::from(*first) << 12),
        maximum: Some(1 << 32),
        ..Layout::default()
    };
    let memories = models.map(|model| MemoryDescription {
        layout: layout.clone(),
        model,
        ..MemoryDescription::default()
    });
    let mut spaces = Spaces::new(memories.to_vec());
    (0..models.len()).for_each(|place| spaces.name(place, WordId(place as u32)));
    let mut engine = Engine::new();
    engine.account_for(spaces);
    let site = Event::Site {
        site: SiteId(0),
        type_id: TypeId(0),
    };
    let events = std::iter::once(site).chain(rest.chunks_exact(EVENT).map(event));
    let records: Vec<Record> = (1..)
        .zip(events)
        .map(|(line, event)| Record { line, event })
        .collect();
    engine.apply(&records);
    let input = Input::of_recording(records.len() as u64, Vec::new(), Vec::new());
    let findings = engine.finish(&Names::default(), &input, &Options::default());
    let Some(spaces) = findings.spaces else {
        return;
    };
    for (memory, partition) in spaces.memories().iter().zip(spaces.partitions()) {
        assert_eq!(partition.size(), memory.size());
        let holes = memory.holes().map_or(0, |holes| {
            holes.classes().iter().map(|class| class.bytes).sum()
        });
        assert_eq!(memory.holes().map_or(0, |holes| holes.bytes()), holes);
        let mut end = None;
        for piece in memory.pieces() {
            assert!(piece.start < piece.end && end.is_none_or(|end| end == piece.start));
            end = Some(piece.end);
        }
    }
    spaces.grows();
});
