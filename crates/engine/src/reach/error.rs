//! Inputs that cannot be looked at.

use thiserror::Error;

use super::blocks::Block;

/// Why a memory, its blocks or its roots are refused.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReachError {
    /// The memory is larger than any engine allows.
    #[error(
        "a memory of {size} bytes, but none with pointers of {pointer} bytes has more than {most}"
    )]
    MemoryTooLarge {
        /// Its size in bytes.
        size: u64,
        /// Bytes of a pointer.
        pointer: u64,
        /// The most that it may have, in bytes.
        most: u64,
    },
    /// A page does not lie in the memory as a page does.
    #[error(
        "{length} bytes at {address:#x} are no page of a memory of {size} bytes: \
         pages begin at multiples of 4096, end at one or at the memory's end, and none comes twice"
    )]
    NotAPage {
        /// Where it begins.
        address: u64,
        /// Its bytes.
        length: u64,
        /// The size of the memory in bytes.
        size: u64,
    },
    /// Two live blocks share bytes.
    #[error(
        "the live blocks at {:#x} ({} bytes) and {:#x} ({} bytes) overlap: \
         one of them was freed, or the allocator is not the one that was recorded",
        first.address, first.size, second.address, second.size
    )]
    BlocksOverlap {
        /// The lower one.
        first: Block,
        /// The upper one.
        second: Block,
    },
    /// A live block ends behind the last address there is.
    #[error("the live block at {:#x} ({} bytes) ends behind all addresses", block.address, block.size)]
    BlockTooLarge {
        /// The block.
        block: Block,
    },
    /// The ranges of two roots share bytes.
    #[error(
        "the roots {first} and {second} overlap at {address:#x}: \
         what is part of a stack is no static data"
    )]
    RootsOverlap {
        /// The number of the one that begins lower.
        first: u32,
        /// The number of the other.
        second: u32,
        /// The first address that they share.
        address: u64,
    },
    /// The range of a root ends before it begins, or a stack is used from outside of it.
    #[error("the range of root {root} ends before it begins, or its used part is not inside of it")]
    RootRange {
        /// The number of the root.
        root: u32,
    },
    /// Tags take more bits than pointers have to spare.
    #[error(
        "{bits} low bits as a tag, but pointers of {pointer} bytes have at most {most} to spare"
    )]
    TooManyTagBits {
        /// Bits asked for.
        bits: u32,
        /// Bytes of a pointer.
        pointer: u64,
        /// The most.
        most: u32,
    },
    /// More blocks, roots or pointers than can be numbered.
    #[error("{found} {what}, but only {most} can be numbered")]
    TooMany {
        /// What there are too many of.
        what: &'static str,
        /// How many there are.
        found: u64,
        /// The most.
        most: u64,
    },
}
