//! A profile of DHAT of any bytes is read without a panic, and its sums hold.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_engine::{Engine, Input, Options};
use unfreed_events::dhat::read_dhat;
use unfreed_events::text::TextStats;

fuzz_target!(|bytes: &[u8]| {
    let Ok(profile) = read_dhat(bytes, str::to_owned) else {
        return;
    };
    let mut engine = Engine::new();
    engine.apply_sums(&profile.sites, profile.peak_at);
    let input = Input::of_text(TextStats::default());
    let findings = engine.finish(&profile.names, &input, &Options::default());
    let totals = &findings.totals;
    assert_eq!(totals.allocations, totals.frees + totals.live);
    assert_eq!(totals.allocated_bytes, totals.freed_bytes + totals.live_bytes);
});
