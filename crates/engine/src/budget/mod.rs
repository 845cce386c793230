//! Budgets: how much of something is allowed, whether that was kept, and who broke it.
//!
//! A rate is judged by the interval of its slope (`slope.rs`): it breaks its budget
//! only if all of the interval lies above. What happened once, or stopped growing, does
//! not do that.

mod culprits;
mod levels;
mod measure;

use unfreed_events::SiteId;

use crate::findings::Findings;
use crate::slope::{Interval, Slope, warm_up};

pub use self::culprits::{Culprit, Who};
pub use self::levels::Levels;

use self::measure::Value;

/// Fewer iterations than this give no interval.
pub const MIN_ITERATIONS: usize = 4;

/// What is allowed.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// Of what.
    pub measure: Measure,
    /// The most that is allowed, in the unit of the measure.
    pub limit: f64,
    /// Iterations at the begin that do not count; `None` to have the engine see.
    pub warm_up: Option<usize>,
    /// The least number of iterations behind the warm-up for a judgement of a rate;
    /// [`MIN_ITERATIONS`] if it is less.
    pub iterations: usize,
}

/// What a budget is of.
#[derive(Clone, Debug, PartialEq)]
pub enum Measure {
    /// Growth of live bytes per iteration.
    LeakedBytes(Selection),
    /// Growth of live blocks per iteration.
    LeakedObjects(Selection),
    /// Bytes that are live at the end.
    LiveBytes(Selection),
    /// Blocks that are live at the end.
    LiveObjects(Selection),
    /// Growth of the size of all linear memories per iteration, in bytes.
    MemoryGrowth,
    /// The most live bytes in any iteration, or in the run if it has none.
    PeakBytes,
    /// Bytes of holes between blocks, behind the last iteration.
    HolesBytes,
    /// Growth of these bytes per iteration.
    HolesGrowth,
    /// Their share of the size of the memories, from 0 to 1.
    HolesShare,
    /// Growth of the number of handles that are not freed, per iteration.
    Handles(Selection),
    /// Temporary allocations per iteration.
    Temporary,
    /// Their share of all allocations in the iterations, from 0 to 1.
    TemporaryShare,
}

/// Some sites, or kinds of handles, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    chosen: Vec<bool>,
}

impl FromIterator<bool> for Selection {
    /// For each number from 0 on, whether it is chosen.
    fn from_iter<I: IntoIterator<Item = bool>>(chosen: I) -> Selection {
        Selection {
            chosen: chosen.into_iter().collect(),
        }
    }
}

impl Selection {
    /// Whether it has this number.
    #[must_use]
    pub fn has(&self, number: usize) -> bool {
        self.chosen.get(number).copied().unwrap_or(false)
    }

    /// Whether it has this site.
    #[must_use]
    pub fn has_site(&self, site: SiteId) -> bool {
        self.has(site.0 as usize)
    }
}

/// What came of a budget.
#[derive(Clone, Debug, PartialEq)]
pub struct Judged {
    /// Whether it was kept.
    pub outcome: Outcome,
    /// What was measured, if it was.
    pub measured: Option<Measured>,
    /// Who broke it, the first one most; empty if it was kept, or nobody is known.
    pub culprits: Vec<Culprit>,
}

/// Whether a budget was kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was kept.
    Pass,
    /// It lies inside the interval of what was measured: that it is exceeded was not
    /// shown.
    NotShown,
    /// It was exceeded.
    Fail,
    /// There are too few iterations to tell.
    TooFewIterations {
        /// Behind the warm-up.
        counted: usize,
        /// That many are needed.
        needed: usize,
    },
    /// What it is of was not measured.
    NotMeasured(Unmeasured),
}

/// Why something was not measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmeasured {
    /// There is no allocation.
    NoAllocations,
    /// There is no linear memory, as in a log.
    NoMemory,
    /// An allocator is not modelled, so that its holes are not known.
    NotModelled,
    /// Handles are followed in recordings only.
    NoHandles,
    /// Samples and sums do not tell temporary allocations.
    NoTemporary,
    /// There were more marks than memories are kept for.
    TooManyMarks,
    /// Nothing of what was recorded has a name that matches.
    NothingMatches,
}

/// A figure that a budget is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measured {
    /// The figure: growth per iteration, or a level.
    pub figure: f64,
    /// Where it lies; `None` for a level, which is known.
    pub interval: Option<Interval>,
    /// Whether each iteration has grown by the same, or the level is known; never for
    /// an estimate.
    pub is_exact: bool,
    /// Whether it is an estimate from samples.
    pub is_estimate: bool,
    /// Iterations that were looked at.
    pub iterations: usize,
    /// Iterations at the begin that were left out.
    pub warm_up: usize,
}

/// Whether a budget was kept, and who broke it.
#[must_use]
pub fn judge(findings: &Findings, budget: &Budget) -> Judged {
    let value = match measure::measure(findings, &budget.measure) {
        Ok(value) => value,
        Err(why) => return Judged::not_measured(why),
    };
    let is_estimate = findings.sampling.is_some();
    let (outcome, measured) = match value {
        Value::Levels(levels) => match rate(&levels, budget, is_estimate) {
            Ok(measured) => (compare(&measured, budget.limit), measured),
            Err(outcome) => return Judged::without(outcome),
        },
        Value::Level(figure) => {
            let measured = Measured {
                figure,
                interval: None,
                is_exact: !is_estimate,
                is_estimate,
                iterations: findings.counted_iterations,
                warm_up: 0,
            };
            (compare(&measured, budget.limit), measured)
        }
    };
    let culprits = match outcome {
        Outcome::Fail => culprits::of(findings, &budget.measure, measured.warm_up),
        _ => Vec::new(),
    };
    Judged {
        outcome,
        measured: Some(measured),
        culprits,
    }
}

impl Judged {
    /// That what a budget is of was not measured.
    #[must_use]
    pub fn not_measured(why: Unmeasured) -> Judged {
        Judged::without(Outcome::NotMeasured(why))
    }

    fn without(outcome: Outcome) -> Judged {
        Judged {
            outcome,
            measured: None,
            culprits: Vec::new(),
        }
    }
}

/// The rate of levels at marks, or why there is none.
fn rate(levels: &[f64], budget: &Budget, is_estimate: bool) -> Result<Measured, Outcome> {
    let needed = budget.iterations.max(MIN_ITERATIONS);
    let steps: Vec<f64> = levels.windows(2).map(|pair| pair[1] - pair[0]).collect();
    // One that the engine chooses leaves as many as are needed.
    let most = steps.len().saturating_sub(needed);
    let warm_up = budget.warm_up.unwrap_or_else(|| warm_up(&steps).min(most));
    let counted = steps.len().saturating_sub(warm_up);
    if counted < needed {
        return Err(Outcome::TooFewIterations { counted, needed });
    }
    let slope = Slope::of(&levels[warm_up..]);
    Ok(Measured {
        figure: slope.growth,
        interval: slope.interval,
        is_exact: slope.is_exact && !is_estimate,
        is_estimate,
        iterations: counted,
        warm_up,
    })
}

fn compare(measured: &Measured, limit: f64) -> Outcome {
    let (low, high) = match measured.interval {
        Some(interval) => (interval.low, interval.high),
        None => (measured.figure, measured.figure),
    };
    if low > limit {
        Outcome::Fail
    } else if high <= limit {
        Outcome::Pass
    } else {
        Outcome::NotShown
    }
}

#[cfg(test)]
mod tests;
