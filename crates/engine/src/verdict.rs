//! What the iterations say of one type: does it leak, or was it only set up?
//!
//! The figures are the changes of what is live from mark to mark. The first
//! quarter of the iterations may differ (warm-up); rates are those of `slope.rs`.

use crate::slope::{self, Slope};

/// Fewer iterations than this allow no verdict.
pub const MIN_ITERATIONS: usize = 3;

/// How what is live of one type changes with the iterations.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Verdict {
    /// Nothing of it is live at the end.
    Clean,
    /// Too few iterations to tell.
    TooFew,
    /// All that is live has been so since the end of the setup or of the first
    /// iteration.
    OneOff,
    /// More in each iteration after the warm-up.
    Systematic(Rate),
    /// Grew, but not beyond what it had reached in the first half of the
    /// iterations, or most of what it grew by was freed after the last.
    Bounded,
    /// Grows, but not in each iteration.
    Noisy(Rate),
}

/// Growth per iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Blocks per iteration: the slope of how many are live.
    pub blocks: f64,
    /// Bytes per iteration, likewise.
    pub bytes: Slope,
    /// Least and most blocks in one iteration after the warm-up.
    pub range: (i64, i64),
    /// Iterations at the begin that were left out as warm-up.
    pub warm_up: usize,
}

impl Rate {
    /// Whether each iteration added the same number of blocks.
    pub fn is_exact(&self) -> bool {
        self.range.0 == self.range.1
    }
}

/// The change of live blocks and bytes in one iteration.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Step {
    pub blocks: i64,
    pub bytes: i64,
}

/// The verdict on a type with `live` blocks at the end, from its steps in each
/// iteration after the setup.
pub(crate) fn judge(live: u64, steps: &[Step]) -> Verdict {
    if live == 0 {
        return Verdict::Clean;
    }
    if steps.len() < MIN_ITERATIONS {
        return Verdict::TooFew;
    }
    if steps[1..].iter().all(|step| *step == Step::default()) {
        return Verdict::OneOff;
    }
    if is_freed_at_end(live, steps) {
        return Verdict::Bounded;
    }
    // Without growth in number, a type may still grow in bytes.
    let by_bytes = steps.iter().all(|step| step.blocks == 0);
    let value = |step: &Step| if by_bytes { step.bytes } else { step.blocks };
    if let Some(warm_up) = steady_after(steps, value) {
        return Verdict::Systematic(rate(steps, warm_up));
    }
    // What came to be in the warm-up may grow in bytes after it.
    let only_bytes = |warm_up: &usize| {
        let mut rest = steps[*warm_up..].iter();
        rest.all(|step| step.blocks == 0 && step.bytes > 0)
    };
    if let Some(warm_up) = (0..=longest_warm_up(steps.len())).find(only_bytes) {
        return Verdict::Systematic(rate(steps, warm_up));
    }
    if is_bounded(steps, |step| step.blocks) && is_bounded(steps, |step| step.bytes) {
        return Verdict::Bounded;
    }
    let rate = rate(steps, unsteady_after(steps));
    if rate.blocks > 0.0 || rate.bytes.growth > 0.0 {
        Verdict::Noisy(rate)
    } else {
        Verdict::Bounded
    }
}

/// Whether most of what the iterations added was freed after the last of them, as when a
/// cache is cleared in the end.
fn is_freed_at_end(live: u64, steps: &[Step]) -> bool {
    let grown = steps.iter().map(|step| step.blocks);
    let grown = u64::try_from(grown.fold(0, i64::saturating_add)).unwrap_or(0);
    live < grown / 2
}

/// How many of at least [`MIN_ITERATIONS`] iterations may be warm-up.
pub(crate) fn longest_warm_up(iterations: usize) -> usize {
    (iterations / 4).max(1).min(iterations - MIN_ITERATIONS)
}

/// The shortest warm-up after which every step is the same, or else after
/// which every step grows.
fn steady_after(steps: &[Step], value: impl Fn(&Step) -> i64) -> Option<usize> {
    let longest = longest_warm_up(steps.len());
    let grows = |warm_up: &usize| steps[*warm_up..].iter().all(|step| value(step) > 0);
    let is_exact = |warm_up: &usize| {
        let rest = &steps[*warm_up..];
        rest.iter().all(|step| value(step) == value(&rest[0]))
    };
    let mut exact = (0..=longest).filter(grows).filter(is_exact);
    exact.next().or_else(|| (0..=longest).find(grows))
}

fn is_bounded(steps: &[Step], value: impl Fn(&Step) -> i64) -> bool {
    let half = steps.len() / 2;
    let (mut level, mut highest) = (0i64, 0i64);
    for (index, step) in steps.iter().enumerate() {
        level = level.saturating_add(value(step));
        if index < half {
            highest = highest.max(level);
        } else if level > highest {
            return false;
        }
    }
    true
}

/// The warm-up of a type that does not grow in each iteration.
fn unsteady_after(steps: &[Step]) -> usize {
    let bytes: Vec<f64> = steps.iter().map(|step| step.bytes as f64).collect();
    slope::warm_up(&bytes).min(longest_warm_up(steps.len()))
}

fn rate(steps: &[Step], warm_up: usize) -> Rate {
    let rest = &steps[warm_up..];
    Rate {
        blocks: Slope::of(&levels(rest, |step| step.blocks)).growth,
        bytes: Slope::of(&levels(rest, |step| step.bytes)),
        range: range(rest),
        warm_up,
    }
}

fn range(steps: &[Step]) -> (i64, i64) {
    let blocks = || steps.iter().map(|step| step.blocks);
    (blocks().min().unwrap_or(0), blocks().max().unwrap_or(0))
}

/// What is live at the begin and after each step, less what was at the begin.
fn levels(steps: &[Step], value: impl Fn(&Step) -> i64) -> Vec<f64> {
    let mut level = 0i64;
    let mut levels = vec![0.0];
    levels.extend(steps.iter().map(|step| {
        level = level.saturating_add(value(step));
        level as f64
    }));
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge_blocks(blocks: &[i64]) -> Verdict {
        let steps: Vec<Step> = blocks
            .iter()
            .map(|blocks| Step {
                blocks: *blocks,
                bytes: blocks * 10,
            })
            .collect();
        judge(1000, &steps)
    }

    fn systematic(blocks: &[i64]) -> Rate {
        match judge_blocks(blocks) {
            Verdict::Systematic(rate) => rate,
            other => panic!("{blocks:?} gave {other:?}"),
        }
    }

    #[test]
    fn a_block_that_grows_in_each_iteration_is_systematic() {
        let step = |blocks| Step {
            blocks,
            bytes: 1000,
        };
        let Verdict::Systematic(rate) = judge(1, &[step(1), step(0), step(0), step(0), step(0)])
        else {
            panic!("it is systematic");
        };
        assert_eq!(
            (rate.blocks, rate.bytes.growth, rate.warm_up),
            (0.0, 1000.0, 1)
        );
    }

    #[test]
    fn the_same_in_each_iteration_is_exactly_systematic() {
        let rate = systematic(&[1, 1, 1, 1, 1]);
        assert!(rate.is_exact());
        assert_eq!(
            (rate.blocks, rate.bytes.growth, rate.warm_up),
            (1.0, 10.0, 0)
        );
        let after_warm_up = systematic(&[7, 2, 2, 2, 2]);
        assert!(after_warm_up.is_exact());
        assert_eq!((after_warm_up.blocks, after_warm_up.warm_up), (2.0, 1));
    }

    #[test]
    fn some_in_each_iteration_is_systematic() {
        let rate = systematic(&[3, 2, 4, 3, 5]);
        assert!(!rate.is_exact());
        assert_eq!((rate.blocks, rate.range), (3.0, (2, 5)));
        let interval = rate.bytes.interval.expect("five iterations");
        assert_eq!((interval.low, interval.high), (20.0, 50.0));
    }

    #[test]
    fn what_only_the_first_iteration_added_is_one_off() {
        assert_eq!(judge_blocks(&[0, 0, 0]), Verdict::OneOff);
        assert_eq!(judge_blocks(&[5, 0, 0, 0]), Verdict::OneOff);
    }

    #[test]
    fn a_cache_that_fills_up_is_bounded() {
        assert_eq!(judge_blocks(&[4, 3, 1, 0, 0, 0, 0, 0]), Verdict::Bounded);
        assert_eq!(judge_blocks(&[4, 3, -2, 2, -2, 2, 0, 0]), Verdict::Bounded);
    }

    #[test]
    fn growth_now_and_then_is_noisy() {
        let Verdict::Noisy(rate) = judge_blocks(&[0, 1, 0, 1, 0, 1, 0, 1]) else {
            panic!("not noisy");
        };
        assert!((rate.blocks - 0.5).abs() < 0.1, "{rate:?}");
    }

    #[test]
    fn bytes_may_grow_without_blocks() {
        let steps = [0, 100, 100, 100].map(|bytes| Step { blocks: 0, bytes });
        let Verdict::Systematic(rate) = judge(1, &steps) else {
            panic!("not systematic");
        };
        assert_eq!(
            (rate.blocks, rate.bytes.growth, rate.warm_up),
            (0.0, 100.0, 1)
        );
    }

    #[test]
    fn what_is_freed_in_the_end_is_bounded() {
        let steps = [40; 6].map(|blocks| Step { blocks, bytes: 400 });
        assert_eq!(judge(1, &steps), Verdict::Bounded);
        assert_eq!(judge(119, &steps), Verdict::Bounded);
        for live in [120, 240, 1000] {
            assert!(matches!(judge(live, &steps), Verdict::Systematic(_)));
        }
    }

    #[test]
    fn two_iterations_allow_no_verdict() {
        assert_eq!(judge_blocks(&[1, 1]), Verdict::TooFew);
        assert_eq!(judge(0, &[Step::default()]), Verdict::Clean);
    }
}
