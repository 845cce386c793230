//! What a probe costs: while nothing listens, while counters or a watch do, and
//! while a log is written.

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use unfreed_probe::alloc::{start_counting, start_log};
use unfreed_probe::{Probe, ProbeAlloc, Sink, Track, Tracked, start, stop};

#[derive(Track)]
struct Object {
    value: u64,
    probe: Probe,
}

fn objects(c: &mut Criterion, when: &str) {
    let mut group = c.benchmark_group(format!("objects/{when}"));
    group.bench_function("plain", |b| b.iter(|| black_box(7_u64)));
    group.bench_function("tracked", |b| {
        b.iter(|| {
            black_box(Tracked::new(black_box(7_u64)));
        });
    });
    group.bench_function("field", |b| {
        b.iter(|| {
            let value = black_box(7);
            black_box(Object::tracked(|probe| Object { value, probe })).value
        });
    });
    group.bench_function("plain vector of 1000", |b| {
        let values = vec![1_u64; 1000];
        b.iter(|| {
            black_box(values.clone());
        });
    });
    group.bench_function("tracked vector of 1000", |b| {
        let values = vec![1_u64; 1000];
        b.iter(|| {
            black_box(Tracked::new(values.clone()));
        });
    });
    group.finish();
}

/// The allocator is called as it is, so that nothing but the two calls is measured.
#[allow(unsafe_code)]
fn block(c: &mut Criterion, when: &str, allocator: &impl GlobalAlloc) {
    let layout = Layout::new::<[u8; 64]>();
    c.bench_function(&format!("blocks/{when}"), |b| {
        b.iter(|| {
            // SAFETY: the layout is the same and not empty.
            unsafe {
                let block = black_box(allocator.alloc(layout));
                allocator.dealloc(block, layout);
            }
        });
    });
}

fn file(folder: &tempfile::TempDir, name: &str) -> Sink {
    let path = folder.path().join(name);
    Sink::file(path.to_str().expect("text")).expect("a file")
}

fn cost(c: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let probe = ProbeAlloc::new();
    stop();
    unfreed_probe::alloc::stop();
    objects(c, "off");
    block(c, "plain", &System);
    block(c, "off", &probe);
    start_counting();
    block(c, "counters", &probe);
    start_log(file(&folder, "heap"));
    block(c, "file", &probe);
    unfreed_probe::alloc::stop();
    start(file(&folder, "objects"));
    objects(c, "file");
    stop();
}

criterion_group!(benches, cost);
criterion_main!(benches);
