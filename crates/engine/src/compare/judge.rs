//! Whether what was measured in two runs differs.

use std::collections::BTreeMap;

use super::growth::{Growth, Measure, Window};

/// What of two runs is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// Growth per iteration: both have iterations enough.
    PerIteration(Window, Window),
    /// What is there at the end. How much of that is chance is not known.
    AtEnd,
}

impl Basis {
    /// Of an earlier and a later run, by the windows that they have.
    #[must_use]
    pub fn of(before: Option<Window>, after: Option<Window>) -> Basis {
        match (before, after) {
            (Some(before), Some(after)) => Basis::PerIteration(before, after),
            _ => Basis::AtEnd,
        }
    }
}

/// What became of something from an earlier run to a later one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Only the later run has it, and it grows there.
    New,
    /// It grows by more.
    Grown,
    /// There are too few iterations to tell.
    Unknown,
    /// It does not differ by more than iterations of one run do.
    Same,
    /// It grows by less.
    Shrunk,
    /// Only the earlier run has it, and it grew there.
    Gone,
}

/// One thing in both runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Row<K> {
    /// What it is known by in both.
    pub key: K,
    /// In the earlier run; `None` if nothing of it is there.
    pub before: Option<Measure>,
    /// In the later run.
    pub after: Option<Measure>,
    /// By how much more it grows in the later run per iteration, or how much more is
    /// there at the end. The amounts of all rows add up to that of the whole.
    pub amount: f64,
    /// What that means.
    pub change: Change,
}

impl<K> Row<K> {
    /// Compares one thing; where a run has nothing of it, it grows by nothing.
    #[must_use]
    pub fn of(key: K, before: Option<Measure>, after: Option<Measure>, basis: Basis) -> Row<K> {
        let (amount, order) = match basis {
            Basis::AtEnd => {
                let at_end = |measure: Option<Measure>| measure.map_or(0, |measure| measure.at_end);
                let (before, after) = (at_end(before), at_end(after));
                (after as f64 - before as f64, Some(after.cmp(&before)))
            }
            Basis::PerIteration(early, late) => {
                let before = before.map_or(Some(early.nothing()), |measure| measure.growth);
                let after = after.map_or(Some(late.nothing()), |measure| measure.growth);
                match (before, after) {
                    (Some(before), Some(after)) => {
                        (after.mean - before.mean, differs(&before, &after))
                    }
                    _ => (0.0, None),
                }
            }
        };
        let change = match order {
            None => Change::Unknown,
            Some(std::cmp::Ordering::Equal) => Change::Same,
            Some(std::cmp::Ordering::Greater) if before.is_none() => Change::New,
            Some(std::cmp::Ordering::Greater) => Change::Grown,
            Some(std::cmp::Ordering::Less) if after.is_none() => Change::Gone,
            Some(std::cmp::Ordering::Less) => Change::Shrunk,
        };
        Row {
            key,
            before,
            after,
            amount,
            change,
        }
    }

    /// Whether the later run is worse, and that is no chance.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        matches!(self.change, Change::New | Change::Grown)
    }
}

/// How the growth of the later run differs: by intervals that do not overlap, or by
/// exact figures; `None` if there is neither.
fn differs(before: &Growth, after: &Growth) -> Option<std::cmp::Ordering> {
    use std::cmp::Ordering::{Equal, Greater, Less};
    if before.is_exact && after.is_exact {
        return after.mean.partial_cmp(&before.mean);
    }
    let (before, after) = (before.interval?, after.interval?);
    Some(if after.low > before.high {
        Greater
    } else if after.high < before.low {
        Less
    } else {
        Equal
    })
}

/// All that either run has, the largest growth first and the largest decrease last.
#[must_use]
pub fn compare<K: Ord + Clone>(
    before: &BTreeMap<K, Measure>,
    after: &BTreeMap<K, Measure>,
    basis: Basis,
) -> Vec<Row<K>> {
    let only_after = after.keys().filter(|key| !before.contains_key(*key));
    let mut rows: Vec<Row<K>> = before
        .keys()
        .chain(only_after)
        .map(|key| {
            let (before, after) = (before.get(key), after.get(key));
            Row::of(key.clone(), before.copied(), after.copied(), basis)
        })
        .collect();
    rows.sort_by(|one, other| {
        let by_amount = other.amount.total_cmp(&one.amount);
        by_amount.then_with(|| one.key.cmp(&other.key))
    });
    rows
}

/// Whether a later run may pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nothing grew by more than is allowed.
    Passes,
    /// Something did.
    Grown,
    /// There are too few iterations to tell.
    CannotTell,
}

/// Looks for rows that grew by more than `allowed` per iteration. What is only known at
/// the end tells nothing.
pub fn gate<'r, K: 'r>(rows: impl Iterator<Item = &'r Row<K>>, basis: Basis, allowed: u64) -> Gate {
    if basis == Basis::AtEnd {
        return Gate::CannotTell;
    }
    let mut found = Gate::Passes;
    for row in rows {
        if row.is_worse() && row.amount > allowed as f64 {
            return Gate::Grown;
        }
        if row.change == Change::Unknown {
            found = Gate::CannotTell;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUNDS: usize = 8;

    fn basis() -> Basis {
        Basis::of(Window::of(ROUNDS), Window::of(ROUNDS))
    }

    fn measure(steps: [i64; ROUNDS]) -> Measure {
        let window = Window::of(ROUNDS).expect("enough");
        Measure {
            at_end: steps.iter().sum::<i64>().unsigned_abs(),
            growth: Some(Growth::of(&steps, window)),
        }
    }

    fn change(before: Option<Measure>, after: Option<Measure>) -> Change {
        Row::of((), before, after, basis()).change
    }

    #[test]
    fn exact_figures_differ_by_any_amount() {
        let (less, more) = (measure([100; 8]), measure([101; 8]));
        assert_eq!(change(Some(less), Some(more)), Change::Grown);
        assert_eq!(change(Some(more), Some(less)), Change::Shrunk);
        assert_eq!(change(Some(less), Some(less)), Change::Same);
        assert_eq!(change(None, Some(less)), Change::New);
        assert_eq!(change(Some(less), None), Change::Gone);
    }

    #[test]
    fn figures_that_vary_differ_if_their_intervals_do_not_overlap() {
        let low = measure([0, 0, 90, 110, 90, 110, 90, 110]);
        let same = measure([0, 0, 120, 95, 120, 95, 120, 95]);
        let high = measure([0, 0, 200, 220, 200, 220, 200, 220]);
        assert_eq!(change(Some(low), Some(same)), Change::Same);
        assert_eq!(change(Some(low), Some(high)), Change::Grown);
        assert_eq!(change(Some(high), Some(low)), Change::Shrunk);
        let row = Row::of((), Some(low), Some(high), basis());
        assert_eq!(row.amount, 110.0);
    }

    #[test]
    fn one_odd_iteration_is_no_growth() {
        let odd = measure([0, 0, 0, 0, 9_000, 0, 0, 0]);
        assert_eq!(change(None, Some(odd)), Change::Same);
    }

    #[test]
    fn what_was_set_up_once_is_not_new() {
        let set_up = measure([5_000, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(change(None, Some(set_up)), Change::Same);
        let at_end = Row::of((), None, Some(set_up), Basis::AtEnd);
        assert_eq!((at_end.change, at_end.amount), (Change::New, 5_000.0));
    }

    #[test]
    fn figures_that_vary_in_three_iterations_tell_nothing() {
        let window = Window::of(3);
        let of = |steps: [i64; 3]| Measure {
            at_end: 1,
            growth: window.map(|window| Growth::of(&steps, window)),
        };
        let basis = Basis::of(window, window);
        let row = Row::of((), Some(of([1, 2, 1])), Some(of([5, 9, 5])), basis);
        assert_eq!(row.change, Change::Unknown);
        assert_eq!(gate([row].iter(), basis, 0), Gate::CannotTell);
        let row = Row::of((), Some(of([1, 1, 1])), Some(of([5, 5, 5])), basis);
        assert_eq!(row.change, Change::Grown);
    }

    #[test]
    fn a_gate_lets_pass_what_is_allowed() {
        let rows = [Row::of((), None, Some(measure([100; 8])), basis())];
        assert_eq!(gate(rows.iter(), basis(), 99), Gate::Grown);
        assert_eq!(gate(rows.iter(), basis(), 100), Gate::Passes);
        assert_eq!(gate(rows.iter(), Basis::AtEnd, 0), Gate::CannotTell);
    }

    /// A random number below 200, by xorshift.
    fn random(state: &mut u64) -> i64 {
        *state ^= *state << 13;
        *state ^= *state >> 7;
        *state ^= *state << 17;
        ((*state >> 11) % 200) as i64
    }

    #[test]
    fn what_varies_alike_seldom_differs() {
        let mut state = 0x9e37_79b9_7f4a_7c15;
        for iterations in [5, 6, 8, 12, 40] {
            let window = Window::of(iterations);
            let mut run = || {
                let steps: Vec<i64> = (0..iterations).map(|_| random(&mut state)).collect();
                let growth = window.map(|window| Growth::of(&steps, window));
                Some(Measure { at_end: 1, growth })
            };
            let basis = Basis::of(window, window);
            let changes = (0..1_000).map(|_| Row::of((), run(), run(), basis).change);
            let differ = changes.filter(|change| *change != Change::Same).count();
            assert!(
                differ < 50,
                "{differ} of 1,000 with {iterations} iterations"
            );
        }
    }

    #[test]
    fn the_largest_growth_comes_first() {
        let before = BTreeMap::from([("gone", measure([7; 8])), ("same", measure([3; 8]))]);
        let after = BTreeMap::from([("new", measure([9; 8])), ("same", measure([3; 8]))]);
        let rows = compare(&before, &after, basis());
        let rows: Vec<_> = rows.iter().map(|row| (row.key, row.amount)).collect();
        assert_eq!(rows, [("new", 9.0), ("same", 0.0), ("gone", -7.0)]);
    }
}
