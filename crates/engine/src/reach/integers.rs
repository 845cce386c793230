//! How many integers look like pointers.
//!
//! A conservative scan keeps a block for any word that has the value of an address
//! in it. How often that happens by accident cannot be counted, since nothing tells
//! such a word from a pointer. It can be estimated where no pointers are: copies of
//! the memory's address range are laid side by side behind it, up to the end of the
//! 32-bit address space. A word whose value lies in a copy cannot be a pointer, and
//! would hit a block if the copy's blocks were real.

use super::classes::Reachability;
use super::heap::Heap;
use super::roots::Root;

/// At most so many copies.
const MOST_COPIES: u64 = 255;

/// Words that hit a block, in a copy of the address range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hits {
    /// They would count as start-pointers if they were pointers.
    pub start: u64,
    /// They lie in a block, at its start or behind it.
    pub any: u64,
}

/// What integers may do to a scan. These are estimates, and more than half of a
/// memory's words may well be like none of them: the copies show integers that are
/// spread over all 32 bits, such as hashes, ciphers, text and pixels. Small integers
/// lie in no copy, and in few heaps: below the first block. Floating-point numbers
/// crowd at the values of their exponents (1.0 is 0x3f80_0000, or 0x3ff0_0000 as the
/// upper half of a 64-bit one), which may be in the memory's own range or not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Integers {
    /// Words looked at that are not 0: those of roots, and of blocks that roots lead
    /// to.
    pub words: u64,
    /// Those of them whose value lies in a live block: real pointers, and integers.
    pub hits: u64,
    /// Those of them whose value lies between live blocks: dangling pointers, pointers
    /// to what is no block, and integers.
    pub misses: u64,
    /// The chance that a random word of pointer size hits a live block: all bytes of
    /// live blocks, divided by 2^32 or 2^64.
    pub chance: f64,
    /// The chance that a random word is the address of a live block.
    pub chance_of_start: f64,
    /// The hits in each copy, the nearest to the memory first. Empty if the memory
    /// takes more than half of the address space.
    pub copies: Vec<Hits>,
}

impl Integers {
    /// Looks at all words of roots and of blocks that are not lost, once.
    #[must_use]
    pub fn of(heap: &Heap<'_>, reachability: &Reachability) -> Integers {
        let blocks = heap.blocks().as_slice();
        let bits = 8 * heap.bytes().pointer().bytes() as i32;
        let space = f64::from(bits).exp2();
        // Copies of a power of two leave the low bits of words as they are.
        let (start, span) = heap.blocks().span();
        let stride = heap
            .bytes()
            .size()
            .max(start + span)
            .checked_next_power_of_two();
        let shift = stride.map_or(63, u64::ilog2);
        let copies = (1u64 << (bits as u32).min(63) >> shift).saturating_sub(1);
        let mut counting = Counting {
            heap,
            shift,
            integers: Integers {
                chance: heap.blocks().bytes() as f64 / space,
                chance_of_start: blocks.len() as f64 / space,
                copies: vec![Hits::default(); copies.min(MOST_COPIES) as usize],
                ..Integers::default()
            },
        };
        for root in heap.roots().as_slice() {
            match root {
                Root::Static { range } => counting.count(range.start, range.end),
                Root::Stack {
                    extent, used_from, ..
                } => counting.count(*used_from, extent.end),
                Root::Global { value, .. } => counting.word(*value),
                Root::Handle { .. } => {}
            }
        }
        for (index, block) in (0..).zip(blocks) {
            if !reachability.is_lost(index) {
                counting.count(block.address, block.address + block.size);
            }
        }
        counting.integers
    }

    /// How many of the hits are integers, as the copies have it on average: start, and
    /// any. `None` if there are no copies.
    #[must_use]
    pub fn expected(&self) -> Option<(f64, f64)> {
        let copies = self.copies.len() as f64;
        let sum = |of: fn(&Hits) -> u64| self.copies.iter().map(of).sum::<u64>() as f64;
        (copies > 0.0).then(|| {
            (
                sum(|hits| hits.start) / copies,
                sum(|hits| hits.any) / copies,
            )
        })
    }
}

struct Counting<'a> {
    heap: &'a Heap<'a>,
    /// A copy has `1 << shift` addresses.
    shift: u32,
    integers: Integers,
}

impl Counting<'_> {
    fn count(&mut self, from: u64, end: u64) {
        let heap = self.heap;
        let width = heap.bytes().pointer().bytes();
        let end = (end - end % width).max(from);
        heap.bytes().find_word(from, end, |_, word| {
            self.word(word);
            None::<()>
        });
    }

    #[inline]
    fn word(&mut self, word: u64) {
        if word == 0 {
            return;
        }
        self.integers.words += 1;
        let copy = word >> self.shift;
        if copy == 0 {
            let (start, span) = self.heap.blocks().span();
            if word.wrapping_sub(start) < span {
                match self.heap.pointer(word) {
                    Some(_) => self.integers.hits += 1,
                    None => self.integers.misses += 1,
                }
            }
            return;
        }
        let Some(hits) = self.integers.copies.get_mut(copy as usize - 1) else {
            return;
        };
        if let Some(pointer) = self.heap.pointer(word & ((1 << self.shift) - 1)) {
            hits.start += u64::from(pointer.is_start);
            hits.any += 1;
        }
    }
}
