//! The steps of each type and site from iteration to iteration.

use crate::ledger::Iteration;
use crate::verdict::Step;

/// The last part of a run belongs to no iteration if it allocates less than
/// this share of what an iteration does: the marks end iterations, or the
/// program tidies up.
const TAIL_SHARE: u64 = 10;

/// How many of `iterations` are iterations of the program: not the first,
/// which precedes the first mark, and not a tail.
pub(crate) fn counted(iterations: &[Iteration]) -> usize {
    let marked = iterations.len().saturating_sub(1);
    let Some((last, others)) = iterations.get(1..).and_then(<[_]>::split_last) else {
        return 0;
    };
    let mut allocations: Vec<u64> = others
        .iter()
        .map(|iteration| iteration.allocations)
        .collect();
    allocations.sort_unstable();
    let does_nothing = last.allocations == 0 && last.frees == 0;
    if does_nothing && others.iter().any(|other| other.allocations > 0) {
        return marked - 1;
    }
    match allocations.get(allocations.len() / 2) {
        Some(median) if last.allocations.saturating_mul(TAIL_SHARE) < *median => marked - 1,
        _ => marked,
    }
}

/// The steps of types or sites, by their number, in the first `counted`
/// iterations after the setup; `changes` gives those of one iteration.
pub(crate) fn steps<'a, C>(
    iterations: &'a [Iteration],
    counted: usize,
    count: usize,
    changes: impl Fn(&'a Iteration) -> C,
) -> Vec<Vec<Step>>
where
    C: Iterator<Item = (u32, Step)>,
{
    let mut steps: Vec<Vec<Step>> = vec![Vec::new(); count];
    for (index, iteration) in iterations.iter().skip(1).take(counted).enumerate() {
        for (number, step) in changes(iteration) {
            if let Some(series) = steps.get_mut(number as usize) {
                series.resize(index, Step::default());
                series.push(step);
            }
        }
    }
    for series in &mut steps {
        series.resize(counted, Step::default());
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iterations(allocations: &[u64]) -> Vec<Iteration> {
        let iteration = |allocations: &u64| Iteration {
            allocations: *allocations,
            ..Iteration::default()
        };
        allocations.iter().map(iteration).collect()
    }

    #[test]
    fn what_precedes_the_first_mark_is_no_iteration() {
        assert_eq!(counted(&iterations(&[5])), 0);
        assert_eq!(counted(&iterations(&[5, 10, 10, 10])), 3);
        assert_eq!(counted(&[]), 0);
    }

    #[test]
    fn a_nearly_idle_end_is_no_iteration() {
        assert_eq!(counted(&iterations(&[5, 100, 100, 100, 3])), 3);
        assert_eq!(counted(&iterations(&[5, 100, 100, 100, 60])), 4);
        assert_eq!(counted(&iterations(&[5, 0, 0, 0])), 3);
        assert_eq!(counted(&iterations(&[5, 4, 3, 4, 0])), 3);
        assert_eq!(counted(&iterations(&[5, 4, 0, 0, 0, 0])), 4);
    }
}
