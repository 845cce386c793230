//! A trace of memtrace of any bytes is read without a panic, and its records are in
//! order.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::memtrace::MemtraceReader;
use unfreed_events::text::TextStats;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut reader) = MemtraceReader::new(bytes) else {
        return;
    };
    let (mut engine, mut records, mut latest) = (Engine::new(), Vec::new(), 0);
    while reader.decode(&mut records).expect("memory can be read") {
        assert!(records.is_sorted_by_key(|record| record.line));
        assert!(records.first().is_none_or(|first| first.line >= latest));
        latest = records.last().map_or(latest, |last| last.line);
        engine.apply(&records);
        records.clear();
    }
    engine.apply(&records);
    let input = Input::of_text(TextStats::default());
    engine.finish(reader.names(), &input, &Options::default());
});
