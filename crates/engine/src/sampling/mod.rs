//! Logs that are samples: what one block in the log stands for.
//!
//! Each unit of memory is drawn with the same chance λ, so that a block of n units
//! is in the log with probability p = 1 - (1 - λ)^n, which its size alone tells.
//! It then stands for 1/p blocks like it (the estimator of Horvitz and Thompson,
//! "A Generalization of Sampling Without Replacement From a Finite Universe", 1952):
//! sums over what stands for something are right on average, for any sizes. How
//! often a block was drawn is not needed; given that it was drawn, it only adds
//! noise.

mod estimate;

use unfreed_events::{AllocationId, Names, SampleRate, SiteId};

pub(crate) use self::estimate::Moments;
pub use self::estimate::{Bounds, CONFIDENCE, Estimate};
use crate::findings::{SiteFinding, TypeFinding, Verdict};
use crate::matching::Block;

/// Fewer sampled blocks that are live allow no verdict: what their number does from
/// mark to mark is chance.
pub(crate) const MIN_SAMPLES: u64 = 20;

/// What was found in a log that is a sample.
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingFinding {
    /// The rates at which it was drawn, in order; one if it was not changed.
    pub rates: Vec<SampleRate>,
    /// Allocations that are in the log.
    pub allocations: u64,
    /// Frees that are in the log.
    pub frees: u64,
    /// Estimated bytes of blocks that outlived their first collections.
    pub promoted_bytes: u64,
    /// Where the sums over all types lie.
    pub total: Estimate,
}

/// How many blocks and bytes one block of the log stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    pub blocks: u64,
    pub bytes: u64,
}

/// How a log is drawn, and how far its sums may be off.
#[derive(Default)]
pub(crate) struct Sampling {
    /// Each rate and the line of its record.
    rates: Vec<(u64, SampleRate)>,
    /// What was allocated at each site.
    allocated: Vec<Moments>,
    allocations: u64,
    frees: u64,
    promoted_bytes: u64,
}

impl Sampling {
    /// Whether figures are estimates.
    #[inline]
    pub fn is_active(&self) -> bool {
        !self.rates.is_empty()
    }

    /// From this line on, what is allocated is drawn at this rate.
    pub fn begin(&mut self, line: u64, rate: SampleRate) {
        // All of it is no sample.
        if self.is_active() || rate.chance() < 1.0 {
            self.rates.push((line, rate));
        }
    }

    /// What a block stands for.
    #[inline]
    pub fn weigh(&self, id: AllocationId, block: Block) -> Weight {
        match self.is_active() {
            false => Weight {
                blocks: 1,
                bytes: block.size,
            },
            true => self.weigh_as(id, block, block.size),
        }
    }

    /// What `size` bytes stand for that are, or should be, those of `block`.
    #[cold]
    pub fn weigh_as(&self, id: AllocationId, block: Block, size: u64) -> Weight {
        let stands_for = 1.0 / self.chance(block);
        Weight {
            blocks: round(stands_for, id),
            // Larger ones become the largest number, which no sum holds.
            bytes: match stands_for > 1.0 {
                true => (stands_for * size as f64).round() as u64,
                false => size,
            },
        }
    }

    /// The probability with which a block is in the log, from
    /// [`SampleRate::LEAST`] to 1.
    fn chance(&self, block: Block) -> f64 {
        let after = self.rates.partition_point(|(line, _)| *line < block.line);
        let Some((_, rate)) = after.checked_sub(1).and_then(|last| self.rates.get(last)) else {
            return 1.0;
        };
        let units = block.size.div_ceil(rate.unit()).max(1);
        // 1 - (1 - λ)^n, which is exact for small λ, too.
        -(units as f64 * (-rate.chance()).ln_1p()).exp_m1()
    }

    /// A block was allocated.
    #[cold]
    pub fn allocated(&mut self, block: Block) {
        self.allocations += 1;
        let chance = self.chance(block);
        let site = block.site.0 as usize;
        if site >= self.allocated.len() {
            self.allocated.resize(site + 1, Moments::default());
        }
        self.allocated[site].add(chance, block.size);
    }

    /// A free is in the log.
    #[cold]
    pub fn freed(&mut self) {
        self.frees += 1;
    }

    /// A block was promoted.
    pub fn promoted(&mut self, weight: Weight) {
        self.promoted_bytes = self.promoted_bytes.saturating_add(weight.bytes);
    }

    /// A block is left at the end.
    pub fn left(&self, leaked: &mut Vec<Moments>, block: Block) {
        if self.is_active() {
            let site = block.site.0 as usize;
            if site >= leaked.len() {
                leaked.resize(site + 1, Moments::default());
            }
            leaked[site].add(self.chance(block), block.size);
        }
    }

    /// All that is to be said, with where the sums lie.
    fn finding(&self, total: Estimate) -> SamplingFinding {
        SamplingFinding {
            rates: self.rates.iter().map(|(_, rate)| *rate).collect(),
            allocations: self.allocations,
            frees: self.frees,
            promoted_bytes: self.promoted_bytes,
            total,
        }
    }
}

/// Says where the figures of types (in the order of their ids) and sites lie, and
/// takes back the verdicts for which there are too few samples.
pub(crate) fn judge(
    sampling: &Sampling,
    leaked: &[Moments],
    names: &Names,
    types: &mut [TypeFinding],
    sites: &mut [SiteFinding],
) -> SamplingFinding {
    let of = |moments: &[Moments], site: SiteId| {
        let found = moments.get(site.0 as usize);
        found.copied().unwrap_or_default()
    };
    let mut of_types = vec![(Moments::default(), Moments::default()); types.len()];
    let mut total = (Moments::default(), Moments::default());
    for found in sites {
        let (all, left) = (of(&sampling.allocated, found.site), of(leaked, found.site));
        let estimate = Estimate::new(all, left);
        found.estimate = Some(estimate);
        found.verdict = found.verdict.map(|verdict| temper(verdict, &estimate));
        let of_type = names.site_type(found.site).map(|id| id.0 as usize);
        let of_type = of_type.and_then(|number| of_types.get_mut(number));
        for (sum_all, sum_left) in of_type.into_iter().chain([&mut total]) {
            sum_all.join(all);
            sum_left.join(left);
        }
    }
    for (found, (all, left)) in types.iter_mut().zip(of_types) {
        let estimate = Estimate::new(all, left);
        found.estimate = Some(estimate);
        found.verdict = found.verdict.map(|verdict| temper(verdict, &estimate));
    }
    sampling.finding(Estimate::new(total.0, total.1))
}

/// What a verdict is worth on samples. Growth in each iteration may be chance, unless
/// the growth of all of them together is not.
fn temper(verdict: Verdict, estimate: &Estimate) -> Verdict {
    let grows_surely = |rate: &crate::findings::Rate| {
        let interval = rate.bytes.interval;
        interval.is_some_and(|interval| interval.low > 0.0)
    };
    match verdict {
        Verdict::Clean => Verdict::Clean,
        _ if estimate.leaked_samples < MIN_SAMPLES => Verdict::TooFew,
        Verdict::Systematic(rate) if !grows_surely(&rate) => Verdict::Noisy(rate),
        verdict => verdict,
    }
}

/// A whole number that is `value` on average: the id decides, evenly spread, whether
/// it is rounded up, so that a block counts the same when it comes and when it goes.
fn round(value: f64, id: AllocationId) -> u64 {
    let below = value.floor();
    let spread = mix(id.0) as f64 / u64::MAX as f64;
    below as u64 + u64::from(spread < value - below)
}

/// Scatters numbers that are close to one another (the end of SplitMix64).
fn mix(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
