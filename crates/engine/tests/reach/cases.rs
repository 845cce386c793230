//! Heaps whose answers are known.

use unfreed_engine::reach::{
    Amount, Block, Blocks, Bytes, Class, Dominator, GroupSize, Heap, Held, Hits, Integers,
    Interior, Node, Path, PointerSize, ReachError, Reachability, Retained, Root, RootKind, Roots,
    ScanOptions, Step,
};

use super::heaps::input::Input;
use super::heaps::reference::assert_agrees;

const A: u64 = 1024;
const B: u64 = 2048;
const STATIC: u64 = 64;
const REACHABLE: Class = Class::Reachable(RootKind::Static);
const POSSIBLY: Class = Class::PossiblyLost(RootKind::Static);

/// One word of static data, which is the root, and blocks of 16 bytes.
fn heap_of(pointer: PointerSize, blocks: &[u64], words: &[(u64, u64)]) -> Input {
    let mut input = Input::new(pointer);
    input.roots.push(Root::Static {
        range: STATIC..STATIC + pointer.bytes(),
    });
    for (number, address) in (0..).zip(blocks) {
        input.blocks.push(Block {
            address: *address,
            size: 16,
            number,
        });
    }
    words.iter().for_each(|(at, word)| input.put(*at, *word));
    input
}

fn classes(input: &Input) -> Vec<Class> {
    assert_agrees(input);
    let heap = input.heap().expect("a heap");
    let reachability = Reachability::of(&heap);
    let blocks = 0..input.blocks.len() as u32;
    blocks.map(|block| reachability.class(block)).collect()
}

/// The nine cases of memcheck's manual, section 4.2.8, with the classes of AAA (if
/// there is one) and BBB.
#[test]
fn memchecks_nine_cases() {
    use Class::{DefinitelyLost, IndirectlyLost};
    let (a, b) = (A + 8, B + 8);
    for pointer in [PointerSize::Four, PointerSize::Eight] {
        for (case, blocks, words, expected) in [
            (1, &[B][..], &[(STATIC, B)][..], &[REACHABLE][..]),
            (2, &[A, B], &[(STATIC, A), (A, B)], &[REACHABLE, REACHABLE]),
            (3, &[B], &[], &[DefinitelyLost]),
            (4, &[A, B], &[(A, B)], &[DefinitelyLost, IndirectlyLost]),
            (5, &[B], &[(STATIC, b)], &[POSSIBLY]),
            (6, &[A, B], &[(STATIC, A), (A, b)], &[REACHABLE, POSSIBLY]),
            (7, &[A, B], &[(STATIC, a), (A, B)], &[POSSIBLY, POSSIBLY]),
            (8, &[A, B], &[(STATIC, a), (A, b)], &[POSSIBLY, POSSIBLY]),
            (9, &[A, B], &[(A, b)], &[DefinitelyLost, IndirectlyLost]),
        ] {
            let input = heap_of(pointer, blocks, words);
            assert_eq!(classes(&input), expected, "case {case}, {pointer:?}");
        }
    }
}

#[test]
fn a_start_pointer_found_late_makes_a_block_reachable() {
    // The root points into B first; a chain leads to its start.
    let mut input = heap_of(
        PointerSize::Four,
        &[A, A + 16, B, B + 16],
        &[
            (STATIC, B + 4),
            (STATIC + 4, A),
            (A, A + 16),
            (A + 16, B),
            (B, B + 16),
        ],
    );
    input.roots[0] = Root::Static {
        range: STATIC..STATIC + 8,
    };
    assert_eq!(classes(&input), [REACHABLE; 4]);
}

#[test]
fn a_list_whose_head_was_lost() {
    let blocks: Vec<u64> = (0..50).map(|n| A + 16 * ((n * 37) % 50)).collect();
    let words: Vec<(u64, u64)> = blocks
        .windows(2)
        .map(|pair| (pair[0] + 4, pair[1]))
        .collect();
    let mut input = heap_of(PointerSize::Four, &blocks, &words);
    input.blocks.sort_by_key(|block| block.address);
    let heap = input.heap().expect("a heap");
    let reachability = Reachability::of(&heap);
    let amounts = reachability.amounts(&heap);
    let amount = |class| {
        amounts
            .iter()
            .find(|(of, _)| *of == class)
            .expect("a class")
            .1
    };
    assert_eq!(
        amount(Class::DefinitelyLost),
        Amount {
            blocks: 1,
            bytes: 16
        }
    );
    assert_eq!(
        amount(Class::IndirectlyLost),
        Amount {
            blocks: 49,
            bytes: 784
        }
    );
    let retained = Retained::of(&heap, &reachability).expect("few pointers");
    let (head, _) = heap.blocks().find(blocks[0]).expect("the head");
    assert_eq!(reachability.class(head), Class::DefinitelyLost);
    assert_eq!(retained.bytes(Node::Block(head)), 800);
    assert_eq!(retained.dominator(Node::Block(head)), Some(Node::Lost));
    assert_eq!(retained.bytes(Node::Lost), 800);
    let (last, _) = heap.blocks().find(blocks[49]).expect("the last");
    assert_eq!(retained.bytes(Node::Block(last)), 16);
    let path = reachability.path(&heap, last).expect("a path");
    assert_eq!((path.root, path.steps.len()), (None, 50));
    assert_agrees(&input);
}

#[test]
fn a_cycle() {
    let lost = heap_of(PointerSize::Four, &[A, B], &[(A, B), (B, A)]);
    assert_eq!(
        classes(&lost),
        [Class::DefinitelyLost, Class::IndirectlyLost]
    );
    let alone = heap_of(PointerSize::Four, &[A], &[(A, A)]);
    assert_eq!(classes(&alone), [Class::DefinitelyLost]);
    // What leads into a cycle is its head, wherever it lies.
    let led = heap_of(
        PointerSize::Four,
        &[A, A + 16, B],
        &[(A, A + 16), (A + 16, A), (B, A)],
    );
    use Class::IndirectlyLost;
    assert_eq!(
        classes(&led),
        [IndirectlyLost, IndirectlyLost, Class::DefinitelyLost]
    );
    // Wherever it leads into it.
    let led = heap_of(
        PointerSize::Four,
        &[A, A + 16, B],
        &[(A, A + 16), (A + 16, A), (B, A + 16)],
    );
    assert_eq!(
        classes(&led),
        [IndirectlyLost, IndirectlyLost, Class::DefinitelyLost]
    );
    let held = heap_of(PointerSize::Four, &[A, B], &[(STATIC, B), (A, B), (B, A)]);
    assert_eq!(classes(&held), [REACHABLE, REACHABLE]);
}

#[test]
fn what_is_lost_holds_nothing_that_is_not() {
    let input = heap_of(PointerSize::Four, &[A, B], &[(STATIC, B), (A, B)]);
    assert_eq!(classes(&input), [Class::DefinitelyLost, REACHABLE]);
    let heap = input.heap().expect("a heap");
    let reachability = Reachability::of(&heap);
    let retained = Retained::of(&heap, &reachability).expect("few pointers");
    assert_eq!(retained.bytes(Node::Block(0)), 16);
    assert_eq!(retained.dominator(Node::Block(1)), Some(Node::Root(0)));
}

#[test]
fn a_pointer_past_the_end_an_unaligned_one_and_one_in_the_slack_are_none() {
    use Class::DefinitelyLost;
    let past = heap_of(PointerSize::Four, &[B], &[(STATIC, B + 16)]);
    assert_eq!(classes(&past), [DefinitelyLost]);
    // At an address that is no multiple of 4.
    let mut unaligned = heap_of(PointerSize::Four, &[B], &[]);
    unaligned.memory[STATIC as usize + 1..][..4].copy_from_slice(&(B as u32).to_le_bytes());
    unaligned.roots[0] = Root::Static {
        range: STATIC..STATIC + 16,
    };
    assert_eq!(classes(&unaligned), [DefinitelyLost]);
    // Half of the word lies behind the end of the block.
    let mut slack = heap_of(PointerSize::Four, &[A, B], &[(STATIC, A), (A + 12, B)]);
    assert_eq!(classes(&slack), [REACHABLE, REACHABLE]);
    slack.blocks[0].size = 14;
    assert_eq!(classes(&slack), [REACHABLE, DefinitelyLost]);
    // Words of 64 bits are aligned to 8.
    let half = heap_of(PointerSize::Eight, &[A, B], &[(STATIC, A), (A + 4, B)]);
    assert_eq!(classes(&half), [REACHABLE, DefinitelyLost]);
}

#[test]
fn tags_are_masked_if_asked_for() {
    let mut input = heap_of(PointerSize::Four, &[A, B], &[(STATIC, A | 1), (A, B | 3)]);
    assert_eq!(classes(&input), [POSSIBLY, POSSIBLY]);
    input.tag_bits = 1;
    assert_eq!(classes(&input), [REACHABLE, POSSIBLY]);
    input.tag_bits = 2;
    assert_eq!(classes(&input), [REACHABLE, REACHABLE]);
    input.tag_bits = 3;
    let refused = input.heap().expect_err("too many");
    let expected = ReachError::TooManyTagBits {
        bits: 3,
        pointer: 4,
        most: 2,
    };
    assert_eq!(refused, expected);
    // A block that begins where a tag would be is found by its own address.
    let mut odd = heap_of(PointerSize::Four, &[B + 2], &[(STATIC, B + 2)]);
    odd.tag_bits = 2;
    assert_eq!(classes(&odd), [REACHABLE]);
}

fn handle(class: u32, pointer: u64) -> Root {
    Root::Handle {
        class,
        handle: 0,
        pointer,
    }
}

#[test]
fn the_strongest_kind_of_root_is_the_class() {
    let mut input = heap_of(PointerSize::Four, &[A, B], &[]);
    let terminated = |alive| Root::Stack {
        worker: 1,
        alive,
        extent: 128..192,
        used_from: 160,
    };
    input.put(160, A);
    // Below what is used.
    input.put(156, B);
    input.roots = vec![terminated(false)];
    let lost = Class::DefinitelyLost;
    assert_eq!(
        classes(&input),
        [Class::Reachable(RootKind::TerminatedStack), lost]
    );
    input.roots[0] = terminated(true);
    assert_eq!(classes(&input), [Class::Reachable(RootKind::Stack), lost]);
    input.roots.push(handle(0, A));
    assert_eq!(classes(&input), [Class::Reachable(RootKind::Handle), lost]);
    input.roots.push(Root::Global {
        global: 0,
        value: A,
    });
    assert_eq!(classes(&input), [Class::Reachable(RootKind::Global), lost]);
    // A start-pointer of a weak kind is more than an interior-pointer of a strong one.
    input.roots = vec![
        Root::Global {
            global: 0,
            value: A + 4,
        },
        handle(0, A),
    ];
    assert_eq!(classes(&input)[0], Class::Reachable(RootKind::Handle));
}

#[test]
fn a_handle_points_to_its_block_wherever_in_it() {
    let mut input = heap_of(PointerSize::Four, &[A, B], &[(A + 8, B)]);
    input.roots = vec![handle(0, A + 8)];
    assert_eq!(classes(&input), [Class::Reachable(RootKind::Handle); 2]);
    // That of an object that was freed leads nowhere.
    input.roots = vec![handle(0, A + 16), handle(0, u64::MAX)];
    assert_eq!(classes(&input)[0], Class::DefinitelyLost);
}

#[test]
fn a_stack_holds_its_block_which_does_not_hold_what_the_stack_does_not_use() {
    let mut input = heap_of(PointerSize::Four, &[A, A + 16, B, B + 16], &[]);
    // A block with a header and a stack behind it, of which 8 bytes are used.
    input.blocks[0].size = 64;
    input.blocks[1].address = A + 64;
    input.put(A, A + 64);
    input.put(A + 40, B);
    input.put(A + 56, B + 16);
    input.roots = vec![Root::Stack {
        worker: 3,
        alive: false,
        extent: A + 32..A + 64,
        used_from: A + 56,
    }];
    let held = Class::Reachable(RootKind::TerminatedStack);
    assert_eq!(classes(&input), [held, held, Class::DefinitelyLost, held]);
    let heap = input.heap().expect("a heap");
    let reachability = Reachability::of(&heap);
    let retained = Retained::of(&heap, &reachability).expect("few pointers");
    assert_eq!(retained.bytes(Node::Root(0)), 64 + 16 + 16);
    assert_eq!(retained.bytes(Node::Block(0)), 64 + 16);
}

/// A worker that waits has pointers of its last calls on its stack, to what JS owns.
#[test]
fn a_stack_owns_only_what_no_other_root_leads_to() {
    let mut input = heap_of(PointerSize::Four, &[A, A + 16, B, B + 16], &[]);
    input.put(A, B);
    // On the stack: the object of a handle, a block of it, and one that is the stack's
    // own and points to the object, too.
    input.put(128, A);
    input.put(132, B);
    input.put(136, A + 16);
    input.put(A + 16, A);
    input.put(A + 20, B + 16);
    let stack = |alive| Root::Stack {
        worker: 1,
        alive,
        extent: 128..192,
        used_from: 128,
    };
    for (alive, kind) in [(true, RootKind::Stack), (false, RootKind::TerminatedStack)] {
        input.roots = vec![stack(alive), handle(0, A)];
        let of_js = Class::Reachable(RootKind::Handle);
        let of_stack = Class::Reachable(kind);
        assert_eq!(classes(&input), [of_js, of_stack, of_js, of_stack]);
        let heap = input.heap().expect("a heap");
        let reachability = Reachability::of(&heap);
        let retained = Retained::of(&heap, &reachability).expect("few pointers");
        assert_eq!(retained.bytes(Node::Root(0)), 16 + 16);
        assert_eq!(retained.bytes(Node::Class(0)), 16 + 16);
        assert_eq!(retained.together(&[Node::Root(1)]), 16 + 16);
        assert_eq!(retained.bytes(Node::All), 4 * 16);
    }
}

#[test]
fn static_data_around_live_blocks_does_not_hold_what_is_in_them() {
    let mut input = heap_of(PointerSize::Four, &[A, B], &[(A, B)]);
    input.roots[0] = Root::Static { range: 512..1536 };
    assert_eq!(
        classes(&input),
        [Class::DefinitelyLost, Class::IndirectlyLost]
    );
    input.put(1040, B);
    assert_eq!(classes(&input), [Class::DefinitelyLost, REACHABLE]);
}

#[test]
fn classes_of_handles_retain_what_their_handles_share() {
    // Two handles of class 5 share B; each has a block of its own. One of class 6 shares
    // the last block with the first.
    let blocks = [A, A + 16, A + 32, B, B + 16];
    let words = [(A, B), (A + 16, B), (A + 4, B + 16), (A + 32, B + 16)];
    let mut input = heap_of(PointerSize::Four, &blocks, &words);
    input.roots = vec![handle(5, A), handle(6, A + 32), handle(5, A + 16)];
    assert_agrees(&input);
    let heap = input.heap().expect("a heap");
    let reachability = Reachability::of(&heap);
    let retained = Retained::of(&heap, &reachability).expect("few pointers");
    assert_eq!(retained.bytes(Node::Root(0)), 16);
    assert_eq!(retained.bytes(Node::Root(2)), 16);
    assert_eq!(retained.bytes(Node::Class(5)), 48);
    assert_eq!(retained.bytes(Node::Class(6)), 16);
    assert_eq!(retained.bytes(Node::Class(7)), 0);
    assert_eq!(retained.bytes(Node::Kind(RootKind::Handle)), 80);
    assert_eq!(retained.dominator(Node::Block(3)), Some(Node::Class(5)));
    assert_eq!(
        retained.dominator(Node::Block(4)),
        Some(Node::Kind(RootKind::Handle))
    );
    let handles = [Node::Root(0), Node::Root(1)];
    assert_eq!(retained.together(&handles), 16 + 16 + 16);
}

#[test]
fn a_group_counts_what_its_blocks_hold_once() {
    // A list of four, of two groups in turn; each node has 16 bytes.
    let blocks = [A, A + 16, A + 32, A + 48];
    let words = [(STATIC, A), (A, A + 16), (A + 16, A + 32), (A + 32, A + 48)];
    let input = heap_of(PointerSize::Four, &blocks, &words);
    let heap = input.heap().expect("a heap");
    let reachability = Reachability::of(&heap);
    let retained = Retained::of(&heap, &reachability).expect("few pointers");
    let groups = retained.of_groups(|block| Some(block % 2));
    let size = |retained| GroupSize {
        blocks: 2,
        shallow: 32,
        retained,
    };
    assert_eq!((groups[&0], groups[&1]), (size(64), size(48)));
}

#[test]
fn what_is_held_is_a_tree_of_groups() {
    // A list of four, of two groups in turn, and a lost block of each group.
    let blocks = [A, A + 16, A + 32, A + 48, B, B + 16];
    let words = [(STATIC, A), (A, A + 16), (A + 16, A + 32), (A + 32, A + 48)];
    let input = heap_of(PointerSize::Four, &blocks, &words);
    let heap = input.heap().expect("a heap");
    let reachability = Reachability::of(&heap);
    let retained = Retained::of(&heap, &reachability).expect("few pointers");
    // Kinds that hold nothing are there, too.
    let shown = |tree: Vec<Held>| -> Vec<(Dominator, u64, u64)> {
        let parts = tree.iter().filter(|part| part.retained > 0);
        parts
            .map(|part| (part.holder, part.blocks, part.retained))
            .collect()
    };
    let (first, second) = (Dominator::Group(0), Dominator::Group(1));
    let held = Dominator::Kind(RootKind::Static);
    let sizes = shown(retained.held(|block| block % 2));
    assert_eq!(sizes.len(), 9, "{sizes:?}");
    for part in [
        (Dominator::All, 0, 96),
        (held, 0, 64),
        (first, 1, 64),
        (second, 1, 48),
        (first, 1, 32),
        (second, 1, 16),
        (Dominator::Lost, 0, 32),
    ] {
        assert!(sizes.contains(&part), "{part:?} in {sizes:?}");
    }
    // Blocks below others of their group are counted with these.
    let sizes = shown(retained.held(|_| 0));
    assert!(sizes.contains(&(first, 4, 64)), "{sizes:?}");
    assert!(sizes.contains(&(first, 2, 32)), "{sizes:?}");
}

#[test]
fn a_path_names_the_words_that_lead_to_a_block() {
    let input = heap_of(
        PointerSize::Four,
        &[A, A + 16, B],
        &[(STATIC, A), (A + 8, A + 16), (A + 16, B + 4)],
    );
    let heap = input.heap().expect("a heap");
    let path = Reachability::of(&heap).path(&heap, 2);
    let step = |word, block, offset| Step {
        word: Some(word),
        block,
        offset,
    };
    let expected = Path {
        root: Some(0),
        steps: vec![step(STATIC, 0, 0), step(A + 8, 1, 0), step(A + 16, 2, 4)],
    };
    assert_eq!(path, Some(expected));
    assert_eq!(Reachability::of(&heap).path(&heap, 3), None);
}

#[test]
fn blocks_partly_outside_of_the_memory_and_of_its_pages() {
    let mut input = heap_of(PointerSize::Four, &[A, 4080, 8176, 9000], &[]);
    input.blocks[1].size = 32;
    input.blocks[2].size = 100;
    input.put(4084, A);
    input.put(8188, 9000);
    input.put(STATIC, 4080);
    input.roots.push(handle(0, 8200));
    let held = Class::Reachable(RootKind::Handle);
    assert_eq!(classes(&input), [REACHABLE, REACHABLE, held, held]);
    assert_eq!(input.heap().expect("a heap").bytes_outside(), 84 + 16);
}

#[test]
fn nothing_at_all() {
    let bytes = Bytes::new(0, PointerSize::Four).expect("no bytes");
    let blocks = Blocks::new(Vec::new()).expect("no blocks");
    let heap = Heap::new(bytes, blocks, Roots::default(), ScanOptions::default()).expect("a heap");
    let reachability = Reachability::of(&heap);
    let retained = Retained::of(&heap, &reachability).expect("no pointers");
    assert_eq!(retained.bytes(Node::All), 0);
    assert_eq!(retained.dominator(Node::All), None);
    assert_eq!(retained.dominator(Node::Block(0)), None);
    assert_eq!(retained.dominator(Node::Lost), Some(Node::All));
    assert!(retained.of_groups(Some).is_empty());
    assert_eq!(reachability.path(&heap, 0), None);
    assert_eq!(Integers::of(&heap, &reachability).words, 0);
    assert_eq!(reachability.amounts(&heap).len(), Class::ALL.len());
}

/// The classes with all interior pointers that count as start-pointers.
fn classes_with_interior(input: &Input) -> Vec<Class> {
    let mut bytes = Bytes::new(input.memory.len() as u64, input.pointer).expect("small");
    bytes.add(0, &input.memory).expect("all of it");
    let blocks = Blocks::new(input.blocks.clone()).expect("no overlap");
    let roots = Roots::new(input.roots.clone()).expect("no overlap");
    let options = ScanOptions::default();
    assert_eq!(options.interior, Interior::ALL);
    let heap = Heap::new(bytes, blocks, roots, options).expect("a heap");
    let reachability = Reachability::of(&heap);
    (0..input.blocks.len() as u32)
        .map(|block| reachability.class(block))
        .collect()
}

#[test]
fn a_pointer_behind_two_counters_is_that_of_an_rc() {
    let mut input = heap_of(
        PointerSize::Four,
        &[B],
        &[(STATIC, B + 8), (B, 1), (B + 4, 1)],
    );
    assert_eq!(classes_with_interior(&input), [REACHABLE]);
    input.put(B, 0);
    assert_eq!(classes_with_interior(&input), [POSSIBLY]);
    input.put(B, 1);
    input.put(STATIC, B + 12);
    assert_eq!(classes_with_interior(&input), [POSSIBLY]);
}

#[test]
fn a_pointer_behind_the_number_of_elements_is_that_of_a_new_array() {
    let mut input = heap_of(PointerSize::Four, &[B], &[(STATIC, B + 4), (B, 3)]);
    assert_eq!(classes_with_interior(&input), [REACHABLE]);
    input.put(B, 5);
    assert_eq!(classes_with_interior(&input), [POSSIBLY]);
}

#[test]
fn a_pointer_to_the_control_bytes_is_that_of_a_hash_table() {
    // Buckets, and bytes of an entry.
    for (buckets, entry) in [(4, 8), (8, 4), (16, 24)] {
        let mut input = heap_of(PointerSize::Four, &[B], &[]);
        let control = buckets * entry;
        input.blocks[0].size = control + buckets + 8;
        input.put(STATIC, B + control);
        let bytes = &mut input.memory[(B + control) as usize..][..buckets as usize + 8];
        bytes.fill(0xff);
        // An entry in bucket 1, which is repeated behind all.
        bytes[1] = 0x2a;
        bytes[buckets.max(8) as usize + 1] = 0x2a;
        assert_eq!(classes_with_interior(&input), [REACHABLE], "{buckets}");
        input.memory[(B + control) as usize + 1] = 0x2b;
        assert_eq!(classes_with_interior(&input), [POSSIBLY], "{buckets}");
    }
}

#[test]
fn integers_are_counted_where_no_pointer_can_be() {
    // The memory has 8 KiB, so that copies of it lie at each multiple.
    let near = 8192 + B;
    let mut input = heap_of(
        PointerSize::Four,
        &[A, B],
        &[
            (STATIC, A),
            (A, near),
            (A + 4, near + 4),
            (A + 8, 255 * 8192 + A),
            (A + 12, A + 100),
            // Not looked at: B is lost.
            (B, near),
        ],
    );
    input.roots.push(Root::Global {
        global: 0,
        value: 256 * 8192 + A,
    });
    let heap = input.heap().expect("a heap");
    let integers = Integers::of(&heap, &Reachability::of(&heap));
    assert_eq!((integers.words, integers.hits, integers.misses), (6, 1, 1));
    assert_eq!(integers.chance, 32.0 / 4_294_967_296.0);
    assert_eq!(integers.chance_of_start, 2.0 / 4_294_967_296.0);
    assert_eq!(integers.copies.len(), 255);
    assert_eq!(integers.copies[0], Hits { start: 1, any: 2 });
    assert_eq!(integers.copies[254], Hits { start: 1, any: 1 });
    assert_eq!(integers.expected(), Some((2.0 / 255.0, 3.0 / 255.0)));
}

#[test]
fn a_memory_of_half_the_address_space_has_one_copy_and_a_larger_one_none() {
    for (size, copies) in [(1 << 31, 1), ((1 << 31) + 65536, 0), (1 << 32, 0)] {
        let bytes = Bytes::new(size, PointerSize::Four).expect("as large as it may be");
        let blocks = Blocks::new(Vec::new()).expect("no blocks");
        let heap =
            Heap::new(bytes, blocks, Roots::default(), ScanOptions::default()).expect("a heap");
        let integers = Integers::of(&heap, &Reachability::of(&heap));
        assert_eq!(integers.copies.len(), copies);
        assert_eq!(integers.expected().is_some(), copies > 0);
    }
}
