//! The global allocator. Each case runs in a process of its own: this program
//! starts itself again with the name of the case.
//!
//! It has no test harness, since the threads of one allocate meanwhile.

mod support;

use std::alloc::{GlobalAlloc, Layout};
use std::cell::RefCell;
use std::hint::black_box;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::trusted;
use unfreed_probe::alloc::{Counters, counters, start_counting, start_log, stop};
use unfreed_probe::{ProbeAlloc, Sink};

/// The system's, which can be told to fail once, and counts what it is asked for.
#[derive(Default)]
struct Fallible {
    fail: AtomicUsize,
    calls: AtomicUsize,
}

#[allow(unsafe_code)]
// SAFETY: it forwards to the allocator of the system, or does nothing and says so.
unsafe impl GlobalAlloc for Fallible {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.fail.load(Ordering::Relaxed) == layout.size() {
            return std::ptr::null_mut();
        }
        unsafe { std::alloc::System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { std::alloc::System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        self.calls.fetch_add(1, Ordering::Relaxed);
        if self.fail.load(Ordering::Relaxed) == size {
            return std::ptr::null_mut();
        }
        unsafe { std::alloc::System.realloc(block, layout, size) }
    }
}

static INNER: Fallible = Fallible {
    fail: AtomicUsize::new(usize::MAX),
    calls: AtomicUsize::new(0),
};

struct Shared;

#[allow(unsafe_code)]
// SAFETY: it forwards to `INNER`.
unsafe impl GlobalAlloc for Shared {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        unsafe { INNER.alloc(layout) }
    }
    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { INNER.dealloc(block, layout) }
    }
    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        unsafe { INNER.realloc(block, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: ProbeAlloc<Shared> = ProbeAlloc::with(Shared);

const CASES: &[(&str, fn())] = &[
    ("counters", counts),
    ("counters_in_threads", counts_in_threads),
    ("log", logs),
    ("log_from_the_environment", nothing_more),
    ("realloc_keeps_the_block", reallocates),
    ("realloc_that_fails", fails_to_reallocate),
    ("alloc_that_fails", fails_to_allocate),
    ("zero_size", has_no_bytes),
    ("over_aligned", is_over_aligned),
    ("threads", threads),
    ("thread_locals", thread_locals),
    ("blocks_from_before", from_before),
    ("both_logs", both_logs),
    ("off", off),
];

fn main() {
    if let Ok(case) = std::env::var("CASE") {
        let found = CASES.iter().find(|(name, _)| *name == case);
        return found.expect("a case").1();
    }
    let filter = std::env::args()
        .nth(1)
        .filter(|word| !word.starts_with('-'));
    let filter = filter.unwrap_or_default();
    let (mut passed, mut failed) = (0, 0);
    println!("\nrunning {} tests", CASES.len());
    for (name, _) in CASES.iter().filter(|(name, _)| name.contains(&filter)) {
        let folder = tempfile::tempdir().expect("a folder");
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.env("CASE", name).env("FOLDER", folder.path());
        if *name == "log_from_the_environment" {
            command.env("UNFREED_ALLOC_LOG", folder.path().join("log"));
        }
        let output = command.output().expect("it runs");
        let mut is_right = output.status.success();
        if is_right && *name == "log_from_the_environment" {
            is_right = std::panic::catch_unwind(|| check_from_environment(folder.path())).is_ok();
        }
        if is_right {
            passed += 1;
            println!("test {name} ... ok");
        } else {
            failed += 1;
            println!(
                "test {name} ... FAILED\n{}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {result}. {passed} passed; {failed} failed; 0 ignored; 0 measured");
    std::process::exit(i32::from(failed > 0));
}

fn path(name: &str) -> String {
    format!("{}/{name}", std::env::var("FOLDER").expect("a folder"))
}

/// What `f` does to the heap, as a log.
fn logged<R>(f: impl FnOnce() -> R) -> String {
    let path = path("log");
    start_log(Sink::file(&path).expect("a file"));
    let result = f();
    stop();
    drop(result);
    std::fs::read_to_string(path).expect("a log")
}

fn counted<R>(f: impl FnOnce() -> R) -> Counters {
    start_counting();
    let result = f();
    let counted = counters();
    stop();
    drop(result);
    counted
}

fn counts() {
    let counted = counted(|| {
        drop(black_box(Box::new([0_u8; 1000])));
        let mut list: Vec<u8> = Vec::with_capacity(100);
        list.reserve_exact(300);
        black_box(list)
    });
    assert_eq!(counted.allocations, 2);
    assert_eq!(counted.frees, 1);
    assert_eq!(counted.reallocations, 1);
    assert_eq!(counted.allocated_bytes, 1300);
    assert_eq!(counted.live_bytes, 300);
    assert_eq!(counted.peak_bytes, 1000);
}

fn counts_in_threads() {
    let blocks = 8 * 1000;
    let before = counted(run_threads);
    assert!(before.allocations >= blocks, "{before:?}");
    assert_eq!(before.live_bytes, 0, "{before:?}");
}

fn run_threads() {
    let work = || {
        for size in 1..=1000_usize {
            let mut list = black_box(vec![1_u8; size]);
            list.extend_from_slice(&[2; 64]);
            drop(black_box(list));
        }
    };
    // A scope would not wait for what a thread frees behind its closure.
    let threads: Vec<_> = (0..8).map(|_| std::thread::spawn(work)).collect();
    for thread in threads {
        thread.join().expect("it ends");
    }
}

fn logs() {
    let log = logged(|| {
        let kept = black_box(Box::new([0_u8; 1000]));
        drop(black_box(vec![0_u8; 50]));
        std::mem::forget(kept);
    });
    let (findings, _) = trusted(&log);
    assert_eq!(findings.totals.allocations, 2);
    assert_eq!(findings.totals.live_bytes, 1000);
}

/// The runtime alone.
fn nothing_more() {
    std::mem::forget(black_box(vec![7_u8; 123_457]));
}

fn check_from_environment(folder: &std::path::Path) {
    let log = std::fs::read_to_string(folder.join("log")).expect("a log");
    let (findings, _) = trusted(&log);
    assert!(findings.totals.allocations > 1);
    assert!(log.contains(" 123457 "));
}

fn reallocates() {
    let log = logged(|| {
        let mut list: Vec<u8> = Vec::with_capacity(10);
        for room in [1000, 100_000, 10_000_000] {
            list.reserve_exact(room);
        }
        list.shrink_to(20);
        black_box(list)
    });
    let (findings, _) = trusted(&log);
    assert_eq!(findings.totals.allocations, 1);
    assert_eq!(findings.totals.reallocations, 4);
    assert_eq!(findings.totals.live_bytes, 20);
    assert_eq!(findings.peak.bytes, 10_000_000);
}

fn fails_to_reallocate() {
    let log = logged(|| {
        let mut list: Vec<u8> = Vec::with_capacity(10);
        INNER.fail.store(77_777, Ordering::Relaxed);
        assert!(list.try_reserve_exact(77_777).is_err());
        INNER.fail.store(usize::MAX, Ordering::Relaxed);
        drop(list);
    });
    let (findings, _) = trusted(&log);
    assert_eq!(findings.totals.allocations, 1);
    assert_eq!(findings.totals.reallocations, 0);
    assert_eq!(findings.totals.live, 0);
}

fn fails_to_allocate() {
    INNER.fail.store(77_777, Ordering::Relaxed);
    let log = logged(|| {
        let mut list: Vec<u8> = Vec::new();
        assert!(list.try_reserve_exact(77_777).is_err());
    });
    assert_eq!(log, "");
    let counted = counted(|| {
        let mut list: Vec<u8> = Vec::new();
        assert!(list.try_reserve_exact(77_777).is_err());
    });
    assert_eq!(counted, Counters::default());
}

#[allow(unsafe_code)]
fn has_no_bytes() {
    let log = logged(|| {
        drop(black_box(vec![(); 10]));
        drop(black_box(Box::new(())));
        let layout = Layout::from_size_align(0, 8).expect("a layout");
        // SAFETY: the allocator below, that of the system, takes a size of zero.
        unsafe {
            let one = ALLOCATOR.alloc(layout);
            let two = ALLOCATOR.alloc(layout);
            ALLOCATOR.dealloc(one, layout);
            ALLOCATOR.dealloc(two, layout);
        }
    });
    assert_eq!(log, "");
}

fn is_over_aligned() {
    #[repr(align(4096))]
    struct Page([u8; 4096]);
    let log = logged(|| {
        let mut pages = Vec::with_capacity(1);
        pages.push(Page([1; 4096]));
        pages.reserve_exact(3);
        assert_eq!(pages.as_ptr().addr() % 4096, 0);
        assert_eq!(pages[0].0[4095], 1);
        black_box(pages)
    });
    let (findings, _) = trusted(&log);
    assert_eq!(findings.totals.allocations, 1);
    assert_eq!(findings.totals.live_bytes, 4 * 4096);
}

fn threads() {
    let log = logged(run_threads);
    let (findings, _) = trusted(&log);
    assert!(findings.totals.allocations >= 8 * 1000);
    assert_eq!(findings.totals.live, 0);
}

fn thread_locals() {
    thread_local! {
        static KEPT: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
        static LATE: Late = const { Late };
    }
    struct Late;
    impl Drop for Late {
        fn drop(&mut self) {
            drop(black_box(vec![0_u8; 31_337]));
        }
    }
    let log = logged(|| {
        std::thread::spawn(|| {
            LATE.with(|_| {});
            KEPT.with(|kept| kept.borrow_mut().push("x".repeat(4_242)));
        })
        .join()
        .expect("it ends");
    });
    let (findings, _) = trusted(&log);
    assert!(log.contains(" 31337 ") && log.contains(" 4242 "), "{log}");
    assert_eq!(findings.totals.live, 0);
}

fn from_before() {
    let before = black_box(vec![0_u8; 100]);
    let mut grown = black_box(vec![0_u8; 100]);
    let log = logged(move || {
        drop(before);
        grown.reserve_exact(1000);
        drop(grown);
    });
    assert_eq!(log, "");
}

/// The log of objects costs allocations, of which the log of the heap has none.
fn both_logs() {
    let objects = path("objects");
    unfreed_probe::start(Sink::file(&objects).expect("a file"));
    let log = logged(|| {
        let object = unfreed_probe::Tracked::new(black_box(vec![0_u8; 100]));
        let watched = unfreed_probe::leaks(|| drop(unfreed_probe::Tracked::new(1_u8)));
        drop(watched);
        object
    });
    let (findings, _) = trusted(&log);
    assert_eq!(findings.totals.live_bytes, 100);
    let sizes: Vec<&str> = log.lines().filter(|line| line.contains(" 100 ")).collect();
    assert_eq!(sizes.len(), 1, "{log}");
    let objects = std::fs::read_to_string(objects).expect("a log");
    assert_eq!(trusted(&objects).0.totals.allocations, 2);
}

fn off() {
    let before = INNER.calls.load(Ordering::Relaxed);
    drop(black_box(Box::new(1_u8)));
    assert_eq!(INNER.calls.load(Ordering::Relaxed), before + 1);
    assert_eq!(counters(), Counters::default());
}
