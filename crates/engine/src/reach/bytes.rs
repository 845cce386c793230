//! The bytes of a linear memory, most of which may be left out.

use unfreed_events::trace::MemoryImage;

use super::error::ReachError;

/// Bytes of a page here; pages of wasm and of snapshots are multiples of it.
const PAGE: u64 = 4096;

/// How large a pointer is, and what pointers in memory are aligned to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerSize {
    /// 4 bytes: wasm32.
    Four,
    /// 8 bytes: memory64.
    Eight,
}

impl PointerSize {
    /// In bytes.
    #[must_use]
    pub fn bytes(self) -> u64 {
        match self {
            PointerSize::Four => 4,
            PointerSize::Eight => 8,
        }
    }

    /// The most bytes of a memory. Pointers of 8 bytes could name more, but no engine
    /// allows it, and what a damaged recording says must not make tables large.
    fn most(self) -> u64 {
        match self {
            PointerSize::Four => 1 << 32,
            PointerSize::Eight => 1 << 34,
        }
    }
}

/// A view of the bytes of a linear memory. What is not given is zero.
#[derive(Clone, Debug)]
pub struct Bytes<'a> {
    size: u64,
    pointer: PointerSize,
    /// By address / [`PAGE`]; empty where all is zero. The last may be short.
    pages: Vec<&'a [u8]>,
}

impl<'a> Bytes<'a> {
    /// A memory of `size` bytes that are all zero.
    ///
    /// # Errors
    ///
    /// [`ReachError::MemoryTooLarge`].
    pub fn new(size: u64, pointer: PointerSize) -> Result<Bytes<'a>, ReachError> {
        let most = pointer.most();
        if size > most {
            return Err(ReachError::MemoryTooLarge {
                size,
                pointer: pointer.bytes(),
                most,
            });
        }
        let pages = vec![&[][..]; size.div_ceil(PAGE) as usize];
        Ok(Bytes {
            size,
            pointer,
            pages,
        })
    }

    /// The memory of a snapshot.
    ///
    /// # Errors
    ///
    /// As of [`Bytes::new`] and [`Bytes::add`].
    pub fn of(image: &'a MemoryImage, pointer: PointerSize) -> Result<Bytes<'a>, ReachError> {
        let mut bytes = Bytes::new(image.size(), pointer)?;
        for (address, page) in image.pages() {
            bytes.add(address, page)?;
        }
        Ok(bytes)
    }

    /// Sets the bytes from `address` on: a multiple of 4096, as is their number, but
    /// for the last of the memory.
    ///
    /// # Errors
    ///
    /// [`ReachError::NotAPage`], if they lie otherwise or came before.
    pub fn add(&mut self, address: u64, bytes: &'a [u8]) -> Result<(), ReachError> {
        let length = bytes.len() as u64;
        let refused = ReachError::NotAPage {
            address,
            length,
            size: self.size,
        };
        let end = address.checked_add(length);
        let end = end.filter(|end| end.is_multiple_of(PAGE) || *end == self.size);
        if !address.is_multiple_of(PAGE) || end.is_none_or(|end| end > self.size) {
            return Err(refused);
        }
        let pages = &mut self.pages[(address / PAGE) as usize..];
        for (page, bytes) in pages.iter_mut().zip(bytes.chunks(PAGE as usize)) {
            if !page.is_empty() {
                return Err(refused);
            }
            *page = bytes;
        }
        Ok(())
    }

    /// The size of the memory in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// How large its pointers are.
    #[must_use]
    pub fn pointer(&self) -> PointerSize {
        self.pointer
    }

    /// The word of pointer size at an address, which need not be aligned; `None` if
    /// it is not inside of the memory.
    pub(crate) fn word(&self, address: u64) -> Option<u64> {
        let length = self.pointer.bytes();
        if address.checked_add(length)? > self.size {
            return None;
        }
        let mut word = [0; 8];
        self.read(address, &mut word[..length as usize]);
        Some(u64::from_le_bytes(word))
    }

    /// Copies what lies at an address; zero where nothing does.
    pub(super) fn read(&self, address: u64, into: &mut [u8]) {
        for (address, byte) in (address..).zip(into) {
            let page = self.pages.get((address / PAGE) as usize);
            let found = page.and_then(|page| page.get((address % PAGE) as usize));
            *byte = found.copied().unwrap_or(0);
        }
    }

    /// Calls `look` with the address and the value of each aligned word between two
    /// addresses, until it gives something. Pages that are left out are skipped: a
    /// zero points to no block that starts above 0.
    #[inline]
    pub(crate) fn find_word<T>(
        &self,
        from: u64,
        end: u64,
        look: impl FnMut(u64, u64) -> Option<T>,
    ) -> Option<T> {
        match self.pointer {
            PointerSize::Four => {
                self.find::<4, T>(from, end, look, |word| u64::from(u32::from_le_bytes(*word)))
            }
            PointerSize::Eight => {
                self.find::<8, T>(from, end, look, |word| u64::from_le_bytes(*word))
            }
        }
    }

    #[inline]
    fn find<const N: usize, T>(
        &self,
        from: u64,
        end: u64,
        mut look: impl FnMut(u64, u64) -> Option<T>,
        value: impl Fn(&[u8; N]) -> u64,
    ) -> Option<T> {
        let end = end.min(self.size);
        // What does not fit into 64 bits is above the end, too.
        let mut at = from.checked_next_multiple_of(N as u64)?;
        while at < end {
            let page_start = at - at % PAGE;
            let page_end = (page_start + PAGE).min(end);
            let page = self.pages[(at / PAGE) as usize];
            let slice = page.get((at - page_start) as usize..).unwrap_or_default();
            let slice = &slice[..slice.len().min((page_end - at) as usize)];
            for word in slice.as_chunks::<N>().0 {
                if let Some(found) = look(at, value(word)) {
                    return Some(found);
                }
                at += N as u64;
            }
            at = page_end.next_multiple_of(N as u64);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(bytes: &Bytes<'_>, from: u64, end: u64) -> Vec<(u64, u64)> {
        let mut words = Vec::new();
        bytes.find_word(from, end, |at, word| {
            words.push((at, word));
            None::<()>
        });
        words
    }

    #[test]
    fn words_are_aligned_and_whole_and_pages_that_are_left_out_are_skipped() {
        let (first, last) = ([1; 4096], [3; 4]);
        let mut bytes = Bytes::new(2 * 4096 + 4, PointerSize::Four).expect("small");
        bytes.add(0, &first).expect("a page");
        bytes.add(8192, &last).expect("the last page");
        let one = 0x0101_0101;
        assert_eq!(words(&bytes, 1, 13), [(4, one), (8, one)]);
        assert_eq!(
            words(&bytes, 4091, u64::MAX),
            [(4092, one), (8192, 0x0303_0303)]
        );
        assert_eq!(words(&bytes, u64::MAX - 1, u64::MAX), []);
        assert_eq!(bytes.word(4094), Some(0x0101));
        assert_eq!(bytes.word(8192), Some(0x0303_0303));
        assert_eq!(bytes.word(8193), None);
    }

    #[test]
    fn words_of_64_bits() {
        let page = [1; 4096];
        let mut bytes = Bytes::new(4096, PointerSize::Eight).expect("small");
        bytes.add(0, &page).expect("a page");
        assert_eq!(words(&bytes, 4, 23), [(8, 0x0101_0101_0101_0101)]);
    }

    #[test]
    fn what_is_no_page_is_refused() {
        let page = vec![1; 65536];
        let mut bytes = Bytes::new(65536, PointerSize::Four).expect("small");
        let mut add = |address, length| bytes.add(address, &page[..length]).is_ok();
        assert!(add(0, 8192));
        for (address, length) in [(4096, 4096), (100, 4096), (8192, 100), (61440, 8192)] {
            assert!(!add(address, length), "{address} {length}");
        }
        assert!(!add(u64::MAX - 4095, 4096));
        assert!(Bytes::new((1 << 32) + 1, PointerSize::Four).is_err());
        assert!(Bytes::new((1 << 34) + 1, PointerSize::Eight).is_err());
    }
}
