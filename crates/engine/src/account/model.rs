//! How allocators cut memory into blocks.
//!
//! All that are modelled keep a word of state before each block (boundary tags,
//! Knuth, The Art of Computer Programming, vol. 1, section 2.5) and cut what is
//! free from its lower end. A block therefore has an *extent*: its state, what was
//! asked for, and what rounding added. Extents and holes lie side by side.

/// An allocator that cuts memory in a known way. All figures are in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Model {
    /// What it is called.
    pub name: &'static str,
    /// State before each block.
    pub head: u64,
    /// State of a block that is in use, before and behind it.
    pub state: u64,
    /// What extents are multiples of.
    pub step: u64,
    /// The least extent.
    pub least: u64,
    /// What is left of a hole stays with the block if it is less than this.
    pub split: u64,
    /// State at the begin of a piece of memory that the allocator was given.
    pub lead: u64,
    /// Whether it may have been built with 16 for its alignment, which shows in the
    /// addresses of its blocks.
    pub may_align_to_16: bool,
}

/// Doug Lea's malloc 2.8 with 32-bit words: the crate `dlmalloc` (Rust's for
/// wasm32-unknown-unknown), Emscripten's and wasi-libc's. A block in use has one
/// word of state; its chunk ends with the first word of the next chunk, which it
/// may use, so that extents are chunks moved by a word.
pub const DLMALLOC: Model = Model {
    name: "dlmalloc",
    head: 4,
    state: 4,
    step: 8,
    least: 16,
    split: 16,
    lead: 4,
    may_align_to_16: true,
};

/// The same with 64-bit words.
pub const DLMALLOC_64: Model = Model {
    name: "dlmalloc of 64 bits",
    head: 8,
    state: 8,
    least: 32,
    split: 32,
    lead: 8,
    ..DLMALLOC
};

/// Emscripten's emmalloc: a size before and one behind each region.
pub const EMMALLOC: Model = Model {
    name: "emmalloc",
    head: 4,
    state: 8,
    step: 8,
    least: 16,
    split: 16,
    lead: 4,
    may_align_to_16: false,
};

/// AssemblyScript's `rt/tlsf` (TLSF, Masmano et al., ECRTS 2004): a word before
/// each block.
pub const TLSF: Model = Model {
    name: "TLSF",
    head: 4,
    state: 4,
    step: 16,
    least: 16,
    split: 16,
    lead: 4,
    may_align_to_16: false,
};

impl Model {
    /// The extent of a block of `size` bytes where extents are multiples of `step`,
    /// unless what is left of a hole stays with it.
    #[inline]
    pub fn extent(&self, size: u64, step: u64) -> u64 {
        let needed = size.saturating_add(self.state + step - 1) / step * step;
        needed.max(self.least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extents_are_those_of_the_allocators() {
        // Chunk sizes as `request2size` of malloc.c gives them.
        for (size, chunk) in [
            (0, 16),
            (1, 16),
            (12, 16),
            (13, 24),
            (20, 24),
            (21, 32),
            (1 << 20, (1 << 20) + 8),
        ] {
            assert_eq!(DLMALLOC.extent(size, 8), chunk, "{size}");
        }
        for (size, chunk) in [(12, 16), (13, 32), (28, 32), (29, 48)] {
            assert_eq!(DLMALLOC.extent(size, 16), chunk, "{size}");
            assert_eq!(TLSF.extent(size, TLSF.step), chunk, "{size}");
        }
        for (size, chunk) in [(1, 32), (24, 32), (25, 40)] {
            assert_eq!(DLMALLOC_64.extent(size, 8), chunk, "{size}");
        }
        for (size, region) in [(1, 16), (8, 16), (9, 24), (16, 24)] {
            assert_eq!(EMMALLOC.extent(size, 8), region, "{size}");
        }
    }
}
