//! The small bins of dlmalloc, which hold no blocks but look as if they did.
//!
//! When the last chunk of a bin is taken, dlmalloc clears the bin's bit and leaves its
//! two pointers as they are (`unlink_small_chunk` of dlmalloc 2.8), so that they point
//! into what is allocated next.

use std::ops::Range;

use crate::reach::{Bytes, Root};

/// Bins; each has two words.
const BINS: u64 = 32;

/// The roots without the bins that lie in static data.
pub(super) fn left_out(roots: Vec<Root>, now: &Bytes<'_>) -> Vec<Root> {
    let mut left = Vec::with_capacity(roots.len() + 1);
    for root in roots {
        match &root {
            Root::Static { range } => match bins(range, now) {
                Some(bins) => {
                    let before = range.start..bins.start;
                    let behind = bins.end..range.end.max(bins.end);
                    left.extend([before, behind].map(|range| Root::Static { range }));
                }
                None => left.push(root),
            },
            _ => left.push(root),
        }
    }
    left
}

/// Where the bins are. An empty one is linked to itself, as if it was a chunk two words
/// before it. The first two are always empty: no chunk is so small.
fn bins(range: &Range<u64>, now: &Bytes<'_>) -> Option<Range<u64>> {
    let word = now.pointer().bytes();
    let is_empty = |bin: u64| {
        let chunk = bin.checked_sub(2 * word);
        chunk.is_some() && now.word(bin) == chunk && now.word(bin + word) == chunk
    };
    now.find_word(range.start, range.end, |at, value| {
        let may_be = at.checked_sub(2 * word) == Some(value);
        let is_first = may_be && is_empty(at) && is_empty(at + 2 * word);
        is_first.then(|| at..at + BINS * 2 * word)
    })
}

#[cfg(test)]
mod tests {
    use unfreed_events::trace::MemoryImage;

    use super::*;
    use crate::reach::PointerSize;

    #[test]
    fn bins_are_no_roots_whatever_they_point_to() {
        let mut words = [0_u32; 1024];
        // Bins from 400 on, all of them empty but one.
        for bin in 0..32 {
            let at = 400 + 8 * bin;
            words[at as usize / 4..][..2].fill(at - 8);
        }
        words[(400 + 8 * 5) / 4] = 9000;
        words[10] = 9000;
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let image = MemoryImage::of_bytes(&bytes);
        let now = Bytes::of(&image, PointerSize::Four).expect("a page");
        let left = left_out(vec![Root::Static { range: 0..4096 }], &now);
        let ranges = left.iter().map(|root| match root {
            Root::Static { range } => range.clone(),
            other => panic!("{other:?}"),
        });
        assert_eq!(ranges.collect::<Vec<_>>(), [0..400, 656..4096]);
    }

    #[test]
    fn words_that_are_no_bins_stay() {
        let mut words = [0_u32; 1024];
        words[100] = 392;
        words[101] = 392;
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let image = MemoryImage::of_bytes(&bytes);
        let now = Bytes::of(&image, PointerSize::Four).expect("a page");
        let left = left_out(vec![Root::Static { range: 0..4096 }], &now);
        assert_eq!(left.len(), 1);
    }
}
