//! The sizes of all holes at a moment.

use std::collections::BTreeMap;

/// Sizes below this are counted in an array.
const SMALL: u64 = 4096;
/// What sizes are multiples of.
const GRAIN: u64 = 8;

/// How many holes there are of each size.
#[derive(Clone, Debug)]
pub struct Holes {
    small: Vec<u32>,
    large: BTreeMap<u64, u32>,
    count: u64,
    bytes: u64,
}

impl Default for Holes {
    fn default() -> Holes {
        Holes {
            small: vec![0; (SMALL / GRAIN) as usize],
            large: BTreeMap::new(),
            count: 0,
            bytes: 0,
        }
    }
}

/// Holes of similar sizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SizeClass {
    /// The least size, a power of two; the class ends below twice this.
    pub least: u64,
    /// How many holes there are.
    pub count: u64,
    /// Their bytes.
    pub bytes: u64,
}

impl Holes {
    /// How many.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their bytes.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The size of the largest, in bytes; 0 if there is none.
    pub fn largest(&self) -> u64 {
        if let Some((size, _)) = self.large.last_key_value() {
            return *size;
        }
        let small = self.small.iter().rposition(|count| *count > 0);
        small.map_or(0, |index| index as u64 * GRAIN)
    }

    /// External fragmentation: 1 − largest hole ÷ all holes; 0 without holes.
    pub fn fragmentation(&self) -> f64 {
        match self.bytes {
            0 => 0.0,
            bytes => 1.0 - self.largest() as f64 / bytes as f64,
        }
    }

    /// By powers of two, the smallest first; without classes that are empty.
    pub fn classes(&self) -> Vec<SizeClass> {
        let mut classes: BTreeMap<u64, SizeClass> = BTreeMap::new();
        let small = self.small.iter().enumerate();
        let small = small.map(|(index, count)| (index as u64 * GRAIN, *count));
        let large = self.large.iter().map(|(size, count)| (*size, *count));
        for (size, count) in small.chain(large).filter(|(_, count)| *count > 0) {
            let least = 1 << (63 - size.max(1).leading_zeros());
            let class = classes.entry(least).or_insert(SizeClass {
                least,
                count: 0,
                bytes: 0,
            });
            class.count += u64::from(count);
            class.bytes += size * u64::from(count);
        }
        classes.into_values().collect()
    }

    #[inline]
    pub(super) fn add(&mut self, size: u64) {
        self.count += 1;
        self.bytes += size;
        match self.small.get_mut((size / GRAIN) as usize) {
            Some(count) => *count += 1,
            None => *self.large.entry(size).or_default() += 1,
        }
    }

    #[inline]
    pub(super) fn remove(&mut self, size: u64) {
        self.count -= 1;
        self.bytes -= size;
        match self.small.get_mut((size / GRAIN) as usize) {
            Some(count) => *count -= 1,
            None => self.remove_large(size),
        }
    }

    fn remove_large(&mut self, size: u64) {
        if let Some(count) = self.large.get_mut(&size) {
            *count -= 1;
            if *count == 0 {
                self.large.remove(&size);
            }
        }
    }
}
