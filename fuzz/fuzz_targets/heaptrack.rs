//! A file of heaptrack of any bytes is read without a panic, its records are in order,
//! and every free has its block.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_engine::ledger::Temporary;
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::heaptrack::HeaptrackReader;
use unfreed_events::text::TextStats;

fuzz_target!(|bytes: &[u8]| {
    let Ok(mut reader) = HeaptrackReader::new(bytes, str::to_owned) else {
        return;
    };
    let (mut engine, mut records, mut latest) = (Engine::new(), Vec::new(), 0);
    engine.count_temporary(Temporary::ByNextEvent);
    while let Ok(true) = reader.decode(&mut records) {
        assert!(records.is_sorted_by_key(|record| record.line));
        assert!(records.first().is_none_or(|first| first.line >= latest));
        latest = records.last().map_or(latest, |last| last.line);
        engine.apply(&records);
        records.clear();
    }
    engine.apply(&records);
    let input = Input::of_text(TextStats::default());
    let findings = engine.finish(reader.names(), &input, &Options::default());
    let totals = &findings.totals;
    assert_eq!(totals.allocations, totals.frees + totals.live);
});
