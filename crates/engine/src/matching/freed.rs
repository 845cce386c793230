//! The ids that were freed, to tell a double free from the free of something
//! that was never allocated.

use roaring::RoaringTreemap;

/// A set of ids, a bit each where they are small numbers or close together.
#[derive(Default)]
pub(super) struct FreedIds {
    /// One bit for each id below `64 × dense.len()`.
    dense: Vec<u64>,
    sparse: RoaringTreemap,
    inserted: u64,
}

/// Ids below this have their bit in a vector from the start (128 KiB).
const SMALL_IDS: u64 = 1 << 20;

/// The vector may have this many bits for each id inserted.
const BITS_PER_ID: u64 = 32;

impl FreedIds {
    #[inline]
    pub fn insert(&mut self, id: u64) {
        self.inserted += 1;
        let word = id / 64;
        if let Some(bits) = self.dense.get_mut(word as usize) {
            *bits |= 1 << (id % 64);
        } else {
            self.insert_beyond(id, word);
        }
    }

    #[cold]
    fn insert_beyond(&mut self, id: u64, word: u64) {
        if id < SMALL_IDS || id / BITS_PER_ID < self.inserted {
            // Grown by half at least, so that the vector is seldom moved.
            let words = (word + 1).max(self.dense.len() as u64 * 3 / 2);
            self.dense.resize(words as usize, 0);
            self.dense[word as usize] |= 1 << (id % 64);
        } else {
            self.sparse.insert(id);
        }
    }

    #[inline]
    pub fn contains(&self, id: u64) -> bool {
        let dense = self.dense.get((id / 64) as usize);
        dense.is_some_and(|bits| bits >> (id % 64) & 1 == 1) || self.contains_sparse(id)
    }

    #[inline]
    fn contains_sparse(&self, id: u64) -> bool {
        !self.sparse.is_empty() && self.sparse.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_found_wherever_they_are_kept() {
        let mut freed = FreedIds::default();
        let ids = [0, 63, 64, SMALL_IDS - 1, SMALL_IDS + 1, 1 << 40, u64::MAX];
        for id in ids {
            assert!(!freed.contains(id));
            freed.insert(id);
            assert!(freed.contains(id));
        }
        // Now the id that was sparse lies within the vector.
        for id in 0..SMALL_IDS / 8 {
            freed.insert(SMALL_IDS + id * 2);
        }
        assert!(ids.iter().all(|id| freed.contains(*id)));
        assert!(!freed.contains(SMALL_IDS + 3));
    }
}
