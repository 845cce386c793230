//! Decoding alone, in bytes: the plain lines of a real log, lines with fields,
//! JSON lines. Records are thrown away piece by piece, as who reads a log does.

use std::fmt::Write;
use std::hint::black_box;

use criterion::{Criterion, SamplingMode, Throughput, criterion_group, criterion_main};
use unfreed_bench::random::SplitMix64;
use unfreed_bench::replay;
use unfreed_events::text::{TextDecoder, TextOptions};

/// What is read at a time.
const PIECE: usize = 1 << 18;

/// Objects in each log that is made here; every one has two lines.
const OBJECTS: u64 = 100_000;

const TYPES: [&str; 4] = ["Vec<u8>", "app::Session", "String", "app::cache::Entry"];

fn decode(log: &[u8]) -> usize {
    let mut decoder = TextDecoder::new(TextOptions::default());
    let mut records = Vec::new();
    let mut count = 0;
    for piece in log.chunks(PIECE) {
        decoder.decode(piece, &mut records);
        count += black_box(&records).len();
        records.clear();
    }
    count
}

fn replay_log() -> Vec<u8> {
    let mut log = Vec::new();
    replay::write(&mut log, 1, 1).expect("a vector takes all");
    log
}

/// What the made lines are about.
struct Object {
    id: u64,
    type_name: &'static str,
    size: u32,
    line: u32,
    address: u64,
    time: u64,
    thread: u32,
}

fn objects() -> impl Iterator<Item = Object> {
    let mut random = SplitMix64::new(1);
    (0..OBJECTS).map(move |id| Object {
        id,
        type_name: TYPES[random.below(4) as usize],
        size: 8 + random.below(4096),
        line: 1 + random.below(16),
        address: 0x7f00_0000_0000 + 16 * u64::from(random.below(1 << 24)),
        time: 1_000 * id + u64::from(random.below(1_000)),
        thread: random.below(4),
    })
}

fn field_log() -> Vec<u8> {
    lines(|log, object| {
        let Object {
            id,
            type_name,
            size,
            line,
            address,
            time,
            thread,
        } = object;
        let fields = format_args!("t={time} thread={thread} addr={address:#x}");
        writeln!(
            log,
            "@ALLOCATE {type_name} {size} src/app.rs:{line} {id} {fields}"
        )?;
        writeln!(log, "@DROP {type_name} {size} {id} {fields}")
    })
}

fn json_log() -> Vec<u8> {
    lines(|log, object| {
        let Object {
            id,
            type_name,
            size,
            line,
            ..
        } = object;
        let what = format_args!(r#""type": "{type_name}", "size": {size}, "id": {id}"#);
        let place = format_args!(r#""file": "src/app.rs", "line": {line}"#);
        writeln!(log, r#"@{{"event": "allocate", {what}, {place}}}"#)?;
        writeln!(log, r#"@{{"event": "drop", {what}}}"#)
    })
}

fn lines(write: impl Fn(&mut String, Object) -> std::fmt::Result) -> Vec<u8> {
    let mut log = String::new();
    for object in objects() {
        write(&mut log, object).expect("a string takes all");
    }
    log.into_bytes()
}

fn benches(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("decode");
    group.sample_size(20).sampling_mode(SamplingMode::Flat);
    for (name, log) in [
        ("replay", replay_log()),
        ("fields", field_log()),
        ("json", json_log()),
    ] {
        // A log that is not understood would be fast.
        assert!(decode(&log) as u64 >= 2 * OBJECTS, "{name} has its records");
        group.throughput(Throughput::Bytes(log.len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| decode(&log)));
    }
    group.finish();
}

criterion_group!(decoding, benches);
criterion_main!(decoding);
