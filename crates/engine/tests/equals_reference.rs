//! The engine finds what the slow, obvious one finds, however its records are
//! cut into pieces, and everything adds up.

mod reference;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use reference::check::{assert_agree, assert_sums, findings};
use reference::logs::{SITE_TYPES, TYPES, WORDS, names, records};
use unfreed_engine::lifetimes::{Change, End, Life, Lifetimes};
use unfreed_events::record::Origin;
use unfreed_events::{AllocationId, Event, Record, SiteId, TypeId, WordId};

/// Ids as logs have them: counters, addresses, and what lies around the
/// places where the matcher changes how it keeps them.
fn any_id() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..20u64,
        1 => (1 << 20) - 3..(1 << 20) + 3u64,
        1 => (1 << 32) - 3..(1 << 32) + 3u64,
        1 => u64::MAX - 3..=u64::MAX,
        2 => (0..8u64).prop_map(|block| 0x10_0000 + block * 16),
        1 => (0..8u64).prop_map(|block| 0x7f3a_5c00_1000 + block * 16),
        1 => any::<u64>(),
    ]
}

/// Sizes; the largest add up to more than 64 bits now and then.
fn any_size() -> impl Strategy<Value = u64> {
    prop_oneof![
        1 => Just(0),
        6 => 1..64u64,
        2 => select(vec![4096, 65_536, u64::from(u32::MAX)]),
        2 => select(vec![1 << 32, 5 << 30, 1 << 40]),
        1 => select(vec![1 << 62, (1 << 63) - 1, 1 << 63, u64::MAX]),
    ]
}

fn any_type() -> impl Strategy<Value = TypeId> + Clone {
    (0..TYPES).prop_map(TypeId)
}

fn any_word() -> impl Strategy<Value = WordId> {
    (0..WORDS).prop_map(WordId)
}

/// An event whose id and size are numbers of pool entries.
fn any_event() -> impl Strategy<Value = Event> {
    let block = (any_type(), 0..4u64, (0..8u64).prop_map(AllocationId));
    let site = (0..SITE_TYPES.len() as u32).prop_map(SiteId);
    let allocate =
        (site, block.clone()).prop_map(|(site, (_, size, id))| Event::Allocate { site, size, id });
    let free = block
        .clone()
        .prop_map(|(type_id, size, id)| Event::Free { type_id, size, id });
    let reallocate = block.prop_map(|(type_id, size, id)| Event::Reallocate { type_id, size, id });
    prop_oneof![
        12 => allocate,
        10 => free,
        3 => reallocate,
        2 => any_word().prop_map(|name| Event::Mark { name }),
        3 => any_word().prop_map(|thread| Event::Thread { thread }),
        1 => any::<u64>().prop_map(|ns| Event::Time { ns }),
        1 => any::<u64>().prop_map(|address| Event::Address { address }),
        1 => any_memory_event(),
    ]
}

fn any_memory_event() -> impl Strategy<Value = Event> {
    let origin = prop_oneof![Just(Origin::Logged), Just(Origin::Program)];
    let memory =
        (any_word(), any_size(), origin).prop_map(|(domain, bytes, origin)| Event::Memory {
            domain,
            bytes,
            origin,
        });
    let grow =
        (any_word(), any::<u32>(), any::<u32>()).prop_map(|(memory, old, delta)| Event::Grow {
            memory,
            old_pages: old,
            delta_pages: delta,
            site: None,
        });
    prop_oneof![memory, grow]
}

/// Ids and sizes come from small pools, or nothing would ever match.
fn any_log() -> impl Strategy<Value = Vec<Record>> {
    let pools = (vec(any_id(), 1..8), vec(any_size(), 1..4));
    (pools, vec(any_event(), 0..150)).prop_map(|((ids, sizes), mut events)| {
        for event in &mut events {
            take_from_pools(event, &ids, &sizes);
        }
        records(&events)
    })
}

fn take_from_pools(event: &mut Event, ids: &[u64], sizes: &[u64]) {
    if let Event::Allocate { size, id, .. }
    | Event::Free { size, id, .. }
    | Event::Reallocate { size, id, .. } = event
    {
        *size = sizes[*size as usize % sizes.len()];
        id.0 = ids[id.0 as usize % ids.len()];
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn the_engine_finds_what_the_reference_finds(records in any_log()) {
        let findings = findings([&records[..]], &names());
        assert_agree(&findings, &reference::account(&records));
    }

    #[test]
    fn everything_adds_up(records in any_log()) {
        assert_sums(&findings([&records[..]], &names()));
    }

    #[test]
    fn lives_add_up_to_the_ledger(records in any_log()) {
        let findings = findings([&records[..]], &names());
        for found in &findings.sites {
            let lives = lives(&records, found.site);
            let ended = |end: fn(&End) -> bool| lives.iter().filter(move |(_, at)| end(at));
            let superseded = ended(|end| matches!(end, End::Superseded(_)));
            let leaked = ended(|end| *end == End::Live);
            let figures = &found.figures;
            prop_assert_eq!(lives.len() as u64, figures.allocations);
            let allocated: u64 = lives.iter().map(|(life, _)| life.allocated_bytes).sum();
            prop_assert_eq!(allocated, figures.allocated_bytes);
            prop_assert_eq!(leaked.clone().count() as u64, figures.leaked);
            let bytes: u64 = leaked.map(|(life, _)| life.last_size).sum();
            prop_assert_eq!(bytes, figures.leaked_bytes);
            prop_assert_eq!(superseded.count() as u64, figures.superseded);
        }
    }

    #[test]
    fn pieces_make_no_difference(records in any_log(), cuts in vec(any::<Index>(), 0..6)) {
        let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(records.len() + 1)).collect();
        cuts.extend([0, records.len()]);
        cuts.sort_unstable();
        let pieces = cuts.windows(2).map(|pair| &records[pair[0]..pair[1]]);
        let whole = findings([&records[..]], &names());
        prop_assert_eq!(format!("{:?}", findings(pieces, &names())), format!("{whole:?}"));
    }
}

/// The blocks of a site, each once.
fn lives(records: &[Record], site: SiteId) -> Vec<(Life, End)> {
    let (mut lifetimes, mut lives, mut handed_out) = (Lifetimes::default(), Vec::new(), 0);
    let mut follow = |change| match change {
        Change::Allocated(_) => handed_out += 1,
        Change::Resized { .. } => {}
        Change::Ended(life, end) => lives.push((life, end)),
        Change::FreedBefore(life, at) => {
            handed_out += 1;
            lives.push((life, End::Freed(at)));
        }
    };
    for record in records {
        lifetimes.apply(record, &mut follow);
    }
    lifetimes.finish(&mut follow);
    assert_eq!(lives.len(), handed_out);
    lives.retain(|(life, _)| life.site == site);
    lives
}

/// A sequence of numbers that looks random and is the same in every run
/// (xorshift64; G. Marsaglia, "Xorshift RNGs", 2003).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// Events of ids below and a little above 2^20. After enough of them the
/// matcher takes for small what it took for large before, while such blocks are
/// live, freed or awaited.
fn many_events(count: usize) -> Vec<Event> {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut next = 0;
    let mut events = Vec::with_capacity(count);
    for _ in 0..count {
        let id = if numbers.below(3) > 0 {
            next += 1;
            next
        } else {
            (1 << 20) + numbers.below(5000)
        };
        let id = AllocationId(id);
        let size = [8, 16, 1 << 33][numbers.below(3) as usize];
        let type_id = TypeId(numbers.below(TYPES.into()) as u32);
        events.push(match numbers.below(8) {
            0..5 => {
                let site = SiteId(numbers.below(SITE_TYPES.len() as u64) as u32);
                Event::Allocate { site, size, id }
            }
            5..7 => Event::Free { type_id, size, id },
            _ => Event::Reallocate { type_id, size, id },
        });
    }
    events
}

#[test]
fn an_id_keeps_its_block_when_its_neighbourhood_becomes_dense() {
    let records = records(&many_events(700_000));
    let findings = findings([&records[..]], &names());
    assert_agree(&findings, &reference::account(&records));
    assert_sums(&findings);
}
