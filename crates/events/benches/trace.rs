//! Decoding and writing compact traces, and merging raw recordings, in events. The runs are made here: an
//! allocator that hands out first what was given back last, 1,000 sites, sizes
//! that most sites have but one of (`typical`) or none twice (`random`).

use std::hint::black_box;
use std::io::{self, Cursor};

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use unfreed_bench::random::SplitMix64;
use unfreed_events::trace::{
    AsRecorded, BlockHeader, Codec, CompactWriter, Facts, FileHeader, Recording, Sink, Stage, Step,
    TraceReader,
};
use unfreed_events::{AllocationId, Event, Names, SiteId};

const EVENTS: usize = 2_000_000;
const SITES: u32 = 1_000;

/// What a run is like.
#[derive(Clone, Copy)]
struct Shape {
    /// Sites whose allocations have sizes of their own, of ten.
    sizes: u32,
    /// Frees of any live block instead of one of the last 32, of ten.
    far: u32,
    /// Whether all sites allocate as often.
    is_even: bool,
}

const TYPICAL: Shape = Shape {
    sizes: 3,
    far: 3,
    is_even: false,
};

const RANDOM: Shape = Shape {
    sizes: 10,
    far: 3,
    is_even: true,
};

/// Hands out blocks as dlmalloc does where nothing is split or joined.
struct Heap {
    free: Vec<Vec<u64>>,
    top: u64,
}

impl Heap {
    fn allocate(&mut self, size: u32) -> u64 {
        let chunk = (size + 11) / 8;
        self.free[chunk as usize].pop().unwrap_or_else(|| {
            let address = self.top;
            self.top += u64::from(chunk) * 8;
            address
        })
    }

    fn release(&mut self, address: u64, size: u32) {
        self.free[(size + 11) as usize / 8].push(address);
    }
}

fn steps(shape: Shape, names: &mut Names) -> Vec<Step> {
    let thread = names.intern_word(b"main").expect("a name");
    for site in 0..SITES {
        let (type_name, place) = (format!("Type{}", site / 4), format!("src/app.rs:{site}"));
        let site = names.intern_site(type_name.as_bytes(), place.as_bytes());
        site.expect("a site");
    }
    let mut random = SplitMix64::new(1);
    let mut heap = Heap {
        free: vec![Vec::new(); 1 << 10],
        top: 0x11_0000,
    };
    let mut live: Vec<(u64, u32)> = Vec::new();
    let (mut steps, mut time) = (Vec::with_capacity(EVENTS), 0);
    while steps.len() < EVENTS {
        if random.below(100) == 0 {
            time += u64::from(random.below(200));
        }
        let event = if live.is_empty() || random.below(100) < 51 {
            let even = random.below(SITES);
            let site = match shape.is_even {
                true => even,
                false => (u64::from(even) * u64::from(random.below(SITES)) / 1_000) as u32,
            };
            let size = match site % 10 < shape.sizes {
                true => 1 + random.below(4096),
                false => 8 + site * 2_654_435 % 512,
            };
            let address = heap.allocate(size);
            live.push((address, size));
            Event::Allocate {
                site: SiteId(site),
                size: u64::from(size),
                id: AllocationId(address),
            }
        } else {
            let near = live.len().min(32) as u32;
            let index = match random.below(10) < shape.far {
                true => random.below(live.len() as u32) as usize,
                false => live.len() - 1 - random.below(near) as usize,
            };
            let (address, size) = live.swap_remove(index);
            heap.release(address, size);
            Event::Release {
                id: AllocationId(address),
            }
        };
        steps.push(Step {
            time,
            thread,
            event,
        });
    }
    steps
}

fn write(names: &Names, steps: &[Step]) -> io::Result<Vec<u8>> {
    let facts = Facts {
        events: steps.len() as u64,
        ..Facts::default()
    };
    let mut writer = CompactWriter::new(Vec::new())?;
    writer.begin(names, &facts)?;
    for step in steps {
        writer.step(names, step)?;
    }
    writer.end(names, &facts)?;
    Ok(writer.into_inner())
}

/// The number of records, which are thrown away block by block.
fn decode(trace: &[u8]) -> usize {
    let mut reader = TraceReader::new(trace).expect("a trace");
    let (mut records, mut count) = (Vec::new(), 0);
    while reader.decode(&mut records).expect("memory can be read") {
        count += black_box(&records).len();
        records.clear();
    }
    assert!(reader.has_ended());
    count
}

/// The steps as four threads with a shared memory record them, each in blocks of
/// 4,096 events.
fn raw(steps: &[Step]) -> Vec<u8> {
    const THREADS: u32 = 4;
    let mut file = FileHeader::new(Stage::Raw).encode().to_vec();
    let mut block = |kind, thread, count, payload: &[u8]| {
        let header = BlockHeader {
            kind,
            codec: Codec::Plain,
            process: 1,
            thread,
            time: 0,
            count,
        };
        let written = header.write(payload, &mut file);
        written.expect("a vector takes all");
    };
    for thread in 0..THREADS {
        block(
            4,
            thread,
            0,
            br#"{"instance": 1, "memory": 0, "shared": true}"#,
        );
        for context in 1..=SITES {
            let stack = format!(
                r#"{{"context": {context}, "instance": 1, "stack": [{context}], "first": {context},
                    "new": ["at f{context} (a.js:1:2)"]}}"#
            );
            block(5, thread, 0, stack.as_bytes());
        }
    }
    let mut random = SplitMix64::new(2);
    let mut threads = vec![Vec::new(); THREADS as usize];
    let mut thread = 0;
    for (number, step) in steps.iter().enumerate() {
        if random.below(20) == 0 {
            thread = random.below(THREADS);
        }
        let words = match step.event {
            Event::Allocate { site, size, id } => [id.0 as u32, size as u32, (site.0 + 1) << 3],
            Event::Release { id } => [id.0 as u32, 0, 1 << 3 | 1],
            _ => continue,
        };
        let events: &mut Vec<u8> = &mut threads[thread as usize];
        events.extend((number as u32 + 1).to_le_bytes());
        events.extend(words.iter().flat_map(|word| word.to_le_bytes()));
        if events.len() == 1 << 16 {
            block(6, thread, 1 << 12, events);
            events.clear();
        }
    }
    for (thread, events) in threads.iter().enumerate() {
        block(6, thread as u32, events.len() as u32 / 16, events);
    }
    file
}

/// The number of events.
fn merge(file: &[u8]) -> u64 {
    let recording = Recording::open(Cursor::new(file), &mut AsRecorded).expect("a recording");
    let mut writer = CompactWriter::new(Vec::new()).expect("a vector takes all");
    let (_, facts) = recording.merge(&mut writer).expect("memory can be read");
    assert_eq!(facts.missing, Default::default());
    black_box(writer.into_inner());
    facts.events
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("trace");
    group.sample_size(10).sampling_mode(SamplingMode::Flat);
    group.throughput(Throughput::Elements(EVENTS as u64));
    for (name, shape) in [("typical", TYPICAL), ("random", RANDOM)] {
        let mut names = Names::default();
        let steps = steps(shape, &mut names);
        let trace = write(&names, &steps).expect("a vector takes all");
        let bytes = trace.len() as f64 / EVENTS as f64;
        println!("{name}: {bytes:.2} bytes per event");
        assert!(bytes <= 3.0, "a trace is small");
        assert!(decode(&trace) >= EVENTS, "a trace has its records");
        group.bench_function(format!("decode {name}"), |b| b.iter(|| decode(&trace)));
        group.bench_function(format!("write {name}"), |b| {
            b.iter(|| write(&names, &steps).map(|trace| trace.len()));
        });
        let file = raw(&steps);
        assert!(merge(&file) >= EVENTS as u64, "a recording has its events");
        group.bench_function(format!("merge and write {name}"), |b| {
            b.iter(|| merge(&file))
        });
    }
    group.finish();
}

criterion_group!(traces, benches);
criterion_main!(traces);
