//! A set of small numbers in which the next and the previous one are found fast:
//! one bit each, and above them one bit for each 64 that are not empty.

/// A set of numbers; its memory is 1/8 byte for each up to the largest.
#[derive(Clone, Debug, Default)]
pub(super) struct Bits {
    words: Vec<u64>,
    /// Bit `n` is set if `words[n]` is not 0.
    filled: Vec<u64>,
}

impl Bits {
    #[inline]
    pub fn contains(&self, number: u64) -> bool {
        let word = self.words.get((number / 64) as usize);
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    #[inline]
    pub fn insert(&mut self, number: u64) {
        let word = (number / 64) as usize;
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
            self.filled.resize(word / 64 + 1, 0);
        }
        self.words[word] |= 1 << (number % 64);
        self.filled[word / 64] |= 1 << (word % 64);
    }

    #[inline]
    pub fn remove(&mut self, number: u64) {
        let at = (number / 64) as usize;
        if let Some(word) = self.words.get_mut(at) {
            *word &= !(1 << (number % 64));
            if *word == 0 {
                self.filled[at / 64] &= !(1 << (at % 64));
            }
        }
    }

    /// The smallest number that is `from` or more.
    #[inline]
    pub fn next(&self, from: u64) -> Option<u64> {
        let at = (from / 64) as usize;
        let rest = self.words.get(at)? >> (from % 64);
        if rest != 0 {
            return Some(from + u64::from(rest.trailing_zeros()));
        }
        let at = next_bit(&self.filled, at + 1)?;
        Some(at as u64 * 64 + u64::from(self.words[at].trailing_zeros()))
    }

    /// The largest number below `before`.
    #[inline]
    pub fn previous(&self, before: u64) -> Option<u64> {
        let at = (before / 64) as usize;
        if let Some(word) = self.words.get(at) {
            let rest = word & ((1 << (before % 64)) - 1);
            if rest != 0 {
                return Some(at as u64 * 64 + 63 - u64::from(rest.leading_zeros()));
            }
        }
        let at = previous_bit(&self.filled, at.min(self.words.len()))?;
        Some(at as u64 * 64 + 63 - u64::from(self.words[at].leading_zeros()))
    }
}

fn next_bit(words: &[u64], from: usize) -> Option<usize> {
    let mut at = from / 64;
    let mut word = words.get(at)? & (u64::MAX << (from % 64));
    while word == 0 {
        at += 1;
        word = *words.get(at)?;
    }
    Some(at * 64 + word.trailing_zeros() as usize)
}

fn previous_bit(words: &[u64], before: usize) -> Option<usize> {
    let mut at = before / 64;
    let mut word = words
        .get(at)
        .map_or(0, |word| word & ((1 << (before % 64)) - 1));
    while word == 0 {
        at = at.checked_sub(1)?;
        word = words.get(at).copied().unwrap_or(0);
    }
    Some(at * 64 + 63 - word.leading_zeros() as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn finds_what_a_sorted_set_finds(
            changes in proptest::collection::vec((any::<bool>(), 0u64..20_000), 0..200),
            asked in proptest::collection::vec(0u64..21_000, 0..50),
        ) {
            let (mut bits, mut set) = (Bits::default(), BTreeSet::new());
            for (insert, number) in changes {
                match insert {
                    true => { bits.insert(number); set.insert(number); }
                    false => { bits.remove(number); set.remove(&number); }
                }
            }
            for number in asked {
                prop_assert_eq!(bits.contains(number), set.contains(&number));
                prop_assert_eq!(bits.next(number), set.range(number..).next().copied());
                prop_assert_eq!(bits.previous(number), set.range(..number).next_back().copied());
            }
        }
    }
}
