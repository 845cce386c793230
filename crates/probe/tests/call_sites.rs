//! Call sites in the log of the heap. A process of its own, as each allocator is.

mod support;

use std::hint::black_box;

use support::trusted;
use unfreed_probe::alloc::{sample_call_sites, start_log, stop};
use unfreed_probe::{ProbeAlloc, Sink};

#[global_allocator]
static ALLOCATOR: ProbeAlloc = ProbeAlloc::new();

/// The line that asks for a block.
const EXTENDS: u32 = 22;

#[inline(never)]
fn forgetful() {
    const { assert!(line!() + 3 == EXTENDS) };
    // Through the library: `Vec` asks for the block, this function is why.
    let mut list: Vec<u8> = Vec::new();
    list.extend_from_slice(&black_box([7; 12_345]));
    std::mem::forget(black_box(list));
}

#[test]
fn a_block_has_the_function_that_asked_for_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("log");
    start_log(Sink::file(path.to_str().expect("text")).expect("a file"));
    forgetful();
    forgetful();
    sample_call_sites(0);
    forgetful();
    stop();
    let log = std::fs::read_to_string(path).expect("a log");
    let (_, types) = trusted(&log);
    let named = types["call_sites::forgetful"];
    assert_eq!(named.allocations, 2, "{log}");
    assert_eq!(named.leaked_bytes, 2 * 12_345);
    assert!(types["not sampled"].leaked_bytes >= 12_345);
    assert!(log.contains(&format!("call_sites.rs:{EXTENDS}:")), "{log}");
}
