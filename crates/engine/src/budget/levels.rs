//! Levels at the marks that begin and end the iterations.

use super::Selection;
use super::measure::counted;
use crate::account::{At, Class, Partition, Spaces};
use crate::findings::Findings;
use crate::verdict::Step;

/// Levels when the first iteration began, and when each ended; `None` where a level was
/// not measured.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Levels {
    /// Live bytes.
    pub live_bytes: Vec<Option<u64>>,
    /// Live blocks.
    pub live_blocks: Vec<Option<u64>>,
    /// Size of all linear memories in bytes.
    pub memory_bytes: Vec<Option<u64>>,
    /// Bytes of holes between blocks.
    pub holes_bytes: Vec<Option<u64>>,
    /// Handles that are not freed.
    pub handles_held: Vec<Option<u64>>,
}

impl Levels {
    /// Those of a run; empty without marks.
    #[must_use]
    pub fn of(findings: &Findings) -> Levels {
        if findings.iterations.len() < 2 {
            return Levels::default();
        }
        let parts = &findings.iterations[..=findings.counted_iterations];
        let marks = || 0..parts.len();
        let handles = |mark: usize| {
            findings.spaces.as_ref()?;
            let held = findings.handles.iter();
            let held = held.filter_map(|found| found.at_marks.get(mark));
            Some(held.sum())
        };
        let hole = |mark: usize| {
            let (spaces, parts) = partitions(findings, mark)?;
            holes(spaces, &parts)
        };
        Levels {
            live_bytes: parts.iter().map(|part| Some(part.live_bytes)).collect(),
            live_blocks: parts.iter().map(|part| Some(part.live)).collect(),
            memory_bytes: marks().map(|mark| memory(findings, mark)).collect(),
            holes_bytes: marks().map(hole).collect(),
            handles_held: marks().map(handles).collect(),
        }
    }
}

/// The memories at a mark that begins or ends a counted iteration.
pub(super) fn partitions(findings: &Findings, mark: usize) -> Option<(&Spaces, Vec<Partition>)> {
    let spaces = findings.spaces.as_ref()?;
    // Where no mark ends the last iteration, the run does.
    let is_end = mark > 0 && mark + 1 == findings.iterations.len();
    let at = if is_end { At::End } else { At::Mark(mark) };
    Some((spaces, spaces.partitions_at(at)?))
}

/// The size of all memories at a mark.
pub(super) fn memory(findings: &Findings, mark: usize) -> Option<u64> {
    let (spaces, parts) = partitions(findings, mark)?;
    (!spaces.memories().is_empty()).then(|| parts.iter().map(Partition::size).sum())
}

/// Bytes of holes; `None` if the holes of a memory are not known.
pub(super) fn holes(spaces: &Spaces, parts: &[Partition]) -> Option<u64> {
    let mut memories = spaces.memories().iter().zip(parts);
    let is_known = memories.all(|(memory, part)| part.size() == 0 || memory.holes().is_some());
    (is_known && !parts.is_empty()).then(|| parts.iter().map(|part| part.of(Class::Holes)).sum())
}

/// What is live of some sites at each mark, less what was at the first.
pub(super) fn growth_of(
    findings: &Findings,
    sites: &Selection,
    value: impl Fn(&Step) -> i64,
) -> Vec<f64> {
    sum(counted(findings).iter().map(|part| {
        let changes = part.site_changes.iter();
        let changes = changes.filter(|change| sites.has_site(change.site));
        let steps = changes.map(|change| {
            value(&Step {
                blocks: change.live,
                bytes: change.live_bytes,
            })
        });
        steps.fold(0i64, i64::saturating_add) as f64
    }))
}

/// The sums of the first of some steps: of none, of one, and so on.
pub(super) fn sum(steps: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut level = 0.0;
    let mut levels = vec![level];
    levels.extend(steps.map(|step| {
        level += step;
        level
    }));
    levels
}
