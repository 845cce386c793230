//! Copies of linear memories at moments of a run.
//!
//! A copy is written as pages that are not all zero, many to a block, and behind
//! them what it is a copy of. Readers keep one at a time.

use std::io;

use serde::{Deserialize, Serialize};

use crate::limits::MAX_SNAPSHOT_PAGES;
use crate::trace::Said;
use crate::trace::raw;

/// Bytes of a page of a snapshot. Those of wasm are larger, and seldom zero as a
/// whole.
pub const SNAPSHOT_PAGE: usize = 4096;

/// Bytes of a number in a payload.
const NUMBER: usize = 4;

/// A block of pages: the number of the snapshot, how many pages there are, the
/// number of each in rising order (its address divided by [`SNAPSHOT_PAGE`]), all
/// u32; then the pages.
#[derive(Clone, Copy, Debug)]
pub struct Pages<'a> {
    /// The snapshot that they are of.
    pub snapshot: u32,
    numbers: &'a [[u8; NUMBER]],
    bytes: &'a [u8],
}

impl<'a> Pages<'a> {
    /// Reads a payload; `None` if it is none, or the pages are in no order
    /// or lie above all memories.
    #[must_use]
    pub fn parse(payload: &'a [u8]) -> Option<Pages<'a>> {
        let (head, rest) = payload.split_first_chunk::<{ 2 * NUMBER }>()?;
        let (head, _) = head.as_chunks::<NUMBER>();
        let count = u32::from_le_bytes(head[1]) as usize;
        let (numbers, bytes) = rest.split_at_checked(count.checked_mul(NUMBER)?)?;
        let (numbers, _) = numbers.as_chunks::<NUMBER>();
        let pages = Pages {
            snapshot: u32::from_le_bytes(head[0]),
            numbers,
            bytes,
        };
        let is_whole = count.checked_mul(SNAPSHOT_PAGE) == Some(bytes.len());
        let is_sorted = pages.numbers().is_sorted_by(|a, b| a < b);
        let (_, last) = pages.range()?;
        (is_whole && is_sorted && (last as usize) < MAX_SNAPSHOT_PAGES).then_some(pages)
    }

    /// The numbers of the first and of the last; `None` if there are none.
    pub(super) fn range(&self) -> Option<(u32, u32)> {
        let number = |bytes: &[u8; NUMBER]| u32::from_le_bytes(*bytes);
        Some((number(self.numbers.first()?), number(self.numbers.last()?)))
    }

    /// Their numbers.
    fn numbers(&self) -> impl Iterator<Item = u32> {
        self.numbers
            .iter()
            .map(|number| u32::from_le_bytes(*number))
    }

    /// How many they are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.numbers.len() as u64
    }

    /// The payload of these pages as those of another snapshot.
    pub(super) fn renumbered(&self, snapshot: u32) -> Vec<u8> {
        let numbers = self.numbers.as_flattened();
        let mut payload = Vec::with_capacity(2 * NUMBER + numbers.len() + self.bytes.len());
        payload.extend(snapshot.to_le_bytes());
        payload.extend((self.numbers.len() as u32).to_le_bytes());
        payload.extend(numbers);
        payload.extend(self.bytes);
        payload
    }
}

/// The bytes of a linear memory. Pages that it does not keep are zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryImage {
    size: u64,
    /// Numbers of the pages that are kept, rising.
    numbers: Vec<u32>,
    /// Those pages, one behind the other.
    bytes: Vec<u8>,
}

impl MemoryImage {
    /// A memory of `size` bytes that are all zero.
    #[must_use]
    pub fn new(size: u64) -> MemoryImage {
        MemoryImage {
            size,
            ..MemoryImage::default()
        }
    }

    /// A memory of which all bytes are known.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> MemoryImage {
        let mut image = MemoryImage::new(bytes.len() as u64);
        for (number, page) in (0..).zip(bytes.chunks(SNAPSHOT_PAGE)) {
            if page.iter().any(|byte| *byte != 0) {
                image.numbers.push(number);
                image.bytes.extend(page);
                image.bytes.resize(image.numbers.len() * SNAPSHOT_PAGE, 0);
            }
        }
        image
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    pub(super) fn set_size(&mut self, size: u64) {
        self.size = size;
    }

    /// Adds pages, which must lie above those that it has; `None` if they do not.
    pub fn add(&mut self, pages: &Pages<'_>) -> Option<()> {
        let lowest = pages.numbers().next();
        let is_above = lowest.is_none_or(|lowest| self.numbers.last() < Some(&lowest));
        if !is_above {
            return None;
        }
        self.numbers.extend(pages.numbers());
        self.bytes.extend(pages.bytes);
        Some(())
    }

    /// The address of each page that it keeps, and the page, from the lowest on.
    pub fn pages(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let numbers = self.numbers.iter();
        numbers
            .map(|number| u64::from(*number) * SNAPSHOT_PAGE as u64)
            .zip(self.bytes.chunks_exact(SNAPSHOT_PAGE))
    }

    /// The 32-bit number at a multiple of 4; `None` if that is none, or lies outside.
    #[must_use]
    pub fn u32_at(&self, address: u64) -> Option<u32> {
        if !address.is_multiple_of(4) || address.checked_add(4)? > self.size {
            return None;
        }
        let number = u32::try_from(address / SNAPSHOT_PAGE as u64).ok()?;
        let Ok(place) = self.numbers.binary_search(&number) else {
            return Some(0);
        };
        let at = place * SNAPSHOT_PAGE + address as usize % SNAPSHOT_PAGE;
        let bytes = self.bytes.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes))
    }

    /// The 64-bit number at a multiple of 8; `None` if that is none, or lies outside.
    #[must_use]
    pub fn u64_at(&self, address: u64) -> Option<u64> {
        if !address.is_multiple_of(8) {
            return None;
        }
        let low = u64::from(self.u32_at(address)?);
        Some(low | u64::from(self.u32_at(address + 4)?) << 32)
    }
}

/// A copy of a linear memory, taken when no code of the module ran on its thread.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Snapshot {
    /// The place of the memory in [`Facts::heaps`](crate::trace::Facts::heaps).
    pub heap: u16,
    /// How many events of the recording came before it.
    pub events_before: u64,
    /// What the thread said that took it.
    pub said: Said<raw::Snapshot>,
    /// The memory.
    #[serde(skip)]
    pub image: MemoryImage,
}

/// Gives the payloads of a snapshot's blocks of pages, one at each call; `None` when
/// there are no more.
pub type NextPages<'a> = dyn FnMut() -> io::Result<Option<Vec<u8>>> + 'a;

impl Snapshot {
    /// How many of its pages are missing: they could not be written or read.
    #[must_use]
    pub fn missing_pages(&self) -> u64 {
        let there = self.image.numbers.len() as u64;
        self.said.what.pages.saturating_sub(there)
    }

    /// Takes its pages.
    ///
    /// # Errors
    ///
    /// Those of `next`. Pages that are damaged are missing.
    pub fn fill(&mut self, next: &mut NextPages<'_>) -> io::Result<()> {
        self.image = MemoryImage::new(self.said.what.bytes);
        while let Some(payload) = next()? {
            if let Some(pages) = Pages::parse(&payload) {
                // Those that are left out are missing.
                let _ = self.image.add(&pages);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(snapshot: u32, pages: &[(u32, u8)]) -> Vec<u8> {
        let mut payload = Vec::new();
        let mut put = |number: u32| payload.extend(number.to_le_bytes());
        put(snapshot);
        put(pages.len() as u32);
        pages.iter().for_each(|(number, _)| put(*number));
        for (_, byte) in pages {
            payload.extend([*byte; SNAPSHOT_PAGE]);
        }
        payload
    }

    #[test]
    fn what_is_not_kept_is_zero() {
        let bytes = payload(7, &[(1, 0x11), (3, 0x33)]);
        let pages = Pages::parse(&bytes).expect("pages");
        assert_eq!((pages.snapshot, pages.count()), (7, 2));
        let mut image = MemoryImage::new(4 * SNAPSHOT_PAGE as u64);
        image.add(&pages).expect("above none");
        let last = 4 * SNAPSHOT_PAGE as u64 - 4;
        for (address, word) in [
            (0, 0),
            (4096, 0x1111_1111),
            (8188, 0x1111_1111),
            (8192, 0),
            (last, 0x3333_3333),
        ] {
            assert_eq!(image.u32_at(address), Some(word), "{address}");
        }
        assert_eq!(image.u64_at(12288), Some(0x3333_3333_3333_3333));
        for address in [2, last + 4, u64::MAX - 3] {
            assert_eq!(image.u32_at(address), None, "{address}");
        }
        assert_eq!(image.u64_at(4), None);
        assert!(image.pages().map(|(address, _)| address).eq([4096, 12288]));
    }

    #[test]
    fn pages_are_in_order() {
        assert!(Pages::parse(&payload(0, &[(3, 1), (3, 1)])).is_none());
        let bytes = payload(0, &[(3, 1)]);
        assert!(Pages::parse(&bytes[..bytes.len() - 1]).is_none());
        let mut image = MemoryImage::new(1 << 16);
        let pages = Pages::parse(&bytes).expect("a page");
        assert!(image.add(&pages).is_some());
        assert!(image.add(&pages).is_none(), "a page twice");
    }
}
