//! The classes of linear memories, against a map that says of each byte what it is
//! for.

use proptest::prelude::*;
use unfreed_engine::account::model::{DLMALLOC, Model};
use unfreed_engine::account::{Class, Layout, MemoryDescription, Partition, Rounding, Spaces};
use unfreed_engine::{Engine, Findings, Input, Options};
use unfreed_events::record::Origin;
use unfreed_events::{AllocationId, Event, Names, Record, SiteId, TypeId, WordId};

const PAGE: usize = 1 << 16;
/// Bytes that the memory has from the start: a stack, data, and the rest of a page.
const INITIAL: usize = PAGE;
const STACK: usize = 1024;

/// An allocator that is slow and obvious: a map of all bytes.
struct Reference {
    /// The class of each byte.
    bytes: Vec<Class>,
    /// The block that each byte of the heap is kept for.
    owners: Vec<Option<usize>>,
    /// Where each live block is, and how long.
    blocks: Vec<Option<(usize, usize)>>,
}

impl Reference {
    fn new() -> Reference {
        let mut bytes = vec![Class::MainStack; STACK];
        bytes.resize(INITIAL, Class::StaticData);
        Reference {
            bytes,
            owners: Vec::new(),
            blocks: Vec::new(),
        }
    }

    /// First fit; `None` if the memory would have to grow.
    fn allocate(&mut self, size: usize) -> Option<usize> {
        let needed = (size + 4).next_multiple_of(8).max(16);
        // Chunks begin 4 bytes behind a multiple of 8.
        let mut at = 4;
        while at + needed <= self.owners.len() {
            let run = self.owners[at..]
                .iter()
                .take_while(|owner| owner.is_none())
                .count();
            if run >= needed {
                let is_top = at + run == self.owners.len();
                let taken = if run - needed < 16 && !is_top {
                    run
                } else {
                    needed
                };
                let block = self.blocks.len();
                self.owners[at..at + taken].fill(Some(block));
                self.blocks.push(Some((at + 4, size)));
                return Some(INITIAL + at + 4);
            }
            at += run.max(8);
        }
        None
    }

    fn free(&mut self, block: usize) {
        self.blocks[block] = None;
        for owner in self
            .owners
            .iter_mut()
            .filter(|owner| **owner == Some(block))
        {
            *owner = None;
        }
    }

    fn partition(&mut self, reached: &mut usize) -> Vec<(Class, u64)> {
        let last = self.owners.iter().rposition(Option::is_some);
        let top = last.map_or(4, |last| last + 1);
        *reached = (*reached).max(top);
        self.bytes.truncate(INITIAL);
        let begun = !self.blocks.is_empty();
        for (at, owner) in self.owners.iter().enumerate() {
            let class = match owner {
                _ if !begun => Class::NeverTouched,
                // The state of the piece of memory.
                _ if at < 4 => Class::Overhead,
                None if at >= *reached => Class::NeverTouched,
                None if at >= top => Class::Top,
                None => Class::Holes,
                Some(block) => match self.blocks[*block] {
                    Some((from, size)) if at >= from && at < from + size => Class::Payload,
                    _ => Class::Overhead,
                },
            };
            self.bytes.push(class);
        }
        let of = |class: &Class| self.bytes.iter().filter(|one| *one == class).count() as u64;
        Class::ALL.iter().map(|class| (*class, of(class))).collect()
    }
}

fn classes(partition: &Partition) -> Vec<(Class, u64)> {
    Class::ALL
        .iter()
        .map(|class| (*class, partition.of(*class)))
        .collect()
}

fn description(model: Option<Model>) -> MemoryDescription {
    let layout = Layout {
        initial: INITIAL as u64,
        data: vec![(STACK as u64, 2000)],
        stack_top: Some(STACK as u64),
        ..Layout::default()
    };
    MemoryDescription {
        layout,
        model,
        ..MemoryDescription::default()
    }
}

fn analyse(events: &[Event]) -> Findings {
    analyse_in(Spaces::new(vec![description(Some(DLMALLOC))]), events)
}

fn analyse_in(mut spaces: Spaces, events: &[Event]) -> Findings {
    spaces.name(0, WordId(0));
    let mut engine = Engine::new();
    engine.account_for(spaces);
    let records: Vec<Record> = (1..)
        .zip(events)
        .map(|(line, event)| Record {
            line,
            event: *event,
        })
        .collect();
    engine.apply(&records);
    let input = Input::of_recording(events.len() as u64, Vec::new(), Vec::new());
    engine.finish(&Names::default(), &input, &Options::default())
}

fn begin() -> Vec<Event> {
    vec![Event::Site {
        site: SiteId(0),
        type_id: TypeId(0),
    }]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn every_byte_is_in_the_class_that_a_map_of_all_bytes_says(
        steps in proptest::collection::vec((any::<bool>(), 0usize..3000, 0usize..64), 1..80),
    ) {
        let mut reference = Reference::new();
        let (mut events, mut reached) = (begin(), 0);
        let mut live: Vec<(usize, u64)> = Vec::new();
        for (is_free, size, pick) in steps {
            if is_free && !live.is_empty() {
                let (block, pointer) = live.remove(pick % live.len());
                reference.free(block);
                events.push(Event::Release { id: AllocationId(pointer) });
            } else {
                let pointer = loop {
                    if let Some(pointer) = reference.allocate(size) {
                        break pointer as u64;
                    }
                    let old_pages = ((INITIAL + reference.owners.len()) / PAGE) as u32;
                    let grown = reference.owners.len() + PAGE;
                    reference.owners.resize(grown, None);
                    events.push(Event::Grow { memory: WordId(0), old_pages, delta_pages: 1, site: None });
                };
                live.push((reference.blocks.len() - 1, pointer));
                events.push(Event::Allocate { site: SiteId(0), size: size as u64, id: AllocationId(pointer) });
            }
            let expected = reference.partition(&mut reached);
            let findings = analyse(&events);
            let spaces = findings.spaces.expect("an account");
            let partition = spaces.partitions()[0];
            prop_assert_eq!(spaces.memories()[0].misplaced_blocks(), 0);
            prop_assert_eq!(partition.size(), reference.bytes.len() as u64);
            prop_assert_eq!(classes(&partition), expected);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn what_blocks_take_is_known_where_what_lies_between_is_not(
        rounding in prop_oneof![Just(Rounding::WeeAlloc), Just(Rounding::Mimalloc)],
        steps in proptest::collection::vec((any::<bool>(), 1u64..300, 0u64..40), 1..80),
    ) {
        // The class of each byte; blocks stand one behind another, with gaps.
        let mut bytes = vec![Class::MainStack; STACK];
        bytes.resize(INITIAL, Class::StaticData);
        let (mut events, mut live) = (begin(), Vec::new());
        for (is_free, size, gap) in steps {
            if is_free && !live.is_empty() {
                let (start, pointer, extent) = live.remove(gap as usize % live.len());
                bytes[start..start + extent].fill(Class::Unknown);
                events.push(Event::Release { id: AllocationId(pointer) });
                continue;
            }
            // The first extent begins with the heap.
            let gap = if bytes.len() == INITIAL { 0 } else { gap as usize * 4 };
            bytes.resize(bytes.len() + gap, Class::Unknown);
            let start = bytes.len();
            let (head, extent) = (rounding.head() as usize, rounding.extent(size) as usize);
            bytes.resize(start + extent, Class::Overhead);
            bytes[start + head..start + head + size as usize].fill(Class::Payload);
            let pointer = (start + head) as u64;
            live.push((start, pointer, extent));
            events.push(Event::Allocate { site: SiteId(0), size, id: AllocationId(pointer) });
        }
        let spaces = Spaces::new(vec![MemoryDescription {
            rounding: Some(rounding),
            ..description(None)
        }]);
        // The rest of the pages.
        let pages = bytes.len().div_ceil(PAGE);
        bytes.resize(pages * PAGE, Class::NeverTouched);
        let grow = Event::Grow { memory: WordId(0), old_pages: 1, delta_pages: pages as u32 - 1, site: None };
        events.insert(0, grow);
        let findings = analyse_in(spaces, &events);
        let partition = findings.spaces.expect("an account").partitions()[0];
        let of = |class: &Class| bytes.iter().filter(|one| *one == class).count() as u64;
        let expected: Vec<(Class, u64)> = Class::ALL.iter().map(|class| (*class, of(class))).collect();
        prop_assert_eq!(classes(&partition), expected);
    }
}

#[test]
fn a_growth_says_what_was_free_and_what_it_was_for() {
    let block = |size, pointer| Event::Allocate {
        site: SiteId(0),
        size,
        id: AllocationId(pointer),
    };
    let grow = |old_pages, delta_pages| Event::Grow {
        memory: WordId(0),
        old_pages,
        delta_pages,
        site: Some(SiteId(0)),
    };
    let heap = PAGE as u64;
    let mut events = begin();
    events.extend([
        grow(1, 1),
        block(10_004, heap + 8),
        block(10_004, heap + 8 + 10_008),
        Event::Release {
            id: AllocationId(heap + 8),
        },
        grow(2, 1),
        block(60_000, heap + 8 + 20_016),
        Event::Mark { name: WordId(0) },
    ]);
    let findings = analyse(&events);
    let spaces = findings.spaces.expect("an account");
    let [first, second] = spaces.grows()[..] else {
        panic!("two growths: {:?}", spaces.grows());
    };
    assert_eq!(first.request, Some(10_004));
    assert_eq!(second.request, Some(60_000));
    let free = second.free.expect("dlmalloc is modelled");
    assert_eq!((free.holes, free.largest), (10_008, 10_008));
    assert_eq!(free.top, heap - 20_016 - 4);
    assert_eq!(second.would_have_fitted(), Some(false));
    assert_eq!(spaces.at_start()[0].size(), heap);
    assert_eq!(spaces.at_peak()[0].of(Class::Payload), 70_004);
    let [mark] = spaces.at_marks() else {
        panic!("one mark");
    };
    assert_eq!(mark.live, 70_004);
    assert_eq!(spaces.at_mark(0), Some(spaces.partitions()));
}

#[test]
fn blocks_that_overlap_are_said_to_be_misplaced() {
    let block = |size, pointer| Event::Allocate {
        site: SiteId(0),
        size,
        id: AllocationId(pointer),
    };
    let heap = PAGE as u64;
    let mut events = begin();
    events.extend([block(100, heap + 8), block(8, heap + 64)]);
    // Far above all memories, and longer than any.
    events.extend([block(8, 1 << 47), block(u64::MAX / 2, heap + 4096)]);
    let findings = analyse(&events);
    let spaces = findings.spaces.expect("an account");
    assert_eq!(spaces.memories()[0].misplaced_blocks(), 3);
    assert_eq!(spaces.partitions()[0].size(), heap);
}

#[test]
fn a_memory_that_is_made_later_is_no_growth() {
    let mut engine = Engine::new();
    let memory = || MemoryDescription {
        layout: Layout {
            initial: INITIAL as u64,
            ..Layout::default()
        },
        ..MemoryDescription::default()
    };
    engine.account_for(Spaces::new(vec![memory(), memory()]));
    let mut names = Names::default();
    let domain = names.intern_word(b"wasm").expect("a word");
    let sizes = [INITIAL as u64, 2 * INITIAL as u64];
    let records: Vec<Record> = (1..)
        .zip(sizes)
        .map(|(line, bytes)| Record {
            line,
            event: Event::Memory {
                domain,
                bytes,
                origin: Origin::Logged,
            },
        })
        .collect();
    engine.apply(&records);
    let input = Input::of_recording(2, Vec::new(), Vec::new());
    let findings = engine.finish(&names, &input, &Options::default());
    let coverage = findings.coverage.expect("memory was measured");
    assert_eq!(coverage.growth(), 0);
}

#[test]
fn before_the_first_block_nothing_is_free_in_pages_that_the_heap_does_not_use() {
    let mut events = begin();
    events.extend([
        Event::Grow {
            memory: WordId(0),
            old_pages: 1,
            delta_pages: 1,
            site: None,
        },
        Event::Allocate {
            site: SiteId(0),
            size: 20,
            id: AllocationId(PAGE as u64 + 8),
        },
    ]);
    let spaces = analyse(&events).spaces.expect("an account");
    let [grow] = spaces.grows()[..] else {
        panic!("one growth");
    };
    assert_eq!(grow.free.map(|free| free.top), Some(0));
    assert_eq!(grow.would_have_fitted(), Some(false));
    let last = spaces.timeline().samples().last().copied();
    assert_eq!(last.map(|last| last.memory), Some(2 * PAGE as u64));
}
