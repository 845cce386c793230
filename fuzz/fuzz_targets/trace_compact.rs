//! A compact trace of any blocks is read without a panic, the same in any
//! pieces, and its records are in order.

#![no_main]

use std::io::Read;

use libfuzzer_sys::fuzz_target;
use unfreed_events::Record;
use unfreed_events::trace::{Damage, Stage, TraceReader};
use unfreed_fuzz::blocks;

fuzz_target!(|bytes: &[u8]| {
    let file = blocks::file(Stage::Compact, bytes);
    let whole = read(&file[..]);
    assert!(whole.0.is_sorted_by_key(|record| record.line));
    assert_eq!(read(blocks::Pieces::new(&file)), whole);
});

fn read(input: impl Read) -> (Vec<Record>, Damage, u64, bool) {
    let mut reader = TraceReader::new(input).expect("a trace").with_snapshots();
    let mut records = Vec::new();
    while reader.decode(&mut records).expect("memory can be read") {
        reader.take_snapshot();
    }
    (
        records,
        reader.damage(),
        reader.lost_events(),
        reader.has_ended(),
    )
}
