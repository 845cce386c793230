//! Growth per step of a series of levels: a robust slope, how sure it is, and the
//! warm-up before it.
//!
//! The slope is Theil–Sen's, the median of the slopes between all pairs of levels
//! (P. K. Sen, "Estimates of the regression coefficient based on Kendall's tau",
//! JASA 63, 1968), with Sen's interval from the distribution of tau. That supposes
//! that levels deviate from a line independently of one another. What is live is a
//! sum of what the iterations add, and strays further with each: Sen's interval is
//! too narrow then (it holds the true slope in 11 of 100 random walks with 100
//! steps). So it is widened to hold the interval of the signed-rank test (F. Wilcoxon,
//! 1945; J. W. Tukey's pairwise means) of what at most [`PIECES`] equal pieces of
//! the run have grown by, which supposes only that the growth of pieces does not
//! depend on one another.

use std::ops::Range;

/// Slopes are taken between at most this many levels, at equal distances.
const MAX_POINTS: usize = 200;

/// Pieces of the run whose growth is compared.
const PIECES: usize = 12;

/// How sure an interval should be.
const CONFIDENCE: f64 = 0.95;

/// An interval that is less sure than this says nothing.
const MIN_CONFIDENCE: f64 = 0.8;

/// The value that a normal distribution exceeds in one of 40 cases.
const NORMAL: f64 = 1.959_963_985;

/// Up to so many levels, tau's distribution is computed, not approximated.
const MAX_EXACT: usize = 12;

/// Growth per step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// The median of all slopes between pairs of levels.
    pub growth: f64,
    /// Where the true growth lies; `None` with fewer than four steps.
    pub interval: Option<Interval>,
    /// Whether each step is the same.
    pub is_exact: bool,
}

/// Where a figure lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The least that it may be.
    pub low: f64,
    /// The most that it may be.
    pub high: f64,
    /// In how many of such intervals the figure is, from 0 to 1: 0.95 or more, and
    /// less with four or five steps.
    pub confidence: f64,
}

impl Slope {
    /// Of levels at equal distances.
    #[must_use]
    pub fn of(levels: &[f64]) -> Slope {
        let mut steps = levels.windows(2).map(|pair| pair[1] - pair[0]);
        let first = steps.next().unwrap_or(0.0);
        if steps.all(|step| step == first) {
            let confidence = signed_ranks(levels.len().saturating_sub(1).min(PIECES)).1;
            let interval = Interval {
                low: first,
                high: first,
                confidence,
            };
            return Slope {
                growth: first,
                interval: interval.if_it_says_anything(),
                is_exact: true,
            };
        }
        let (growth, by_pairs) = by_pairs(levels);
        Slope {
            growth,
            interval: by_pairs.and(by_pieces(levels)).if_it_says_anything(),
            is_exact: false,
        }
    }
}

impl Slope {
    /// Of so many steps in which nothing changed: beyond [`PIECES`] they are no surer.
    pub(crate) fn of_nothing(steps: usize) -> Slope {
        Slope::of(&vec![0.0; steps.min(PIECES) + 1])
    }
}

impl Interval {
    /// One that holds both, as sure as the less sure one.
    fn and(self, other: Interval) -> Interval {
        Interval {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
            confidence: self.confidence.min(other.confidence),
        }
    }

    fn if_it_says_anything(self) -> Option<Interval> {
        (self.confidence >= MIN_CONFIDENCE).then_some(self)
    }
}

/// Growth per iteration of something that was measured at marks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Trend {
    /// After the warm-up.
    pub slope: Slope,
    /// Iterations at the begin that were left out.
    pub warm_up: usize,
}

impl Trend {
    /// Of the levels at all marks, from the first on.
    #[must_use]
    pub fn of(levels: &[f64]) -> Trend {
        let steps: Vec<f64> = levels.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let warm_up = warm_up(&steps);
        Trend {
            slope: Slope::of(&levels[warm_up.min(levels.len())..]),
            warm_up,
        }
    }
}

/// How many steps at the begin differ from the rest: those without which the mean
/// of the rest has the least standard error (K. P. White, "An effective truncation
/// heuristic for bias reduction in simulation output", Simulation 69, 1997), at most
/// a quarter of all.
pub(crate) fn warm_up(steps: &[f64]) -> usize {
    let (mut mean, mut squares) = (0.0, 0.0);
    let mut best = (f64::INFINITY, 0);
    // From the end, with the sum of squares that Welford's method keeps.
    for (rest, step) in (1u32..).zip(steps.iter().rev()) {
        let rest = f64::from(rest);
        let apart = step - mean;
        mean += apart / rest;
        squares += apart * (step - mean);
        let left_out = steps.len() - rest as usize;
        let error = squares / (rest * rest);
        if left_out <= steps.len() / 4 && error <= best.0 {
            best = (error, left_out);
        }
    }
    best.1
}

/// The median of the slopes between pairs, with Sen's interval.
fn by_pairs(levels: &[f64]) -> (f64, Interval) {
    let stride = levels.len().div_ceil(MAX_POINTS).max(1);
    let points: Vec<f64> = levels.iter().copied().step_by(stride).collect();
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (index, from) in points.iter().enumerate() {
        let later = (1u32..).zip(&points[index + 1..]);
        slopes.extend(later.map(|(apart, to)| (to - from) / f64::from(apart)));
    }
    let (rank, confidence) = tau(points.len());
    let (median, low, high) = order(&mut slopes, rank);
    let stride = stride as f64;
    let interval = Interval {
        low: low / stride,
        high: high / stride,
        confidence,
    };
    (median / stride, interval)
}

/// The interval of the signed-rank test of the growth per step of pieces.
fn by_pieces(levels: &[f64]) -> Interval {
    let grown: Vec<f64> = pieces(levels.len() - 1)
        .map(|piece| (levels[piece.end] - levels[piece.start]) / piece.len() as f64)
        .collect();
    let mut means = Vec::with_capacity(PIECES * PIECES);
    for (index, one) in grown.iter().enumerate() {
        means.extend(grown[index..].iter().map(|other| (one + other) / 2.0));
    }
    let (rank, confidence) = signed_ranks(grown.len());
    let (_, low, high) = order(&mut means, rank);
    Interval {
        low,
        high,
        confidence,
    }
}

/// Steps cut into pieces as equal as can be.
fn pieces(steps: usize) -> impl Iterator<Item = Range<usize>> {
    let count = steps.min(PIECES);
    (0..count).map(move |piece| piece * steps / count..(piece + 1) * steps / count)
}

/// The median, and the values of a rank from both ends, which counts from 1.
fn order(values: &mut [f64], rank: usize) -> (f64, f64, f64) {
    let count = values.len();
    let mut nth = |at: usize| *values.select_nth_unstable_by(at, f64::total_cmp).1;
    let median = (nth((count - 1) / 2) + nth(count / 2)) / 2.0;
    (median, nth(rank - 1), nth(count - rank))
}

/// The rank, from both ends, of the slopes that bound the interval, and how sure
/// that is: twice the chance that fewer pairs than that are out of order is left.
fn tau(levels: usize) -> (usize, f64) {
    let n = levels as f64;
    let pairs = n * (n - 1.0) / 2.0;
    if levels > MAX_EXACT {
        let deviation = (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
        let rank = (pairs - NORMAL * deviation) / 2.0;
        return ((rank as usize).max(1), CONFIDENCE);
    }
    // How likely each number of pairs out of order is in a random permutation.
    let mut chances = vec![1.0];
    for length in 2..=levels {
        let mut longer = vec![0.0; chances.len() + length - 1];
        for (inversions, chance) in chances.iter().enumerate() {
            for moved in 0..length {
                longer[inversions + moved] += chance / length as f64;
            }
        }
        chances = longer;
    }
    rank(&chances)
}

/// The same for the pairwise means of so many values.
fn signed_ranks(values: usize) -> (usize, f64) {
    // How likely each sum of the ranks of those above the true value is.
    let mut chances = vec![1.0];
    for value in 1..=values {
        let mut more = vec![0.0; chances.len() + value];
        for (sum, chance) in chances.iter().enumerate() {
            more[sum] += chance / 2.0;
            more[sum + value] += chance / 2.0;
        }
        chances = more;
    }
    rank(&chances)
}

/// The highest rank that is as sure as wanted, or else 1, and how sure it is.
fn rank(chances: &[f64]) -> (usize, f64) {
    let mut outside = 0.0;
    let mut found = None;
    for (rank, chance) in (1..).zip(&chances[..chances.len().div_ceil(2)]) {
        outside += 2.0 * chance;
        // Sums of many chances are not exact.
        if found.is_some() && outside > 1.0 - CONFIDENCE + 1e-9 {
            break;
        }
        found = Some((rank, (1.0 - outside).max(0.0)));
    }
    found.unwrap_or((1, 0.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_ranks_are_those_of_published_tables() {
        // M. Hollander, D. A. Wolfe, Nonparametric Statistical Methods, 2nd edition.
        // Table A.30, Kendall's tau: P(K >= 23) is 0.023 for 10.
        assert_eq!(tau(4), (1, 1.0 - 2.0 / 24.0));
        let (rank, confidence) = tau(10);
        assert_eq!(rank, 12);
        assert!(
            (confidence - (1.0 - 2.0 * 0.0233)).abs() < 1e-3,
            "{confidence}"
        );
        // Table A.4, the signed-rank test: P(T >= 21) is 0.016 for 6, P(T >= 47) is
        // 0.024 for 10.
        assert_eq!(signed_ranks(6), (1, 1.0 - 2.0 / 64.0));
        let (rank, confidence) = signed_ranks(10);
        assert_eq!(rank, 9);
        assert!(
            (confidence - (1.0 - 2.0 * 0.0244)).abs() < 1e-3,
            "{confidence}"
        );
        // Five values cannot be surer than this.
        assert_eq!(signed_ranks(5), (1, 0.9375));
    }

    #[test]
    fn what_is_the_same_in_each_step_is_exact() {
        let slope = Slope::of(&[3.0, 7.0, 11.0, 15.0, 19.0, 23.0, 27.0]);
        assert!(slope.is_exact);
        let interval = slope.interval.expect("six steps");
        assert_eq!((slope.growth, interval.low, interval.high), (4.0, 4.0, 4.0));
        assert_eq!(interval.confidence, 1.0 - 2.0 / 64.0);
    }

    #[test]
    fn few_steps_allow_no_interval() {
        for levels in [&[][..], &[1.0], &[1.0, 4.0], &[1.0, 2.0, 4.0, 8.0]] {
            assert_eq!(Slope::of(levels).interval, None, "{levels:?}");
        }
        let four = Slope::of(&[0.0, 1.0, 3.0, 4.0, 6.0])
            .interval
            .expect("four steps");
        assert_eq!((four.low, four.high, four.confidence), (1.0, 2.0, 0.875));
    }

    #[test]
    fn one_outlier_moves_the_slope_little() {
        let mut levels: Vec<f64> = (0..20).map(f64::from).collect();
        levels[10] = 1000.0;
        let slope = Slope::of(&levels);
        assert!((slope.growth - 1.0).abs() < 1e-9, "{slope:?}");
        assert!(!slope.is_exact);
    }

    #[test]
    fn the_warm_up_is_what_differs_at_the_begin() {
        assert_eq!(warm_up(&[]), 0);
        assert_eq!(warm_up(&[5.0; 8]), 0);
        assert_eq!(warm_up(&[90.0, 30.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0]), 2);
        assert_eq!(warm_up(&[90.0, 6.0, 4.0, 6.0, 4.0, 5.0, 6.0, 4.0]), 1);
        // Not more than a quarter.
        assert_eq!(warm_up(&[9.0, 9.0, 9.0, 5.0, 5.0, 5.0, 5.0, 5.0]), 2);
        let trend = Trend::of(&[0.0, 90.0, 94.0, 98.0, 102.0, 106.0]);
        assert_eq!((trend.warm_up, trend.slope.growth), (1, 4.0));
        assert!(trend.slope.is_exact);
    }

    /// A random number from 0 to 1, by xorshift.
    fn chance(state: &mut u64) -> f64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        (*state >> 11) as f64 / (1u64 << 53) as f64
    }

    /// How many of 400 intervals hold the true growth, 1, of series made by `next`
    /// from the number of the step, the level before and a random deviation.
    fn held(steps: u32, next: fn(f64, f64, f64) -> f64) -> u32 {
        let mut state = 0x9e37_79b9_7f4a_7c15;
        (0..400)
            .map(|_| {
                let mut levels = vec![0.0];
                for step in 1..=steps {
                    let deviation: f64 = (0..12).map(|_| chance(&mut state)).sum::<f64>() - 6.0;
                    let before = levels.last().copied().unwrap_or(0.0);
                    levels.push(next(f64::from(step), before, deviation));
                }
                let interval = Slope::of(&levels).interval.expect("enough steps");
                u32::from(interval.low <= 1.0 && 1.0 <= interval.high)
            })
            .sum()
    }

    #[test]
    fn intervals_hold_the_true_growth_as_often_as_they_say() {
        for steps in [6, 10, 40, 100] {
            let noise = held(steps, |step, _, deviation| step + deviation);
            let walk = held(steps, |_, before, deviation| before + 1.0 + deviation);
            // 95 % of 400 are 380; three standard deviations below that.
            assert!(
                noise >= 367 && walk >= 367,
                "{steps} steps: {noise}, {walk}"
            );
        }
    }

    /// All of it by sorting, in cubic time: a bound is in the interval if as many
    /// slopes (or means) as the rank says are at least, and at most, as large.
    fn naive(levels: &[f64]) -> (f64, f64, f64) {
        let mut slopes = Vec::new();
        for i in 0..levels.len() {
            for j in 0..i {
                slopes.push((levels[i] - levels[j]) / (i - j) as f64);
            }
        }
        let bounds = |values: &[f64], rank: usize| {
            let inside = values.iter().copied().filter(|value| {
                values.iter().filter(|other| *other <= value).count() >= rank
                    && values.iter().filter(|other| *other >= value).count() >= rank
            });
            let (low, high) = (f64::INFINITY, f64::NEG_INFINITY);
            inside.fold((low, high), |(low, high), value| {
                (low.min(value), high.max(value))
            })
        };
        let (low, high) = bounds(&slopes, tau(levels.len()).0);
        let count = levels.len() - 1;
        let parts = count.min(PIECES);
        let mut means = Vec::new();
        let grown = |part: usize| {
            let (from, to) = (part * count / parts, (part + 1) * count / parts);
            (levels[to] - levels[from]) / (to - from) as f64
        };
        for one in 0..parts {
            for other in one..parts {
                means.push((grown(one) + grown(other)) / 2.0);
            }
        }
        let (low_of_pieces, high_of_pieces) = bounds(&means, signed_ranks(parts).0);
        slopes.sort_by(f64::total_cmp);
        let middle = slopes.len() / 2;
        let median = match slopes.len() % 2 {
            1 => slopes[middle],
            _ => (slopes[middle - 1] + slopes[middle]) / 2.0,
        };
        (median, low.min(low_of_pieces), high.max(high_of_pieces))
    }

    proptest! {
        #[test]
        fn slope_and_interval_are_those_of_the_definition(
            levels in proptest::collection::vec((-1000i32..1000).prop_map(f64::from), 5..60),
        ) {
            let slope = Slope::of(&levels);
            let (growth, low, high) = naive(&levels);
            prop_assert_eq!(slope.growth, growth);
            let interval = slope.interval.expect("at least four steps");
            prop_assert_eq!((interval.low, interval.high), (low, high));
            prop_assert!(interval.low <= growth && growth <= interval.high);
        }

        #[test]
        fn thousands_of_levels_give_the_slope_of_some(
            growth in -100i32..100,
            count in 201usize..5000,
        ) {
            // Up and down by 1 around a line.
            let levels: Vec<f64> = (0..count)
                .map(|n| f64::from(growth) * n as f64 + if n % 3 == 0 { 1.0 } else { 0.0 })
                .collect();
            let slope = Slope::of(&levels);
            prop_assert!((slope.growth - f64::from(growth)).abs() < 0.01, "{:?}", slope);
            let interval = slope.interval.expect("many steps");
            prop_assert!(interval.high - interval.low < 0.2, "{:?}", interval);
        }
    }
}
