//! What is measured in one run.

use unfreed_events::SiteId;

use super::growth::{Growth, Measure, Window};
use crate::account::{At, Partition, Spaces};
use crate::findings::Findings;

impl Findings {
    /// The iterations that growth is measured over; `None` if they are too few.
    #[must_use]
    pub fn window(&self) -> Option<Window> {
        Window::of(self.counted_iterations)
    }

    /// All live bytes.
    #[must_use]
    pub fn live_measure(&self) -> Measure {
        let levels = self.iterations.iter().take(self.counted_iterations + 1);
        let levels: Vec<u64> = levels.map(|iteration| iteration.live_bytes).collect();
        Measure {
            at_end: self.totals.live_bytes,
            growth: self.growth(&steps(&levels)),
        }
    }

    /// The live bytes of groups of sites. Each site is in one of `count` groups, whose
    /// number `group` gives.
    pub fn live_measures(&self, count: usize, group: impl Fn(SiteId) -> usize) -> Vec<Measure> {
        let mut at_end = vec![0u64; count];
        for found in &self.sites {
            if let Some(bytes) = at_end.get_mut(group(found.site)) {
                *bytes += found.figures.leaked_bytes;
            }
        }
        let iterations = self.iterations.iter().skip(1).take(self.counted_iterations);
        let mut changes: Vec<(usize, usize, i64)> = Vec::new();
        for (number, iteration) in iterations.enumerate() {
            let of_sites = iteration.site_changes.iter();
            changes.extend(of_sites.map(|change| (group(change.site), number, change.live_bytes)));
        }
        changes.sort_unstable_by_key(|(group, number, _)| (*group, *number));
        let mut rest = &changes[..];
        let mut measures = Vec::with_capacity(count);
        let mut steps = vec![0i64; self.counted_iterations];
        for (number, at_end) in at_end.into_iter().enumerate() {
            steps.fill(0);
            let end = rest.partition_point(|(group, ..)| *group <= number);
            for (_, iteration, bytes) in &rest[..end] {
                steps[*iteration] = steps[*iteration].saturating_add(*bytes);
            }
            rest = &rest[end..];
            measures.push(Measure {
                at_end,
                growth: self.growth(&steps),
            });
        }
        measures
    }

    /// Bytes of all linear memories together, as `bytes` counts them; `None` without an
    /// account of them.
    pub fn memory_measure(&self, bytes: impl Fn(&Partition) -> u64) -> Option<Measure> {
        let spaces = self.spaces.as_ref()?;
        let sum = |at| -> Option<u64> {
            let memories = spaces.partitions_at(at)?;
            Some(memories.iter().map(&bytes).sum())
        };
        if spaces.memories().is_empty() {
            return None;
        }
        let marks = self.marks_of_iterations(spaces).unwrap_or_default();
        let levels: Option<Vec<u64>> = marks.into_iter().map(sum).collect();
        let levels = levels.filter(|levels| !levels.is_empty());
        Some(Measure {
            at_end: sum(At::End)?,
            // The size of a memory is no estimate, even if what is in it is.
            growth: levels.zip(self.window()).map(|(levels, window)| {
                let steps = steps(&levels);
                Growth::of(&steps, window)
            }),
        })
    }

    /// A number of things that were all counted, such as handles, from what each
    /// iteration added; `None` without marks.
    #[must_use]
    pub fn count_measure(&self, at_end: u64, steps: Option<&[i64]>) -> Measure {
        let pairs = steps.zip(self.window());
        Measure {
            at_end,
            growth: pairs.map(|(steps, window)| Growth::of(steps, window)),
        }
    }

    fn growth(&self, steps: &[i64]) -> Option<Growth> {
        let growth = Growth::of(steps, self.window()?);
        Some(match self.sampling {
            Some(_) => growth.estimated(),
            None => growth,
        })
    }

    /// Where the iterations begin, and where the last of them ends; `None` if memory was
    /// not looked at at all marks.
    fn marks_of_iterations(&self, spaces: &Spaces) -> Option<Vec<At>> {
        let marks = self.iterations.len().saturating_sub(1);
        let at = |number| match number < marks {
            true => At::Mark(number),
            false => At::End,
        };
        let is_complete = spaces.at_marks().len() == marks;
        is_complete.then(|| (0..=self.counted_iterations).map(at).collect())
    }
}

/// From level to level.
fn steps(levels: &[u64]) -> Vec<i64> {
    let pairs = levels.windows(2);
    pairs
        .map(|pair| pair[1].wrapping_sub(pair[0]) as i64)
        .collect()
}
