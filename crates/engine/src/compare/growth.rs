//! Growth per iteration of one thing that was measured in a run.

use crate::findings::MIN_ITERATIONS;
use crate::slope::{Interval, Slope};
use crate::verdict::longest_warm_up;

/// The iterations that growth is measured over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    iterations: usize,
}

impl Window {
    /// Of a run with so many iterations; `None` if they are too few to tell.
    #[must_use]
    pub fn of(iterations: usize) -> Option<Window> {
        (iterations >= MIN_ITERATIONS).then_some(Window { iterations })
    }

    /// All iterations of the run.
    #[must_use]
    pub fn iterations(self) -> usize {
        self.iterations
    }

    /// How many iterations at the begin are left out: a quarter of all, at least one,
    /// as long as three are left.
    #[must_use]
    pub fn warm_up(self) -> usize {
        longest_warm_up(self.iterations)
    }

    /// What never changes.
    #[must_use]
    pub fn nothing(self) -> Growth {
        let slope = Slope::of_nothing(self.iterations - self.warm_up());
        Growth {
            mean: 0.0,
            interval: slope.interval,
            is_exact: true,
        }
    }
}

/// Growth per iteration behind the warm-up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Growth {
    /// The mean of what the iterations added.
    pub mean: f64,
    /// Where the slope lies; `None` with fewer than four iterations behind the warm-up.
    pub interval: Option<Interval>,
    /// Whether each iteration added the same, and that is no estimate.
    pub is_exact: bool,
}

impl Growth {
    /// Of what each iteration of a run added; iterations that are missing added
    /// nothing.
    #[must_use]
    pub fn of(steps: &[i64], window: Window) -> Growth {
        let mut level = 0i64;
        let mut levels = vec![0.0];
        let counted = (window.warm_up()..window.iterations).map(|at| steps.get(at).unwrap_or(&0));
        for step in counted {
            level = level.saturating_add(*step);
            levels.push(level as f64);
        }
        let slope = Slope::of(&levels);
        Growth {
            mean: level as f64 / (levels.len() - 1) as f64,
            interval: slope.interval,
            is_exact: slope.is_exact,
        }
    }

    /// The same of figures that are estimates: no two of them are known to be the same.
    #[must_use]
    pub fn estimated(self) -> Growth {
        Growth {
            is_exact: false,
            ..self
        }
    }

    /// Whether nothing was added in any iteration.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        let bounds = self
            .interval
            .map_or([0.0, 0.0], |found| [found.low, found.high]);
        self.mean == 0.0 && bounds == [0.0, 0.0] && (self.is_exact || self.interval.is_some())
    }
}

/// One thing that was measured in a run: bytes, or a number of handles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measure {
    /// At the end of the run.
    pub at_end: u64,
    /// Growth per iteration; `None` with too few iterations, or if it was not measured
    /// at marks.
    pub growth: Option<Growth>,
}

impl Measure {
    /// Whether nothing is there at the end, and there was no growth on the way.
    #[must_use]
    pub fn is_nothing(&self) -> bool {
        self.at_end == 0 && self.growth.is_none_or(|growth| growth.is_nothing())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(iterations: usize) -> Window {
        Window::of(iterations).expect("enough iterations")
    }

    #[test]
    fn a_quarter_of_the_iterations_is_left_out() {
        let left_out = |iterations| window(iterations).warm_up();
        assert_eq!([3, 4, 5, 8, 12].map(left_out), [0, 1, 1, 2, 3]);
        assert_eq!(Window::of(2), None);
    }

    #[test]
    fn means_are_of_what_is_behind_the_warm_up() {
        let growth = Growth::of(&[900, 10, 10, 10, 10, 10], window(6));
        assert_eq!((growth.mean, growth.is_exact), (10.0, true));
        let growth = Growth::of(&[900, 10, 10, 10, 10, 40], window(6));
        assert_eq!((growth.mean, growth.is_exact), (16.0, false));
        let interval = growth.interval.expect("five iterations");
        assert_eq!((interval.low, interval.high), (10.0, 40.0));
    }

    #[test]
    fn what_never_changes_is_nothing() {
        assert!(window(3).nothing().is_nothing());
        for iterations in [3, 5, 12, 40] {
            let measured = Growth::of(&vec![0; iterations], window(iterations));
            assert_eq!(window(iterations).nothing(), measured);
        }
        // A baseline may say any number.
        assert!(window(usize::MAX).nothing().is_nothing());
        assert!(window(9).nothing().estimated().is_nothing());
        assert!(!Growth::of(&[0, 0, 4, -4, 0], window(5)).is_nothing());
        assert!(!Growth::of(&[1, 1, 1], window(3)).is_nothing());
    }
}
