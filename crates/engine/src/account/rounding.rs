//! Allocators of which it is known what a block takes, but not what lies between
//! blocks.
//!
//! `wee_alloc` takes small blocks from cells of its own, which no event tells of, and
//! which cells those are depends on the alignment, which is not recorded. mimalloc
//! hands out slots of pages, whose places only its own tables tell.

/// What a block takes at least. All figures are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// The crate `wee_alloc` 0.4 with 32-bit words: two words before each block, and
    /// whole words.
    WeeAlloc,
    /// mimalloc 2 and 3 with 32-bit words (`_mi_bin` of `page-queue.c`): a block lies
    /// in a slot of a page of equal slots. Where it is built for alignment to 16,
    /// slots are larger.
    Mimalloc,
}

/// Larger blocks of mimalloc may have a page of their own, cut in another way.
const LARGEST_SLOT: u64 = 1 << 16;

/// Bytes of a word.
const WORD: u64 = 4;

impl Rounding {
    /// What the allocator is called.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Rounding::WeeAlloc => "wee_alloc",
            Rounding::Mimalloc => "mimalloc",
        }
    }

    /// State before each block.
    #[inline]
    #[must_use]
    pub fn head(self) -> u64 {
        match self {
            Rounding::WeeAlloc => 2 * WORD,
            Rounding::Mimalloc => 0,
        }
    }

    /// What a block of `size` bytes takes at least, with its header.
    #[inline]
    #[must_use]
    pub fn extent(self, size: u64) -> u64 {
        match self {
            Rounding::WeeAlloc => size.div_ceil(WORD).saturating_add(2).saturating_mul(WORD),
            Rounding::Mimalloc if size > LARGEST_SLOT => size,
            Rounding::Mimalloc => slot(size.div_ceil(WORD)) * WORD,
        }
    }
}

/// The slot for so many words: two steps up to eight words, then four from one power
/// of two to the next.
fn slot(words: u64) -> u64 {
    match words {
        0 | 1 => 1,
        2..=8 => words.next_multiple_of(2),
        _ => words.next_multiple_of(1 << ((words - 1).ilog2() - 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_of_wee_alloc_are_cells() {
        for (size, cell) in [(1, 12), (4, 12), (5, 16), (42, 52), (74, 84)] {
            assert_eq!(Rounding::WeeAlloc.extent(size), cell, "{size}");
        }
    }

    #[test]
    fn extents_of_mimalloc_are_its_slots() {
        // The least distances of neighbours of these sizes in the heap of the npm
        // package wasm-vips.
        for (size, slot) in [
            (1, 4),
            (5, 8),
            (12, 16),
            (17, 24),
            (34, 40),
            (56, 56),
            (65, 80),
            (81, 96),
            (129, 160),
            (161, 192),
            (260, 320),
            (4097, 5120),
            (16_384, 16_384),
        ] {
            assert_eq!(Rounding::Mimalloc.extent(size), slot, "{size}");
        }
        assert_eq!(Rounding::Mimalloc.extent(1 << 20), 1 << 20);
    }
}
