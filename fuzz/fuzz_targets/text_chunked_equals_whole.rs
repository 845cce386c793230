//! The pieces that a log comes in make no difference, and every line of it is
//! accounted for.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unfreed_fuzz::input;
use unfreed_fuzz::properties::{assert_lines_are_accounted, assert_same, decode};

fuzz_target!(|bytes: &[u8]| {
    let Some(input) = input::read(bytes) else {
        return;
    };
    let whole = decode([input.log], &input.options);
    assert_lines_are_accounted(&whole);
    assert_same(&decode(input.log.chunks(1), &input.options), &whole);
    assert_same(
        &decode(pieces(input.log, input.lengths), &input.options),
        &whole,
    );
});

/// The log in pieces of these lengths, one after another and again.
fn pieces<'a>(log: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let (mut rest, mut pieces) = (log, Vec::new());
    for length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        // An empty piece is a piece too, but at least one byte goes each time.
        if length % 16 == 0 {
            pieces.push(&rest[..0]);
        }
        let (piece, after) = rest.split_at(usize::from(*length).clamp(1, rest.len()));
        pieces.push(piece);
        rest = after;
    }
    pieces.push(rest);
    pieces
}
