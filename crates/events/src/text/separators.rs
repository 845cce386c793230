//! Where lines and fields end: the places of all spaces and line ends of a
//! piece, found 64 bytes at a time without a branch for each (the technique of
//! G. Langdale and D. Lemire, "Parsing gigabytes of JSON per second", 2019).

use wide::u8x16;

/// Bytes looked at together: one for each bit of a mask.
const BLOCK: usize = 64;

/// Places that are written together; most blocks have fewer.
const RUN: usize = 8;

/// The places of spaces and line ends.
#[derive(Default)]
pub(super) struct Separators {
    /// Only the first `length` count, the rest is room to write into.
    places: Vec<u32>,
    length: usize,
}

impl Separators {
    /// Finds those of `piece`, which is shorter than 4 GiB.
    pub fn find(&mut self, piece: &[u8]) -> &[u32] {
        self.length = 0;
        let room = piece.len() + BLOCK + RUN;
        if self.places.len() < room {
            self.places.resize(room, 0);
        }
        let (blocks, rest) = piece.as_chunks::<BLOCK>();
        for (index, block) in blocks.iter().enumerate() {
            self.add(index * BLOCK, separators(block));
        }
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        self.add(blocks.len() * BLOCK, separators(&last));
        &self.places[..self.length]
    }

    /// Adds the place of each bit of `mask`.
    #[inline]
    fn add(&mut self, base: usize, mut mask: u64) {
        let end = self.length + mask.count_ones() as usize;
        let mut at = self.length;
        while at < end {
            let Some(run) = self.places[at..].first_chunk_mut::<RUN>() else {
                return;
            };
            for place in run {
                *place = base as u32 + mask.trailing_zeros();
                mask &= mask.wrapping_sub(1);
            }
            at += RUN;
        }
        self.length = end;
    }
}

/// A bit for each byte that is a space or a line end.
#[inline]
fn separators(block: &[u8; BLOCK]) -> u64 {
    let (space, end) = (u8x16::splat(b' '), u8x16::splat(b'\n'));
    let (quarters, _) = block.as_chunks::<16>();
    let mut mask = 0;
    for (index, quarter) in quarters.iter().enumerate() {
        let bytes = u8x16::new(*quarter);
        let found = bytes.simd_eq(space) | bytes.simd_eq(end);
        mask |= u64::from(found.to_bitmask()) << (16 * index);
    }
    mask
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_space_and_line_end_is_found_once() {
        let mut separators = Separators::default();
        for length in [0, 1, 63, 64, 65, 128, 1000] {
            for step in [1, 2, 3, 7, 64] {
                let byte = |at: usize| match at.is_multiple_of(step) {
                    true if at.is_multiple_of(2) => b' ',
                    true => b'\n',
                    false => b'x',
                };
                let piece: Vec<u8> = (0..length).map(byte).collect();
                let expected: Vec<u32> = (0..length as u32).step_by(step).collect();
                assert_eq!(separators.find(&piece), expected, "{length} {step}");
            }
        }
    }
}
