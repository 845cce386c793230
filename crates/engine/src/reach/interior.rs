//! Interior pointers that a program uses as its only ones.
//!
//! memcheck has such heuristics for C++ (`--leak-check-heuristics`). These are what
//! compilers to wasm make of Rust and C++.

use super::blocks::Block;
use super::bytes::Bytes;

/// Which interior pointers count as start-pointers. Each looks at the block that is
/// pointed to, so that a random integer seldom passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interior {
    /// `Rc::into_raw` and `Arc::into_raw` of Rust: they point behind two counters,
    /// which must be 1 to 2^24.
    pub reference_counted: bool,
    /// A `HashMap` of Rust (hashbrown) points to its control bytes, behind its
    /// entries: one for each of 2^n buckets, the first eight of which are repeated
    /// at the end of the block.
    pub hash_table: bool,
    /// `new T[n]` of C++ with a destructor: the number of elements stands before
    /// them, 4, 8 or 16 bytes from the block's begin, and divides what follows.
    pub new_array: bool,
}

/// Control bytes that hashbrown looks at together, on wasm.
const GROUP: u64 = 8;

/// The control byte of an empty bucket.
const EMPTY: u8 = 0xff;

/// More references to one object are not believed.
const MOST_REFERENCES: u64 = 1 << 24;

impl Interior {
    /// All of them.
    pub const ALL: Interior = Interior {
        reference_counted: true,
        hash_table: true,
        new_array: true,
    };

    /// None: what memcheck's nine cases say, without exception.
    pub const NONE: Interior = Interior {
        reference_counted: false,
        hash_table: false,
        new_array: false,
    };

    pub(super) fn takes(self, bytes: &Bytes<'_>, block: &Block, offset: u64) -> bool {
        self.reference_counted && is_reference_counted(bytes, block, offset)
            || self.new_array && is_new_array(bytes, block, offset)
            || self.hash_table && is_hash_table(bytes, block, offset)
    }
}

fn is_reference_counted(bytes: &Bytes<'_>, block: &Block, offset: u64) -> bool {
    let width = bytes.pointer().bytes();
    let is_count = |at| {
        bytes
            .word(at)
            .is_some_and(|count| (1..=MOST_REFERENCES).contains(&count))
    };
    offset == 2 * width && is_count(block.address) && is_count(block.address + width)
}

fn is_new_array(bytes: &Bytes<'_>, block: &Block, offset: u64) -> bool {
    let width = bytes.pointer().bytes();
    if offset < width || !matches!(offset, 4 | 8 | 16) {
        return false;
    }
    let room = block.size - offset;
    // One element would pass for anything that begins with a 1.
    let count = bytes.word(block.address + offset - width);
    count.is_some_and(|count| count > 1 && count <= room && room.is_multiple_of(count))
}

fn is_hash_table(bytes: &Bytes<'_>, block: &Block, offset: u64) -> bool {
    let Some(buckets) = (block.size - offset).checked_sub(GROUP) else {
        return false;
    };
    // The entries lie before; they have a byte at least.
    let has_shape = buckets >= 4
        && buckets.is_power_of_two()
        && offset >= buckets
        && offset.is_multiple_of(GROUP);
    if !has_shape {
        return false;
    }
    let [mut first, mut last] = [[0; GROUP as usize]; 2];
    let control = block.address + offset;
    bytes.read(control, &mut first);
    bytes.read(control + buckets, &mut last);
    match buckets {
        4 => {
            first[4..] == [EMPTY; 4] && last[..4] == first[4..] && {
                let mut again = [0; 4];
                bytes.read(control + GROUP, &mut again);
                again == first[..4]
            }
        }
        _ => first == last && first != [0; GROUP as usize],
    }
}
