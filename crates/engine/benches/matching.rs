//! Matching and accounting alone, in events: the records are there beforehand,
//! and nothing is concluded from them. What differs is how the ids lie.

use std::collections::VecDeque;

use criterion::{BatchSize, Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use unfreed_bench::random::SplitMix64;
use unfreed_bench::replay;
use unfreed_engine::Engine;
use unfreed_events::text::{TextDecoder, TextOptions};
use unfreed_events::{AllocationId, Event, Record, SiteId, TypeId};

/// Objects in each log that is made here.
const OBJECTS: u64 = 500_000;

/// How many of them are live at a time.
const LIVE: usize = 50_000;

const TYPES: u32 = 16;

fn replay_records() -> Vec<Record> {
    let (mut log, mut records) = (Vec::new(), Vec::new());
    replay::write(&mut log, 1, 1).expect("a vector takes all");
    let mut decoder = TextDecoder::new(TextOptions::default());
    decoder.decode(&log, &mut records);
    decoder.finish(&mut records);
    records
}

/// A log in which any of the live objects is the next to be freed.
struct Log {
    records: Vec<Record>,
    live: Vec<Object>,
    random: SplitMix64,
}

#[derive(Clone, Copy)]
struct Object {
    kind: u32,
    size: u64,
    id: u64,
}

impl Log {
    fn new() -> Log {
        let mut log = Log {
            records: Vec::new(),
            live: Vec::new(),
            random: SplitMix64::new(1),
        };
        for kind in 0..TYPES {
            log.push(Event::Site {
                site: SiteId(kind),
                type_id: TypeId(kind),
            });
        }
        log
    }

    fn push(&mut self, event: Event) {
        let line = self.records.len() as u64 + 1;
        self.records.push(Record { line, event });
    }

    fn allocate(&mut self, id: u64) {
        let kind = self.random.below(TYPES);
        let size = u64::from(16 + self.random.below(1024));
        self.live.push(Object { kind, size, id });
        self.push(Event::Allocate {
            site: SiteId(kind),
            size,
            id: AllocationId(id),
        });
    }

    /// Frees one object, if there are as many as there should be. Returns its
    /// id.
    fn free(&mut self) -> Option<u64> {
        if self.live.len() < LIVE {
            return None;
        }
        let index = self.random.below(self.live.len() as u32);
        let Object { kind, size, id } = self.live.swap_remove(index as usize);
        self.push(Event::Free {
            type_id: TypeId(kind),
            size,
            id: AllocationId(id),
        });
        Some(id)
    }
}

/// Ids from a counter.
fn sequential_records() -> Vec<Record> {
    let mut log = Log::new();
    for id in 0..OBJECTS {
        log.allocate(id);
        log.free();
    }
    log.records
}

/// Ids are addresses in a linear memory, handed out again after their free.
fn address_records() -> Vec<Record> {
    const START: u64 = 1 << 20;
    let mut log = Log::new();
    let mut free: VecDeque<u64> = (0..LIVE as u64 + 1000)
        .map(|block| START + 64 * block)
        .collect();
    for _ in 0..OBJECTS {
        let address = free.pop_front().expect("more addresses than live objects");
        log.allocate(address);
        free.extend(log.free());
    }
    log.records
}

/// Ids from all 64 bits, as hashes or random numbers are.
fn sparse_records() -> Vec<Record> {
    let mut log = Log::new();
    let mut ids = SplitMix64::new(2);
    for _ in 0..OBJECTS {
        log.allocate(ids.next_u64());
        log.free();
    }
    log.records
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("matching");
    group.sample_size(20).sampling_mode(SamplingMode::Flat);
    for (name, records) in [
        ("replay", replay_records()),
        ("sequential", sequential_records()),
        ("addresses", address_records()),
        ("sparse", sparse_records()),
    ] {
        group.throughput(Throughput::Elements(records.len() as u64));
        group.bench_function(name, |bencher| {
            let apply = |mut engine: Engine| {
                engine.apply(&records);
                engine
            };
            bencher.iter_batched(Engine::new, apply, BatchSize::PerIteration);
        });
    }
    group.finish();
}

criterion_group!(accounting, benches);
criterion_main!(accounting);
