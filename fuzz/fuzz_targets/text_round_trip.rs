//! What is decoded can be written, says the same when it is decoded again, and
//! is then written the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_fuzz::input;
use unfreed_fuzz::properties::{assert_round_trip, assert_spaces_at_the_end_are_nothing, decode};

fuzz_target!(|bytes: &[u8]| {
    let Some(input) = input::read(bytes) else {
        return;
    };
    let decoded = decode([input.log], &input.options);
    assert_round_trip(&decoded.names, &decoded.records);
    assert_spaces_at_the_end_are_nothing(input.log);
});
