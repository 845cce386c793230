//! Entries of ids that are small numbers: pages of a few entries each, found
//! by the id itself, handed back when they are empty. Neighbouring ids share a
//! cache line, which a hash table would scatter.

use super::store::Entry;

/// Entries a page holds. Ids that are addresses use one in 8 or 16 of them, so
/// that a page must be small; the directory costs 4 bytes a page.
const PAGE: u64 = 16;

/// An entry in 12 bytes: `tag` is 0 for none, else kind and owner.
#[derive(Clone, Copy, Default)]
pub(super) struct Packed {
    pub line: u32,
    pub size: u32,
    pub tag: u32,
}

pub(super) struct DensePages {
    /// Index of a page, by id / PAGE; 0 for none.
    directory: Vec<u32>,
    /// Page 0 has no entry and never gets one, so that an id without a page
    /// is looked up like any other.
    pages: Vec<[Packed; PAGE as usize]>,
    /// How many entries each page holds.
    used: Vec<u8>,
    /// Pages that hold none.
    empty: Vec<u32>,
}

const NO_PAGE: u32 = 0;

impl Default for DensePages {
    fn default() -> Self {
        DensePages {
            directory: Vec::new(),
            pages: vec![[Packed::default(); PAGE as usize]],
            used: vec![0],
            empty: Vec::new(),
        }
    }
}

impl DensePages {
    #[inline]
    pub fn get(&self, id: u64) -> Packed {
        self.pages[self.page_of(id) as usize][(id % PAGE) as usize]
    }

    #[inline]
    fn page_of(&self, id: u64) -> u32 {
        let page = self.directory.get((id / PAGE) as usize);
        page.copied().unwrap_or(NO_PAGE)
    }

    /// Puts a non-empty entry in if there is none, or else hands back that one.
    #[inline]
    pub fn insert_new(&mut self, id: u64, packed: Packed) -> Packed {
        let page = self.page_for(id);
        let slot = &mut self.pages[page][(id % PAGE) as usize];
        let held = *slot;
        if held.tag == 0 {
            *slot = packed;
            self.used[page] += 1;
        }
        held
    }

    /// Takes the live entry of `id` out, or hands back what is there instead.
    #[inline]
    pub fn take_live(&mut self, id: u64) -> Packed {
        let page = self.page_of(id) as usize;
        let slot = &mut self.pages[page][(id % PAGE) as usize];
        let held = *slot;
        if held.is_live() {
            *slot = Packed::default();
            self.used[page] -= 1;
            if self.used[page] == 0 {
                self.release(id, page);
            }
        }
        held
    }

    fn release(&mut self, id: u64, page: usize) {
        self.directory[(id / PAGE) as usize] = NO_PAGE;
        self.empty.push(page as u32);
    }

    /// Puts a non-empty entry in, in place of any other.
    #[inline]
    pub fn insert(&mut self, id: u64, packed: Packed) {
        let page = self.page_for(id);
        let slot = &mut self.pages[page][(id % PAGE) as usize];
        if slot.tag == 0 {
            self.used[page] += 1;
        }
        *slot = packed;
    }

    #[inline]
    fn page_for(&mut self, id: u64) -> usize {
        match self.page_of(id) {
            NO_PAGE => self.new_page(id),
            page => page as usize,
        }
    }

    fn new_page(&mut self, id: u64) -> usize {
        let index = (id / PAGE) as usize;
        if self.directory.len() <= index {
            self.directory.resize(index + 1, NO_PAGE);
        }
        let page = self
            .empty
            .pop()
            .map_or(self.pages.len(), |page| page as usize);
        if page == self.pages.len() {
            self.pages.push([Packed::default(); PAGE as usize]);
            self.used.push(0);
        }
        self.directory[index] = page as u32;
        page
    }

    #[inline]
    pub fn remove(&mut self, id: u64) {
        let page = self.page_of(id);
        let slot = &mut self.pages[page as usize][(id % PAGE) as usize];
        if slot.tag == 0 {
            return;
        }
        *slot = Packed::default();
        self.used[page as usize] -= 1;
        if self.used[page as usize] == 0 {
            self.release(id, page as usize);
        }
    }

    #[cfg(test)]
    pub fn page_count(&self) -> usize {
        self.pages.len() - 1
    }

    /// Calls `each` for every entry, in the order in which pages lie in memory:
    /// that of the ids would wait for memory at each page.
    pub fn for_each(&self, mut each: impl FnMut(u64, Packed)) {
        let mut first_ids = vec![0; self.pages.len()];
        for (index, page) in self.directory.iter().enumerate() {
            first_ids[*page as usize] = index as u64 * PAGE;
        }
        for (page, first_id) in self.pages.iter().zip(first_ids) {
            for (slot, packed) in page.iter().enumerate() {
                if packed.tag != 0 {
                    each(first_id + slot as u64, *packed);
                }
            }
        }
    }
}

impl Packed {
    const WAITING: u32 = 1 << 30;
    const LIVE: u32 = 2 << 30;

    /// `None` for a size or a line that does not fit.
    #[inline]
    pub fn new(entry: &Entry) -> Option<Packed> {
        use super::store::EntryKind;
        let kind = match entry.kind {
            EntryKind::Live => Packed::LIVE,
            EntryKind::Waiting => Packed::WAITING,
        };
        debug_assert!(entry.owner < Packed::WAITING, "ids of names leave two bits");
        Some(Packed {
            line: u32::try_from(entry.line).ok()?,
            size: u32::try_from(entry.size).ok()?,
            tag: kind | (entry.owner & (Packed::WAITING - 1)),
        })
    }

    #[inline]
    pub fn is_live(self) -> bool {
        self.tag & Packed::LIVE != 0
    }

    #[inline]
    pub fn entry(self) -> Option<Entry> {
        use super::store::EntryKind;
        let kind = match self.tag & (Packed::LIVE | Packed::WAITING) {
            Packed::LIVE => EntryKind::Live,
            Packed::WAITING => EntryKind::Waiting,
            _ => return None,
        };
        Some(Entry {
            kind,
            owner: self.tag & (Packed::WAITING - 1),
            size: u64::from(self.size),
            line: u64::from(self.line),
        })
    }
}
