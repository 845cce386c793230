//! The steps of each type and site from iteration to iteration.

use unfreed_events::WordId;

use crate::ledger::Iteration;
use crate::verdict::Step;

/// The last part of a run belongs to no iteration if it allocates less than
/// this share of what an iteration does: the marks end iterations, or the
/// program tidies up.
const TAIL_SHARE: u64 = 10;

/// How many of `iterations` are iterations of the program: not the first,
/// which precedes the first mark, and not a tail, nor anything from the first mark
/// on that ends them.
pub(crate) fn counted(iterations: &[Iteration], ends: &[WordId]) -> usize {
    let ends_them = |part: &Iteration| part.name.is_some_and(|name| ends.contains(&name));
    if let Some(end) = iterations.iter().skip(2).position(ends_them) {
        return end + 1;
    }
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

/// The steps of types or sites in the iterations after the setup. Only those that
/// are not zero are kept.
pub(crate) struct Steps {
    counted: usize,
    /// Where in `changes` those of each number end.
    ends: Vec<usize>,
    /// The iteration, from 0, and the step in it; sorted by number, then iteration.
    changes: Vec<(u32, Step)>,
}

impl Steps {
    /// Of `count` types or sites in the first `counted` iterations; `changes` gives
    /// number and step of those that one iteration changed.
    pub fn new<'a, C>(
        iterations: &'a [Iteration],
        counted: usize,
        count: usize,
        changes: impl Fn(&'a Iteration) -> C,
    ) -> Steps
    where
        C: Iterator<Item = (u32, Step)>,
    {
        let after_setup = || (0u32..).zip(iterations.iter().skip(1).take(counted));
        let known = |(number, _): &(u32, Step)| (*number as usize) < count;
        let mut ends = vec![0; count];
        for (_, iteration) in after_setup() {
            for (number, _) in changes(iteration).filter(known) {
                ends[number as usize] += 1;
            }
        }
        // Where each begins; filling moves that to where it ends.
        let mut all = 0;
        for end in &mut ends {
            all += std::mem::replace(end, all);
        }
        let mut sorted = vec![(0, Step::default()); all];
        for (index, iteration) in after_setup() {
            for (number, step) in changes(iteration).filter(known) {
                let end = &mut ends[number as usize];
                sorted[*end] = (index, step);
                *end += 1;
            }
        }
        Steps {
            counted,
            ends,
            changes: sorted,
        }
    }

    /// Those of one number, one for each iteration, in place of what is in `steps`.
    pub fn of(&self, number: usize, steps: &mut Vec<Step>) {
        steps.clear();
        steps.resize(self.counted, Step::default());
        let begin = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        for (index, step) in &self.changes[begin..self.ends[number]] {
            steps[*index as usize] = *step;
        }
    }
}

#[cfg(test)]
mod tests {
    use unfreed_events::TypeId;

    use super::*;
    use crate::ledger::Change;

    fn iterations(allocations: &[u64]) -> Vec<Iteration> {
        let iteration = |allocations: &u64| Iteration {
            allocations: *allocations,
            ..Iteration::default()
        };
        allocations.iter().map(iteration).collect()
    }

    #[test]
    fn what_precedes_the_first_mark_is_no_iteration() {
        assert_eq!(counted(&iterations(&[5]), &[]), 0);
        assert_eq!(counted(&iterations(&[5, 10, 10, 10]), &[]), 3);
        assert_eq!(counted(&[], &[]), 0);
    }

    #[test]
    fn a_nearly_idle_end_is_no_iteration() {
        assert_eq!(counted(&iterations(&[5, 100, 100, 100, 3]), &[]), 3);
        assert_eq!(counted(&iterations(&[5, 100, 100, 100, 60]), &[]), 4);
        assert_eq!(counted(&iterations(&[5, 0, 0, 0]), &[]), 3);
        assert_eq!(counted(&iterations(&[5, 4, 3, 4, 0]), &[]), 3);
        assert_eq!(counted(&iterations(&[5, 4, 0, 0, 0, 0]), &[]), 4);
    }

    #[test]
    fn a_mark_may_end_the_last_iteration() {
        let named = |names: &[u32]| -> Vec<Iteration> {
            let mut parts = iterations(&[5]);
            parts.extend(names.iter().map(|name| Iteration {
                name: Some(WordId(*name)),
                allocations: 100,
                ..Iteration::default()
            }));
            parts
        };
        let ends = [WordId(9)];
        // Behind it is as much as in each iteration, and it is none.
        assert_eq!(counted(&named(&[1, 2, 3, 9]), &ends), 3);
        assert_eq!(counted(&named(&[1, 2, 9, 3, 9, 4]), &ends), 2);
        assert_eq!(counted(&named(&[9, 1, 2]), &ends), 3);
        assert_eq!(counted(&named(&[1, 2, 3]), &ends), 3);
    }

    #[test]
    fn steps_are_those_of_each_iteration_after_the_setup() {
        let change = |number, live| Change {
            type_id: TypeId(number),
            live,
            live_bytes: live * 10,
        };
        let changes = [
            vec![change(0, 9)],
            vec![change(0, 1), change(2, 4)],
            vec![],
            vec![change(2, -3)],
            // The tail.
            vec![change(1, 7)],
        ];
        let iterations = changes.map(|changes| Iteration {
            changes,
            ..Iteration::default()
        });
        let all = Steps::new(&iterations, 3, 3, |iteration| {
            iteration.changes.iter().map(|change| {
                let step = Step {
                    blocks: change.live,
                    bytes: change.live_bytes,
                };
                (change.type_id.0, step)
            })
        });
        let mut steps = Vec::new();
        for (number, expected) in [[1, 0, 0], [0, 0, 0], [4, 0, -3]].iter().enumerate() {
            all.of(number, &mut steps);
            let blocks: Vec<i64> = steps.iter().map(|step| step.blocks).collect();
            assert_eq!(blocks, expected);
        }
    }
}
