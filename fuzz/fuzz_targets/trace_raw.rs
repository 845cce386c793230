//! A raw recording of any blocks is merged without a panic, and what is written
//! as a compact trace is read back the same.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use unfreed_events::trace::{AsRecorded, CompactWriter, Recording, Records, Stage, TraceReader};
use unfreed_fuzz::blocks;

fuzz_target!(|bytes: &[u8]| {
    let file = blocks::file(Stage::Raw, bytes);
    let open = || Recording::open(Cursor::new(&file), &mut AsRecorded).expect("a recording");
    let mut direct = Records::default();
    let (_, facts) = open().merge(&mut direct).expect("memory can be read");

    let mut writer = CompactWriter::new(Vec::new()).expect("a vector takes all");
    open().merge(&mut writer).expect("a vector takes all");
    let trace = writer.into_inner();
    let mut reader = TraceReader::new(&trace[..]).expect("a trace").with_snapshots();
    let mut records = Vec::new();
    while reader.decode(&mut records).expect("memory can be read") {}
    assert!(reader.has_ended());
    assert_eq!(reader.damage(), Default::default());
    assert_eq!(reader.facts(), &facts);
    assert_eq!(records, direct.records);
});
