//! Live blocks and waiting frees by id.

use hashbrown::HashMap;

use super::dense::{DensePages, Packed};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntryKind {
    Live,
    Waiting,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub kind: EntryKind,
    /// The number of a site (live) or of a type (waiting).
    pub owner: u32,
    pub size: u64,
    pub line: u64,
}

/// Ids below this are small from the start.
const SMALL_IDS: u64 = 1 << 20;

/// An id is small if it is at most this many times the entries made so far:
/// then a directory of all small ids is no larger than what happened.
const IDS_PER_ENTRY: u64 = 4;

/// Small ids have their entry in pages, all others, and entries that do not
/// fit there, in a hash table.
#[derive(Default)]
pub(super) struct Store {
    dense: DensePages,
    sparse: HashMap<u64, Entry>,
    inserted: u64,
}

impl Store {
    #[inline]
    pub fn get(&self, id: u64) -> Option<Entry> {
        let entry = self.dense.get(id).entry();
        if entry.is_some() || self.sparse.is_empty() {
            return entry;
        }
        self.sparse.get(&id).copied()
    }

    /// Puts `entry` in, in place of any other of this id.
    #[inline]
    pub fn insert(&mut self, id: u64, entry: Entry) {
        self.inserted += 1;
        match Packed::new(&entry) {
            Some(packed) if self.is_small(id) => {
                self.dense.insert(id, packed);
                if !self.sparse.is_empty() {
                    self.sparse.remove(&id);
                }
            }
            _ => self.insert_sparse(id, entry),
        }
    }

    #[inline]
    fn is_small(&self, id: u64) -> bool {
        id < SMALL_IDS || id / IDS_PER_ENTRY < self.inserted
    }

    #[cold]
    fn insert_sparse(&mut self, id: u64, entry: Entry) {
        self.dense.remove(id);
        self.sparse.insert(id, entry);
    }

    #[inline]
    pub fn remove(&mut self, id: u64) {
        self.dense.remove(id);
        if !self.sparse.is_empty() {
            self.remove_sparse(id);
        }
    }

    fn remove_sparse(&mut self, id: u64) {
        self.sparse.remove(&id);
        if self.sparse.len() * 8 < self.sparse.capacity() && self.sparse.capacity() > 1024 {
            self.sparse.shrink_to(self.sparse.len() * 2);
        }
    }

    /// Reads where `id` would be, and gives a number made of it.
    #[inline]
    pub fn touch(&self, id: u64) -> u64 {
        self.dense.get(id).line
    }

    pub fn iter(&self) -> impl Iterator<Item = (u64, Entry)> {
        let dense = self
            .dense
            .iter()
            .filter_map(|(id, packed)| Some((id, packed.entry()?)));
        dense.chain(self.sparse.iter().map(|(id, entry)| (*id, *entry)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(line: u64, size: u64) -> Entry {
        Entry {
            kind: EntryKind::Live,
            owner: 1,
            size,
            line,
        }
    }

    #[test]
    fn an_id_has_one_entry_wherever_it_is_kept() {
        let mut store = Store::default();
        let id = SMALL_IDS + 10;
        store.insert(id, entry(1, 8));
        // Enough entries make the same id a small one.
        for other in 0..SMALL_IDS / 2 {
            store.insert(other, entry(2, 8));
        }
        assert!(store.is_small(id));
        assert_eq!(store.get(id), Some(entry(1, 8)));
        store.insert(id, entry(3, 8));
        assert_eq!(store.get(id), Some(entry(3, 8)));
        assert_eq!(store.iter().filter(|(held, _)| *held == id).count(), 1);
        store.insert(id, entry(4, 1 << 33));
        assert_eq!(store.get(id), Some(entry(4, 1 << 33)));
        assert_eq!(store.iter().filter(|(held, _)| *held == id).count(), 1);
        store.remove(id);
        assert_eq!(store.get(id), None);
    }

    #[test]
    fn pages_are_used_again() {
        let mut store = Store::default();
        for round in 0..100u64 {
            for id in 0..64 {
                store.insert(round * 64 + id, entry(round, 8));
            }
            for id in 0..64 {
                store.remove(round * 64 + id);
            }
        }
        assert_eq!(store.iter().count(), 0);
        assert_eq!(store.dense.page_count(), 4);
    }
}
