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

    /// Puts `entry` in if this id has none, or else hands back that one.
    #[inline(always)]
    pub fn insert_new(&mut self, id: u64, entry: Entry) -> Option<Entry> {
        if let Some(packed) = Packed::new(&entry)
            && self.sparse.is_empty()
            && self.is_small(id)
        {
            self.inserted += 1;
            return self.dense.insert_new(id, packed).entry();
        }
        self.insert_new_anywhere(id, entry)
    }

    #[inline(never)]
    fn insert_new_anywhere(&mut self, id: u64, entry: Entry) -> Option<Entry> {
        let held = self.get(id);
        if held.is_none() {
            self.insert(id, entry);
        }
        held
    }

    /// Takes the live entry of `id` out, or hands back what it has instead.
    #[inline]
    pub fn take_live(&mut self, id: u64) -> Option<Entry> {
        let held = self.dense.take_live(id).entry();
        if held.is_some() || self.sparse.is_empty() {
            return held;
        }
        let held = self.sparse.get(&id).copied();
        if held.is_some_and(|entry| entry.kind == EntryKind::Live) {
            self.remove_sparse(id);
        }
        held
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
        u64::from(self.dense.get(id).line)
    }

    /// Calls `each` for every entry.
    pub fn for_each(&self, mut each: impl FnMut(u64, Entry)) {
        self.dense.for_each(|id, packed| {
            if let Some(entry) = packed.entry() {
                each(id, entry);
            }
        });
        for (id, entry) in &self.sparse {
            each(*id, *entry);
        }
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

    fn entries(store: &Store, id: u64) -> usize {
        let mut count = 0;
        store.for_each(|held, _| count += usize::from(held == id));
        count
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
        assert_eq!(entries(&store, id), 1);
        store.insert(id, entry(4, 1 << 33));
        assert_eq!(store.get(id), Some(entry(4, 1 << 33)));
        assert_eq!(entries(&store, id), 1);
        store.insert(id, entry(1 << 33, 8));
        assert_eq!(store.get(id), Some(entry(1 << 33, 8)));
        assert_eq!(entries(&store, id), 1);
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
        store.for_each(|id, _| panic!("{id} is left"));
        assert_eq!(store.dense.page_count(), 4);
    }
}
