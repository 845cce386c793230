//! Emscripten's emmalloc. A region begins with its size and ends with the same, with
//! bit 0 set if it is free (`emmalloc.c`, "struct Region").

use unfreed_events::trace::MemoryImage;

use super::Header;

const FREE: u32 = 1;
const LEAST: u32 = 16;

pub fn header(image: &MemoryImage, address: u64) -> Option<Header> {
    let (size, is_free) = region(image, address)?;
    let end = address + u64::from(size);
    Some(match is_free {
        true => Header::Free(end),
        // The least region, in use and with none behind it, ends what it was given.
        false if size == LEAST && region(image, end).is_none() => Header::End,
        false => Header::Used(end),
    })
}

/// Its size, and whether it is free.
fn region(image: &MemoryImage, address: u64) -> Option<(u32, bool)> {
    let size = image.u32_at(address)?;
    if size < LEAST || !size.is_multiple_of(4) {
        return None;
    }
    let last = image.u32_at(address.checked_add(u64::from(size))? - 4)?;
    (last & !FREE == size).then_some((size, last & FREE != 0))
}
