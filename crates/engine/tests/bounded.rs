//! The memory that a ledger needs. Alone in its process, since others would change
//! what that has in use.
#![cfg(target_os = "linux")]

use unfreed_engine::ledger::Ledger;
use unfreed_events::text::{TextDecoder, TextOptions};

/// Memory in use by this process, in bytes.
fn resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("a status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_ascii_whitespace().nth(1));
    kib.and_then(|kib| kib.parse::<u64>().ok()).expect("a size") * 1024
}

/// The id of each allocation, by its number.
type IdOf = fn(u64) -> u64;

/// Applies so many allocations, each freed a little later.
fn churn(pairs: u64, id: IdOf) -> Ledger {
    const BEHIND: u64 = 100;
    let mut ledger = Ledger::default();
    let mut decoder = TextDecoder::new(TextOptions::default());
    let mut records = Vec::new();
    for number in 0..pairs {
        let allocation = format!("@ALLOCATE Foo 16 a.rs:1 {}\n", id(number));
        decoder.decode(allocation.as_bytes(), &mut records);
        if number >= BEHIND {
            let free = format!("@DROP Foo 16 {}\n", id(number - BEHIND));
            decoder.decode(free.as_bytes(), &mut records);
        }
        ledger.apply(&records);
        records.clear();
    }
    ledger
}

#[test]
fn memory_stays_bounded_when_ids_are_freed() {
    const PAIRS: u64 = 1_000_000;
    // Bytes for each pair, with the room in which a table grows: ids that come
    // again cost nothing, those of a counter a bit, new addresses up to 9 bytes.
    let ids: [(u64, IdOf); 3] = [
        (1, |number| 0x7f00_0000_0000 + number % 1000 * 16),
        (4, |number| number),
        (16, |number| 0x7f00_0000_0000 + number * 16),
    ];
    for (bytes, id) in ids {
        let before = resident_bytes();
        let ledger = churn(PAIRS, id);
        let grown = resident_bytes().saturating_sub(before);
        assert_eq!(ledger.totals().live, 100);
        assert!(
            grown < bytes * PAIRS,
            "{grown} bytes, expected {bytes} a pair"
        );
    }
}
