//! The ids that were freed, to tell a double free from the free of something
//! that was never allocated.

use hashbrown::HashMap;

/// A set of ids, kept as words of 64 bits, one for each id. Words of small ids
/// stand in a vector, the others in a hash table: a bit for each id where ids
/// are counted upwards, 4 to 9 bytes where they are addresses, and 18 to 36
/// where they are scattered over all 64 bits.
#[derive(Default)]
pub(super) struct FreedIds {
    /// The words of ids below `64 × dense.len()`.
    dense: Vec<u64>,
    /// The words of other ids, by id / 64. A word may be here though the
    /// vector has grown beyond it.
    sparse: HashMap<u64, u64>,
    inserted: u64,
}

/// Ids below this have their bit in the vector from the start (128 KiB).
const SMALL_IDS: u64 = 1 << 20;

/// The vector may have this many bits for each id inserted.
const BITS_PER_ID: u64 = 32;

impl FreedIds {
    #[inline]
    pub fn insert(&mut self, id: u64) {
        self.inserted += 1;
        let (word, bit) = (id / 64, 1 << (id % 64));
        if let Some(bits) = self.dense.get_mut(word as usize) {
            *bits |= bit;
        } else {
            self.insert_beyond(id, word, bit);
        }
    }

    #[cold]
    fn insert_beyond(&mut self, id: u64, word: u64, bit: u64) {
        if id < SMALL_IDS || id / BITS_PER_ID < self.inserted {
            // Grown by half at least, so that the vector is seldom moved.
            let words = (word + 1).max(self.dense.len() as u64 * 3 / 2);
            self.dense.resize(words as usize, 0);
            self.dense[word as usize] |= bit;
        } else {
            *self.sparse.entry(word).or_default() |= bit;
        }
    }

    #[inline]
    pub fn contains(&self, id: u64) -> bool {
        let (word, bit) = (id / 64, 1 << (id % 64));
        let dense = self.dense.get(word as usize);
        dense.is_some_and(|bits| bits & bit != 0) || self.contains_sparse(word, bit)
    }

    #[inline]
    fn contains_sparse(&self, word: u64, bit: u64) -> bool {
        !self.sparse.is_empty() && self.sparse.get(&word).is_some_and(|bits| bits & bit != 0)
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
