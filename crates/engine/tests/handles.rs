//! What becomes of handles, and of what they own.

use unfreed_engine::findings::Verdict;
use unfreed_engine::handles::{HandleClass, HandleFinding, Handles};
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::{
    AllocationId, Event, HandleClassId, HandleFate, Names, Record, SiteId, WordId,
};

fn class(kind: usize, heaps: &[u16]) -> HandleClass {
    HandleClass {
        kind,
        heaps: heaps.to_vec(),
        is_of_ended_thread: false,
    }
}

fn handle(fate: HandleFate, class: u32, handle: u32, pointer: u64) -> Event {
    Event::Handle {
        fate,
        class: HandleClassId(class),
        handle,
        pointer,
    }
}

fn made(of: u32, number: u32, pointer: u64) -> Event {
    handle(HandleFate::Made, of, number, pointer)
}

fn ended(fate: HandleFate, of: u32, number: u32) -> Event {
    handle(fate, of, number, 0)
}

fn allocate(id: u64, size: u64) -> Event {
    Event::Allocate {
        site: SiteId(0),
        size,
        id: AllocationId(id),
    }
}

fn release(id: u64) -> Event {
    Event::Release {
        id: AllocationId(id),
    }
}

fn stack(of: u32, number: u32, site: u32, stands_for: u32) -> Event {
    Event::HandleStack {
        class: HandleClassId(of),
        handle: number,
        site: SiteId(site),
        stands_for,
    }
}

fn findings(classes: Vec<HandleClass>, events: &[Event]) -> Vec<HandleFinding> {
    let mut names = Names::default();
    let (type_id, _) = names.intern_site(b"T", b"a.rs:1").expect("few names");
    let mark = names.intern_word(b"mark").expect("few names");
    assert_eq!(mark, WordId(0));
    let site = Event::Site {
        site: SiteId(0),
        type_id,
    };
    let records: Vec<Record> = std::iter::once(&site)
        .chain(events)
        .zip(1..)
        .map(|(event, line)| Record {
            line,
            event: *event,
        })
        .collect();
    let mut engine = Engine::new();
    engine.track_handles(Handles::new(classes));
    engine.apply(&records);
    let input = Input::of_recording(records.len() as u64, Vec::new(), Vec::new());
    engine.finish(&names, &input, &Options::default()).handles
}

#[test]
fn each_fate_is_counted_once() {
    let found = findings(
        vec![class(0, &[0])],
        &[
            allocate(64, 24),
            made(0, 1, 64),
            allocate(96, 40),
            made(0, 2, 96),
            allocate(160, 24),
            made(0, 3, 160),
            allocate(192, 24),
            made(0, 4, 192),
            ended(HandleFate::Freed, 0, 1),
            release(64),
            ended(HandleFate::Consumed, 0, 2),
            ended(HandleFate::Collected, 0, 3),
            ended(HandleFate::CollectedAtEnd, 0, 4),
            // It ended already, or was never made.
            ended(HandleFate::Freed, 0, 1),
            ended(HandleFate::Freed, 0, 77),
        ],
    );
    let found = &found[0];
    let counts = (
        found.made,
        found.freed,
        found.consumed,
        found.collected,
        found.held,
    );
    assert_eq!(counts, (4, 1, 1, 1, 1));
    assert_eq!(
        (found.lost_at_end, found.unknown, found.peak_held),
        (1, 2, 4)
    );
    assert_eq!((found.orphans, found.orphan_bytes), (1, 24));
    assert_eq!((found.held_bytes, found.held_unknown), (24, 0));
    assert_eq!(found.sizes, Some((24, 40)));
    assert_eq!(found.verdict, None);
}

#[test]
fn a_block_that_is_freed_after_its_handle_was_collected_is_no_leak() {
    let events = [
        allocate(64, 24),
        made(0, 1, 64),
        allocate(96, 24),
        made(0, 2, 96),
        // Before: the glue's registry was first.
        release(64),
        ended(HandleFate::Collected, 0, 1),
        // After.
        ended(HandleFate::Collected, 0, 2),
        release(96),
        // Another block at the same address.
        allocate(96, 24),
    ];
    let found = &findings(vec![class(0, &[0])], &events)[0];
    assert_eq!(
        (found.collected, found.orphans, found.orphan_bytes),
        (2, 0, 0)
    );
}

#[test]
fn an_address_that_was_used_again_is_not_the_blocks() {
    let events = [
        allocate(64, 24),
        made(0, 1, 64),
        release(64),
        allocate(64, 1000),
        ended(HandleFate::Collected, 0, 1),
    ];
    let found = &findings(vec![class(0, &[0])], &events)[0];
    assert_eq!((found.collected, found.orphans), (1, 0));
}

#[test]
fn a_handle_may_point_behind_the_counters_of_its_block() {
    let events = [
        allocate(64, 48),
        made(0, 1, 72),
        allocate(160, 8),
        // That block ends before.
        made(0, 2, 168),
    ];
    let found = &findings(vec![class(0, &[0])], &events)[0];
    assert_eq!((found.held_bytes, found.held_unknown), (48, 1));
}

#[test]
fn handles_that_share_a_block_count_it_once() {
    let events = [
        allocate(64, 48),
        made(0, 1, 64),
        // A clone, and one of the base class.
        made(0, 2, 64),
        made(1, 1, 64),
        ended(HandleFate::Collected, 0, 2),
    ];
    let classes = || vec![class(0, &[0]), class(1, &[0])];
    let found = findings(classes(), &events);
    assert_eq!((found[0].held, found[0].held_bytes), (1, 48));
    assert_eq!((found[1].held, found[1].held_bytes), (1, 0));
    assert_eq!((found[0].collected, found[0].orphans), (1, 0));

    // The share of the one that was collected is never given up.
    let mut gone = events.to_vec();
    gone.extend([
        ended(HandleFate::Freed, 0, 1),
        ended(HandleFate::Freed, 1, 1),
    ]);
    let found = findings(classes(), &gone);
    let counts = |found: &HandleFinding| (found.freed, found.held_bytes, found.orphans);
    assert_eq!(counts(&found[0]), (1, 0, 1));
    assert_eq!(counts(&found[1]), (1, 0, 0));
    assert_eq!(found[0].orphan_bytes, 48);

    gone.push(release(64));
    let found = findings(classes(), &gone);
    assert_eq!((found[0].orphans, found[0].orphan_bytes), (0, 0));
}

#[test]
fn two_that_share_a_block_and_are_both_collected_leave_one() {
    let events = [
        allocate(64, 48),
        made(0, 1, 64),
        made(0, 2, 64),
        ended(HandleFate::Collected, 0, 1),
        ended(HandleFate::Collected, 0, 2),
    ];
    let found = &findings(vec![class(0, &[0])], &events)[0];
    assert_eq!((found.orphans, found.orphan_bytes), (1, 48));
    let mut freed = events.to_vec();
    freed.push(release(64));
    let found = &findings(vec![class(0, &[0])], &freed)[0];
    assert_eq!((found.orphans, found.orphan_bytes), (0, 0));
}

#[test]
fn a_held_handle_whose_block_was_freed_holds_no_bytes() {
    let events = [
        allocate(64, 48),
        made(0, 1, 64),
        release(64),
        allocate(64, 32),
        made(0, 2, 64),
        ended(HandleFate::Collected, 0, 1),
    ];
    let found = &findings(vec![class(0, &[0])], &events)[0];
    assert_eq!(
        (found.held, found.held_bytes, found.held_unknown),
        (1, 32, 0)
    );
    assert_eq!((found.collected, found.orphans), (1, 0));
    assert_eq!(found.sizes, Some((32, 48)));
}

#[test]
fn what_is_lost_at_the_end_was_held_until_then_whoever_frees_it() {
    // The registry of the glue is called before that of the recorder, or after.
    let before = [release(64), ended(HandleFate::CollectedAtEnd, 0, 1)];
    let after = [ended(HandleFate::CollectedAtEnd, 0, 1), release(64)];
    for end in [before, after] {
        let mut events = vec![allocate(64, 48), made(0, 1, 64)];
        events.extend(end);
        let found = &findings(vec![class(0, &[0])], &events)[0];
        let counts = (found.held, found.lost_at_end, found.held_bytes);
        assert_eq!(counts, (1, 1, 48));
    }
}

#[test]
fn of_several_memories_only_one_may_have_a_block_there() {
    let heap = 1u64 << 48;
    let events = [
        allocate(64, 24),
        allocate(heap | 96, 40),
        made(0, 1, 64),
        made(0, 2, 96),
        allocate(heap | 64, 8),
        made(0, 3, 64),
        made(1, 1, 64),
        ended(HandleFate::Collected, 0, 3),
    ];
    let found = findings(vec![class(0, &[0, 1]), class(1, &[1])], &events);
    assert_eq!((found[0].held_bytes, found[0].held_unknown), (64, 0));
    assert_eq!((found[0].orphans, found[0].collected_unknown), (0, 1));
    assert_eq!(found[1].held_bytes, 8);
}

#[test]
fn classes_of_several_threads_are_one_kind() {
    let of_ended = HandleClass {
        is_of_ended_thread: true,
        ..class(0, &[0])
    };
    let events = [made(0, 1, 64), made(1, 1, 96), made(1, 2, 128)];
    let found = findings(vec![class(0, &[0]), of_ended], &events);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].held, found[0].held_by_ended_threads), (3, 2));
    // Of a class that is not described nothing is said.
    assert_eq!(findings(Vec::new(), &events), []);
}

#[test]
fn samples_say_who_made_what_is_not_freed() {
    let events = [
        allocate(64, 24),
        made(0, 1, 64),
        stack(0, 1, 5, 1),
        made(0, 2, 96),
        stack(0, 2, 6, 10),
        made(0, 3, 128),
        stack(0, 3, 5, 4),
        ended(HandleFate::Collected, 0, 1),
        ended(HandleFate::Freed, 0, 3),
    ];
    let found = &findings(vec![class(0, &[0])], &events)[0];
    let sites: Vec<_> = found
        .sites
        .iter()
        .map(|site| (site.site.0, site.made, site.not_freed))
        .collect();
    assert_eq!(sites, [(6, 10, 10), (5, 5, 1)]);
    assert!(found.is_exact());
}

#[test]
fn growth_is_judged_by_what_is_held_or_orphaned() {
    let mut events = vec![allocate(16, 8), made(0, 1000, 16)];
    for round in 0..6u32 {
        events.push(Event::Mark { name: WordId(0) });
        let id = 1024 + u64::from(round) * 64;
        // One that is forgotten, one that is freed, and one of another kind.
        events.extend([
            allocate(id, 24),
            made(0, round * 2, id),
            ended(HandleFate::Collected, 0, round * 2),
            allocate(id + 32, 16),
            made(0, round * 2 + 1, id + 32),
            ended(HandleFate::Freed, 0, round * 2 + 1),
            release(id + 32),
            made(1, round, id),
            ended(HandleFate::Consumed, 1, round),
        ]);
    }
    let found = findings(vec![class(0, &[0]), class(1, &[0])], &events);
    let Some(Verdict::Systematic(rate)) = found[0].verdict else {
        panic!("{:?}", found[0].verdict);
    };
    assert!(rate.is_exact());
    assert_eq!((rate.blocks, rate.bytes.growth), (1.0, 24.0));
    assert_eq!(found[1].verdict, Some(Verdict::Clean));
    assert_eq!(found[0].peak_held, 2);
}
