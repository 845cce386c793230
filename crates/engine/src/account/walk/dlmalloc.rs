//! dlmalloc 2.8, of C and of Rust. The header of a chunk is its size, with bit 0 set
//! if the chunk before is in use and bit 1 if this one is; a free chunk repeats its
//! size in its last word (`malloc.c`, "struct malloc_chunk"). The word before a block
//! is the header, so that what is called a chunk here begins with it, a word behind
//! where malloc.c says.

use unfreed_events::trace::MemoryImage;

use super::Header;

const BEFORE_IN_USE: u64 = 1;
const IN_USE: u64 = 2;
const FLAGS: u64 = 7;

pub fn header(image: &MemoryImage, address: u64, word: u64) -> Option<Header> {
    let at = |address| match word {
        8 => image.u64_at(address),
        _ => image.u32_at(address).map(u64::from),
    };
    // Behind an older segment stand words that look in use and are no chunks.
    let fencepost = word | BEFORE_IN_USE | IN_USE;
    let head = at(address)?;
    let size = head & !FLAGS;
    let in_use = head & IN_USE != 0;
    if head == fencepost {
        return Some(Header::End);
    }
    // What is free never has something free before it, but for the word behind the top.
    if head & (IN_USE | BEFORE_IN_USE) == 0 {
        return (size > 0).then_some(Header::End);
    }
    if size < 2 * word {
        return None;
    }
    let end = address.checked_add(size)?;
    let next = at(end)?;
    if (next & BEFORE_IN_USE != 0) != in_use {
        return None;
    }
    let is_top = next & (IN_USE | BEFORE_IN_USE) == 0;
    match in_use {
        // The record of the segment is the last in it.
        true if next == fencepost => Some(Header::Own(end)),
        true => Some(Header::Used(end)),
        false if is_top || at(end - word)? == size => Some(Header::Free(end)),
        false => None,
    }
}
