//! Who broke a budget.

use unfreed_events::SiteId;

use super::levels::sum;
use super::{Measure, Selection};
use crate::findings::Findings;
use crate::iterations::Steps;
use crate::slope::Slope;
use crate::verdict::Step;

/// Culprits that are named.
const CULPRITS: usize = 10;

/// One that has a part in breaking a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Culprit {
    /// Who.
    pub who: Who,
    /// Bytes per iteration, or at once where the budget is of a level; of holes, those
    /// that its blocks keep from being free at the end. Where they are not known, as with
    /// handles, 0.
    pub bytes: f64,
    /// Blocks, or handles, likewise.
    pub blocks: f64,
}

/// Who has a part in breaking a budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// What allocates at this site.
    Site(SiteId),
    /// Handles of this kind.
    Handles(usize),
}

/// The culprits of a budget that was broken, the first one most.
pub(super) fn of(findings: &Findings, measure: &Measure, warm_up: usize) -> Vec<Culprit> {
    let all = || {
        findings
            .sites
            .iter()
            .map(|found| (found.site, &found.figures))
    };
    let level = |site, bytes: u64, blocks: u64| Culprit {
        who: Who::Site(site),
        bytes: bytes as f64,
        blocks: blocks as f64,
    };
    let mut culprits: Vec<Culprit> = match measure {
        Measure::LeakedBytes(sites) | Measure::LeakedObjects(sites) => {
            growing(findings, |site| sites.has_site(site), warm_up)
        }
        Measure::MemoryGrowth => growing(findings, |_| true, warm_up),
        Measure::LiveBytes(sites) | Measure::LiveObjects(sites) => all()
            .filter(|(site, _)| sites.has_site(*site))
            .map(|(site, figures)| level(site, figures.leaked_bytes, figures.leaked))
            .collect(),
        Measure::PeakBytes if is_counted(findings, findings.peak.iteration) => all()
            .map(|(site, figures)| level(site, figures.peak_bytes, figures.peak))
            .collect(),
        Measure::PeakBytes => Vec::new(),
        Measure::HolesBytes | Measure::HolesGrowth | Measure::HolesShare => {
            let pins = findings.pins.iter();
            pins.map(|pin| level(pin.site, pin.held, pin.blocks))
                .collect()
        }
        Measure::Handles(kinds) => handles(findings, kinds, warm_up),
        Measure::Temporary | Measure::TemporaryShare => all()
            .map(|(site, figures)| level(site, 0, figures.temporary))
            .collect(),
    };
    let by_blocks = matches!(
        measure,
        Measure::LeakedObjects(_)
            | Measure::LiveObjects(_)
            | Measure::Handles(_)
            | Measure::Temporary
            | Measure::TemporaryShare
    );
    let key = |culprit: &Culprit| match by_blocks {
        true => culprit.blocks,
        false => culprit.bytes,
    };
    culprits.retain(|culprit| key(culprit) > 0.0);
    culprits.sort_by(|one, other| key(other).total_cmp(&key(one)));
    culprits.truncate(CULPRITS);
    culprits
}

/// Whether figures of a part of the run are those that a budget is of.
fn is_counted(findings: &Findings, part: usize) -> bool {
    findings.counted_iterations == 0 || (1..=findings.counted_iterations).contains(&part)
}

/// How much each site grew per iteration behind the warm-up.
fn growing(findings: &Findings, is_meant: impl Fn(SiteId) -> bool, warm_up: usize) -> Vec<Culprit> {
    let sites = findings.sites.iter().map(|found| found.site);
    let count = sites.clone().map(|site| site.0 as usize + 1).max();
    let all = Steps::new(
        &findings.iterations,
        findings.counted_iterations,
        count.unwrap_or(0),
        |part| {
            part.site_changes.iter().map(|change| {
                let step = Step {
                    blocks: change.live,
                    bytes: change.live_bytes,
                };
                (change.site.0, step)
            })
        },
    );
    let mut steps = Vec::new();
    sites
        .filter(|site| is_meant(*site))
        .map(|site| {
            all.of(site.0 as usize, &mut steps);
            let counted = &steps[warm_up.min(steps.len())..];
            Culprit {
                who: Who::Site(site),
                bytes: per_iteration(counted.iter().map(|step| step.bytes as f64)),
                blocks: per_iteration(counted.iter().map(|step| step.blocks as f64)),
            }
        })
        .collect()
}

/// The slope; or the mean where most iterations do nothing, so that the slope is none.
fn per_iteration(steps: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = steps.len().max(1) as f64;
    let levels = sum(steps);
    let slope = Slope::of(&levels).growth;
    let grown = levels.last().copied().unwrap_or(0.0);
    match slope {
        0.0 => grown / count,
        slope => slope,
    }
}

fn handles(findings: &Findings, kinds: &Selection, warm_up: usize) -> Vec<Culprit> {
    let chosen = findings.handles.iter().enumerate();
    let chosen = chosen.filter(|(number, _)| kinds.has(*number));
    chosen
        .map(|(number, found)| {
            let counted = found.at_marks.get(warm_up..).unwrap_or(&[]);
            let levels: Vec<f64> = counted.iter().map(|held| *held as f64).collect();
            Culprit {
                who: Who::Handles(number),
                bytes: 0.0,
                blocks: Slope::of(&levels).growth,
            }
        })
        .collect()
}
