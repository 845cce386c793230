//! Measures reachability and retained sizes on a memory of 1 GiB with 5 million live
//! blocks, and the most memory that it took. usage: bench-reach [MIB] [BLOCKS]
//!
//! The heap: blocks of 16 bytes to 4 KiB with gaps between, most of them small, until
//! the memory is full. A quarter of all words are pointers, most of them to a block
//! near by; 1 in 100 is any integer. There are trees, lists, and as many pointers back
//! as forward; a few blocks in a hundred are lost.

use std::env;
use std::hint::black_box;
use std::time::Instant;

use unfreed_bench::random::SplitMix64;
use unfreed_engine::reach::{
    Block, Blocks, Bytes, Class, Heap, Integers, Node, PointerSize, ReachError, Reachability,
    Retained, Root, RootKind, Roots, ScanOptions,
};

const MIB: u64 = 1 << 20;

/// Where the heap begins.
const BASE: u64 = 2 * MIB;

/// JS handles, of ten classes.
const HANDLES: u64 = 10_000;

fn blocks(size: u64, count: u64, random: &mut SplitMix64) -> Vec<Block> {
    // A block and its gap have this much on average.
    let room = (size - BASE) / count;
    let mut end = BASE;
    let mut blocks = Vec::with_capacity(count as usize);
    for number in 0..count {
        // Half of the blocks take a sixth, and a few are large.
        let most = match random.below(100) {
            0..50 => room / 3,
            50..98 => 2 * room,
            _ => 18 * room,
        };
        let address = end + 8 + 8 * u64::from(random.below(8) / 7);
        let block = (8 + u64::from(random.below(most.min(1 << 30) as u32)) * 5 / 4) & !3;
        let left = size.saturating_sub(address + 8 * (count - number));
        let block = block.min(left);
        end = (address + block).next_multiple_of(8);
        blocks.push(Block {
            address,
            size: block,
            number,
        });
    }
    blocks
}

fn put(memory: &mut [u8], address: u64, word: u64) {
    let at = address as usize;
    memory[at..at + 4].copy_from_slice(&(word as u32).to_le_bytes());
}

fn fill(memory: &mut [u8], blocks: &[Block], random: &mut SplitMix64) {
    let count = blocks.len() as u32;
    for (index, block) in (0..).zip(blocks) {
        for word in 0..block.size / 4 {
            let how = random.below(1000);
            let target = match how {
                0..200 => {
                    let distance = random.below(1000);
                    Some((index + distance).saturating_sub(500).min(count - 1))
                }
                200..230 => Some(random.below(count)),
                _ => None,
            };
            let value = match (target, how) {
                // One block in 32 is pointed to by few.
                (Some(target), _) if target % 32 == 7 && !how.is_multiple_of(64) => 0,
                (Some(target), _) => {
                    blocks[target as usize].address + u64::from(how % 50 == 49) * 4
                }
                (None, 230..240) => random.next_u64() >> 32,
                (None, 240..600) => u64::from(random.below(256)),
                (None, _) => 0,
            };
            put(memory, block.address + 4 * word, value);
        }
    }
    for word in 0..MIB / 16 {
        put(
            memory,
            MIB + 16 * word,
            blocks[random.below(count) as usize].address,
        );
    }
}

/// The most memory that this process has taken, in MiB; 0 where that is not told.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB"));
    kib.and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Seconds that this thread has run, whatever else the machine does; 0 where that is
/// not told.
fn run() -> f64 {
    let schedule = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = schedule
        .split(' ')
        .next()
        .and_then(|first| first.parse::<u64>().ok());
    nanoseconds.unwrap_or(0) as f64 / 1e9
}

struct Clock {
    start: Instant,
    run: f64,
    last: f64,
}

impl Clock {
    fn new() -> Clock {
        Clock {
            start: Instant::now(),
            run: run(),
            last: run(),
        }
    }

    fn say(&mut self, what: &str) {
        println!(
            "{what:<24} {:6.2} s of one core, at most {:5} MiB",
            run() - self.last,
            peak()
        );
        self.last = run();
    }
}

fn roots(blocks: &[Block], random: &mut SplitMix64) -> Vec<Root> {
    let handle = |handle| {
        let block = &blocks[random.below(blocks.len() as u32) as usize];
        Root::Handle {
            class: handle as u32 % 10,
            handle,
            pointer: block.address,
        }
    };
    let mut roots: Vec<Root> = (0..HANDLES).map(handle).collect();
    roots.push(Root::Static {
        range: MIB..BASE - 65536,
    });
    roots
}

fn main() -> Result<(), ReachError> {
    let mut arguments = env::args()
        .skip(1)
        .map_while(|argument| argument.parse::<u64>().ok());
    let size = arguments.next().unwrap_or(1024).max(4) * MIB;
    let count = arguments.next().unwrap_or(5_000_000).clamp(1, size / 64);
    let mut random = SplitMix64::new(1);
    let mut memory = vec![0; size as usize];
    let live = blocks(size, count, &mut random);
    fill(&mut memory, &live, &mut random);
    let roots = roots(&live, &mut random);
    println!(
        "{} MiB, {count} live blocks; {} MiB taken before anything is done",
        size / MIB,
        peak()
    );

    let mut clock = Clock::new();
    let mut bytes = Bytes::new(size, PointerSize::Four)?;
    bytes.add(0, &memory)?;
    let heap = Heap::new(
        bytes,
        Blocks::new(live)?,
        Roots::new(roots)?,
        ScanOptions::default(),
    )?;
    clock.say("pointers");
    let reachability = Reachability::of(&heap);
    clock.say("reachability");
    let retained = Retained::of(&heap, &reachability)?;
    clock.say("dominators");
    let (took, ran) = (clock.start.elapsed().as_secs_f64(), run() - clock.run);
    black_box(retained.of_groups(|block| Some(block % 1000)));
    clock.say("retained by 1000 groups");
    let integers = Integers::of(&heap, &reachability);
    clock.say("integers");

    let targets = if size == 1024 * MIB && count == 5_000_000 {
        "; targets 30 s, 2560 MiB"
    } else {
        ""
    };
    println!("scan and dominators: {ran:.1} s of one core, {took:.1} s by the clock{targets}");
    for (class, amount) in reachability.amounts(&heap) {
        if amount.blocks > 0 {
            println!(
                "{class:?}: {} blocks, {} bytes",
                amount.blocks, amount.bytes
            );
        }
    }
    let static_data = Node::Kind(RootKind::Static);
    println!(
        "live {} bytes, retained by static data {}",
        retained.bytes(Node::All),
        retained.bytes(static_data)
    );
    println!(
        "{} words, {} in blocks; integers expected: {:?}",
        integers.words,
        integers.hits,
        integers.expected()
    );
    let last = heap.blocks().as_slice().len() as u32 - 1;
    let is_reachable = |block: &u32| matches!(reachability.class(*block), Class::Reachable(_));
    if let Some(block) = (0..=last).rev().find(is_reachable) {
        let path = reachability.path(&heap, block);
        println!(
            "path to block {block}: {} steps",
            path.map_or(0, |path| path.steps.len())
        );
    }
    Ok(())
}
