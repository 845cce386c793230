//! A memory, its live blocks and its roots, and the pointers between them.

use super::blocks::Blocks;
use super::bytes::Bytes;
use super::error::ReachError;
use super::interior::Interior;
use super::pointers::{MOST_NODES, Pointers};
use super::roots::{Root, Roots};

/// What counts as a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScanOptions {
    /// How many low bits of a pointer may be a tag, 0 by default: at most 2 of a
    /// pointer of 4 bytes, 3 of one of 8. A word counts as it is and, if that is no
    /// start-pointer, without its tag. Rust's std and wasm-bindgen tag no pointer to
    /// a block on wasm32; the crates `bytes` and `crossbeam-epoch` do, and so do
    /// interpreters of dynamic languages. The allocators (dlmalloc, emmalloc, TLSF)
    /// tag sizes in headers only, which are not part of blocks.
    pub tag_bits: u32,
    /// Interior pointers that count as start-pointers.
    pub interior: Interior,
}

impl Default for ScanOptions {
    fn default() -> ScanOptions {
        ScanOptions {
            tag_bits: 0,
            interior: Interior::ALL,
        }
    }
}

/// A pointer to a live block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    /// The block's index.
    pub block: u32,
    /// The bytes from the block's begin to where it points.
    pub offset: u64,
    /// Whether it counts as a start-pointer.
    pub is_start: bool,
}

/// What is looked at, and the pointers found in it.
///
/// Words of pointer size at multiples of it are taken for pointers if they lie in a
/// live block. Zero is no pointer, and neither is the address one past a block's
/// end (memcheck has it so, too). What is left at the end of a block that is no
/// whole word is not looked at.
#[derive(Clone, Debug)]
pub struct Heap<'a> {
    bytes: Bytes<'a>,
    blocks: Blocks,
    roots: Roots,
    options: ScanOptions,
    /// The bits of a word that are not its tag.
    mask: u64,
    pointers: Pointers,
}

impl<'a> Heap<'a> {
    /// Puts them together, and looks at all words of live blocks and roots.
    ///
    /// # Errors
    ///
    /// [`ReachError::TooManyTagBits`] or [`ReachError::TooMany`].
    pub fn new(
        bytes: Bytes<'a>,
        blocks: Blocks,
        roots: Roots,
        options: ScanOptions,
    ) -> Result<Heap<'a>, ReachError> {
        let pointer = bytes.pointer().bytes();
        let most = pointer.ilog2();
        if options.tag_bits > most {
            return Err(ReachError::TooManyTagBits {
                bits: options.tag_bits,
                pointer,
                most,
            });
        }
        // A class has a handle: each root makes two nodes at most.
        let nodes = blocks.as_slice().len() as u64 + 2 * roots.as_slice().len() as u64 + 16;
        if nodes > MOST_NODES {
            return Err(ReachError::TooMany {
                what: "live blocks and roots",
                found: nodes,
                most: MOST_NODES,
            });
        }
        let mut heap = Heap {
            bytes,
            blocks,
            roots,
            options,
            mask: u64::MAX << options.tag_bits,
            pointers: Pointers::default(),
        };
        heap.pointers = Pointers::of(&heap)?;
        Ok(heap)
    }

    /// Its bytes.
    #[must_use]
    pub fn bytes(&self) -> &Bytes<'a> {
        &self.bytes
    }

    /// Its live blocks.
    #[must_use]
    pub fn blocks(&self) -> &Blocks {
        &self.blocks
    }

    /// Its roots.
    #[must_use]
    pub fn roots(&self) -> &Roots {
        &self.roots
    }

    /// Bytes of live blocks that lie behind the memory's end, where nothing can be
    /// looked at.
    #[must_use]
    pub fn bytes_outside(&self) -> u64 {
        let size = self.bytes.size();
        let blocks = self.blocks.as_slice().iter().rev();
        let outside = blocks.map_while(|block| {
            let end = block.address + block.size;
            (block.end() > size).then(|| end.saturating_sub(size.max(block.address)))
        });
        outside.sum()
    }

    /// The pointers found.
    pub(super) fn pointers(&self) -> &Pointers {
        &self.pointers
    }

    /// The block that a word of memory points to.
    #[inline]
    pub(super) fn pointer(&self, word: u64) -> Option<Pointer> {
        if word & self.mask == 0 {
            return None;
        }
        let plain = self.blocks.find(word);
        match plain {
            Some((block, 0)) => Some(Pointer {
                block,
                offset: 0,
                is_start: true,
            }),
            _ if self.options.tag_bits == 0 => {
                let (block, offset) = plain?;
                Some(self.inside(block, offset))
            }
            _ => {
                let (block, offset) = self.blocks.find(word & self.mask).or(plain)?;
                Some(self.inside(block, offset))
            }
        }
    }

    #[inline]
    fn inside(&self, block: u32, offset: u64) -> Pointer {
        let is_start = offset == 0 || {
            let block = &self.blocks.as_slice()[block as usize];
            self.options.interior.takes(&self.bytes, block, offset)
        };
        Pointer {
            block,
            offset,
            is_start,
        }
    }

    /// Whether a word belongs to a stack, and so not to the block that the stack lies in.
    #[inline]
    fn is_in_stack(&self, address: u64) -> bool {
        self.roots.stacks_touch(address, address + 1)
    }

    /// Calls `look` with each pointer in a block and the address of its word, until it
    /// gives something.
    #[inline]
    pub(super) fn each_in_block<T>(
        &self,
        block: u32,
        mut look: impl FnMut(u64, Pointer) -> Option<T>,
    ) -> Option<T> {
        let block = &self.blocks.as_slice()[block as usize];
        let end = block.address + block.size;
        let has_stack = self.roots.stacks_touch(block.address, end);
        self.each_in_words(block.address, end, |at, pointer| {
            if has_stack && self.is_in_stack(at) {
                return None;
            }
            look(at, pointer)
        })
    }

    /// Calls `look` with each pointer of a root, and the address of its word if it lies
    /// in one, until it gives something.
    pub(super) fn each_in_root<T>(
        &self,
        root: u32,
        mut look: impl FnMut(Option<u64>, Pointer) -> Option<T>,
    ) -> Option<T> {
        let precise = |address| {
            let (block, offset) = self.blocks.find(address)?;
            Some(Pointer {
                block,
                offset,
                is_start: true,
            })
        };
        match &self.roots.as_slice()[root as usize] {
            Root::Static { range } => self.each_in_words(range.start, range.end, |at, pointer| {
                if self.blocks.find(at).is_some() {
                    return None;
                }
                look(Some(at), pointer)
            }),
            Root::Stack {
                extent, used_from, ..
            } => {
                let around = precise(extent.start).filter(|_| !extent.is_empty());
                let found = around.and_then(|around| look(None, around));
                found.or_else(|| {
                    self.each_in_words(*used_from, extent.end, |at, pointer| {
                        look(Some(at), pointer)
                    })
                })
            }
            Root::Global { value, .. } => look(None, self.pointer(*value)?),
            Root::Handle { pointer, .. } => look(None, precise(*pointer)?),
        }
    }

    #[inline]
    fn each_in_words<T>(
        &self,
        from: u64,
        end: u64,
        mut look: impl FnMut(u64, Pointer) -> Option<T>,
    ) -> Option<T> {
        // The last word must be whole.
        let width = self.bytes.pointer().bytes();
        let end = (end - end % width).max(from);
        self.bytes
            .find_word(from, end, |at, word| look(at, self.pointer(word)?))
    }
}
