//! The TLSF of `AssemblyScript`. The header of a block is its size, with bit 0 set if
//! it is free and bit 1 if the one before is; the last word of a free block is its
//! address (`std/assembly/rt/tlsf.ts`).

use unfreed_events::trace::MemoryImage;

use super::Header;

const FREE: u32 = 1;
const BEFORE_FREE: u32 = 2;
const WORD: u64 = 4;

pub fn header(image: &MemoryImage, address: u64) -> Option<Header> {
    let head = image.u32_at(address)?;
    let size = head & !(FREE | BEFORE_FREE);
    if size == 0 {
        return Some(Header::End);
    }
    let end = address.checked_add(WORD + u64::from(size))?;
    let is_free = head & FREE != 0;
    let next = image.u32_at(end)?;
    if size % 16 != 12 || (next & BEFORE_FREE != 0) != is_free {
        return None;
    }
    match is_free {
        false => Some(Header::Used(end)),
        true if u64::from(image.u32_at(end - WORD)?) == address => Some(Header::Free(end)),
        true => None,
    }
}
