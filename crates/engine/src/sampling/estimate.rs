//! How far sums over sampled blocks may be off.
//!
//! The intervals are those of Fay and Feuer for sums of weighted counts
//! ("Confidence intervals for directly standardized rates: a method based on the
//! gamma distribution", Statistics in Medicine 16, 1997): they hold for few samples,
//! too, and are rather too wide than too narrow. Here, what a block adds to the
//! variance is (1 - p)/p² of its square, since large blocks are hardly ever missed.
//! Quantiles of the chi-square distribution are those of Wilson and Hilferty (1931).

/// In how many of all intervals the figure is.
pub const CONFIDENCE: f64 = 0.99;

/// The normal quantile of (1 + [`CONFIDENCE`]) / 2.
const QUANTILE: f64 = 2.575_829_303_548_901;

/// Where figures that are estimated from samples lie.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Estimate {
    /// Sampled blocks that were allocated.
    pub samples: u64,
    /// Sampled blocks that were never freed.
    pub leaked_samples: u64,
    /// Allocations.
    pub allocations: Bounds,
    /// Bytes allocated.
    pub allocated_bytes: Bounds,
    /// Allocations never freed.
    pub leaked: Bounds,
    /// Bytes never freed.
    pub leaked_bytes: Bounds,
}

/// The least and the most that a figure may be.
pub type Bounds = (f64, f64);

/// What is kept of sampled blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Moments {
    samples: u64,
    blocks: Sum,
    bytes: Sum,
}

/// A sum over sampled blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sum {
    estimate: f64,
    variance: f64,
    /// The largest standard deviation that one block adds.
    largest: f64,
    /// What was seen, and so is the least that the sum can be.
    seen: f64,
}

impl Moments {
    /// Takes in a block that had this chance to be sampled.
    pub fn add(&mut self, chance: f64, size: u64) {
        self.samples += 1;
        self.blocks.add(chance, 1.0);
        self.bytes.add(chance, size as f64);
    }

    /// Takes in all of others.
    pub fn join(&mut self, other: Moments) {
        self.samples += other.samples;
        self.blocks.join(other.blocks);
        self.bytes.join(other.bytes);
    }
}

impl Estimate {
    /// Of what was allocated, and of the part of it that was never freed.
    pub(crate) fn new(allocated: Moments, leaked: Moments) -> Estimate {
        Estimate {
            samples: allocated.samples,
            leaked_samples: leaked.samples,
            allocations: allocated.blocks.bounds(allocated.blocks.largest),
            allocated_bytes: allocated.bytes.bounds(allocated.bytes.largest),
            // Where none that leaks was sampled, one like the others may have been missed.
            leaked: leaked.blocks.bounds(allocated.blocks.largest),
            leaked_bytes: leaked.bytes.bounds(allocated.bytes.largest),
        }
    }
}

impl Sum {
    fn add(&mut self, chance: f64, value: f64) {
        let stands_for = value / chance;
        let variance = stands_for * stands_for * (1.0 - chance);
        self.estimate += stands_for;
        self.variance += variance;
        self.largest = self.largest.max(variance.sqrt());
        self.seen += value;
    }

    fn join(&mut self, other: Sum) {
        self.estimate += other.estimate;
        self.variance += other.variance;
        self.largest = self.largest.max(other.largest);
        self.seen += other.seen;
    }

    /// Where the sum lies, if one more block may add `largest`.
    fn bounds(&self, largest: f64) -> Bounds {
        let (estimate, variance) = (self.estimate, self.variance);
        let low = match variance > 0.0 {
            true => gamma_quantile(estimate, variance, -QUANTILE),
            false => estimate,
        };
        let high = match largest > 0.0 {
            true => gamma_quantile(estimate + largest, variance + largest * largest, QUANTILE),
            false => estimate,
        };
        (
            low.clamp(self.seen, estimate.max(self.seen)),
            high.max(estimate),
        )
    }
}

/// The quantile, given as that of the normal distribution, of the gamma distribution
/// with this mean and variance.
fn gamma_quantile(mean: f64, variance: f64, normal: f64) -> f64 {
    let degrees = 2.0 * mean * mean / variance;
    let spread = 2.0 / (9.0 * degrees);
    let root = (1.0 - spread + normal * spread.sqrt()).max(0.0);
    mean * root * root * root
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Numbers from 0 to 1, always the same.
    struct Chance(u64);

    impl Chance {
        fn next(&mut self) -> f64 {
            self.0 = self.0.wrapping_add(1);
            super::super::mix(self.0) as f64 / u64::MAX as f64
        }
    }

    fn chance(rate: f64, words: u64) -> f64 {
        1.0 - (1.0 - rate).powi(words as i32)
    }

    /// In how many of 2,000 samples the intervals hold the bytes, and the blocks, of
    /// blocks of these sizes in words; and the mean of the estimates over the truth.
    fn coverage(rate: f64, sizes: &[u64]) -> (u32, u32, f64) {
        let mut drawn = Chance(sizes.len() as u64);
        let (mut bytes_held, mut blocks_held, mut estimates) = (0, 0, 0.0);
        let truth = 8.0 * sizes.iter().sum::<u64>() as f64;
        // What is known of the type from blocks that were freed.
        let mut allocated = Moments::default();
        for size in sizes {
            allocated.add(chance(rate, *size), size * 8);
        }
        for _ in 0..2000 {
            let mut leaked = Moments::default();
            for size in sizes {
                let chance = chance(rate, *size);
                if drawn.next() < chance {
                    leaked.add(chance, size * 8);
                }
            }
            let found = Estimate::new(allocated, leaked);
            let holds = |(low, high): Bounds, value: f64| u32::from(low <= value && value <= high);
            bytes_held += holds(found.leaked_bytes, truth);
            blocks_held += holds(found.leaked, sizes.len() as f64);
            estimates += leaked.bytes.estimate / 2000.0;
        }
        (bytes_held, blocks_held, estimates / truth)
    }

    #[test]
    fn intervals_hold_what_they_say_for_few_and_many_samples_of_any_sizes() {
        let mixed: Vec<u64> = (0..3000)
            .map(|n| 2 + n % 7 + 400 * u64::from(n % 50 == 0))
            .collect();
        let cases = [
            (1e-3, vec![3; 400]),
            (1e-3, vec![3; 5000]),
            (1e-4, mixed.clone()),
            (1e-3, mixed.clone()),
            (1e-2, mixed),
            (1e-2, vec![100; 50]),
            (1e-2, [vec![3; 2000], vec![1000; 5]].concat()),
            (0.3, vec![2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]),
        ];
        for (rate, sizes) in cases {
            let (bytes, blocks, mean) = coverage(rate, &sizes);
            assert!(
                bytes >= 1970,
                "{rate}, {} blocks: {bytes} of 2000",
                sizes.len()
            );
            assert!(
                blocks >= 1970,
                "{rate}, {} blocks: {blocks} of 2000",
                sizes.len()
            );
            assert!(
                (mean - 1.0).abs() < 0.08,
                "{rate}, {} blocks: {mean}",
                sizes.len()
            );
        }
    }

    #[test]
    fn what_is_certain_has_no_interval() {
        let mut all = Moments::default();
        all.add(1.0, 80);
        assert_eq!(Estimate::new(all, all).leaked_bytes, (80.0, 80.0));
        assert_eq!(Estimate::new(all, all).leaked, (1.0, 1.0));
    }

    #[test]
    fn where_nothing_was_sampled_a_block_may_have_been_missed() {
        let mut allocated = Moments::default();
        allocated.add(chance(1e-3, 10), 80);
        let (low, high) = Estimate::new(allocated, Moments::default()).leaked;
        assert_eq!(low, 0.0);
        // 99.5 % of all Poisson distributions with no event have a mean below 5.3.
        assert!((500.0..600.0).contains(&high), "{high}");
    }
}
