//! Who broke a budget.

use std::collections::BTreeMap;

use unfreed_events::SiteId;

use super::levels::sum;
use super::{Measure, Selection};
use crate::account::Spaces;
use crate::findings::Findings;
use crate::iterations::Steps;
use crate::slope::Slope;
use crate::verdict::Step;

/// Culprits that are named.
const CULPRITS: usize = 10;

/// Bytes of a page.
const PAGE: f64 = 65536.0;

/// One that has a part in breaking a budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Culprit {
    /// Who.
    pub who: Who,
    /// Bytes per iteration, or at once where the budget is of a level; of holes, those
    /// that its blocks keep from being free at the end. Where they are not known, as with
    /// handles, 0.
    pub bytes: f64,
    /// Blocks, handles, or growths of memory, likewise; temporary allocations of the run.
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
        Measure::LeakedBytes(sites) => growing(findings, sites, warm_up, |step| step.bytes),
        Measure::LeakedObjects(sites) => growing(findings, sites, warm_up, |step| step.blocks),
        Measure::MemoryGrowth => growths(findings, warm_up),
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

/// How much each site grew per iteration behind the warm-up: those that are known to
/// grow, by the slope of `value`; or all by their means, if of none that is known.
fn growing(
    findings: &Findings,
    chosen: &Selection,
    warm_up: usize,
    value: impl Fn(&Step) -> i64,
) -> Vec<Culprit> {
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
    let (mut known, mut others, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for site in sites.filter(|site| chosen.has_site(*site)) {
        all.of(site.0 as usize, &mut steps);
        let counted = &steps[warm_up.min(steps.len())..];
        let levels =
            |value: &dyn Fn(&Step) -> i64| sum(counted.iter().map(|step| value(step) as f64));
        let (bytes, blocks) = (levels(&|step| step.bytes), levels(&|step| step.blocks));
        let culprit = |figure: fn(&[f64]) -> f64| Culprit {
            who: Who::Site(site),
            bytes: figure(&bytes),
            blocks: figure(&blocks),
        };
        let least = |slope: Slope| match slope.is_exact {
            true => slope.growth,
            false => slope.interval.map_or(0.0, |interval| interval.low),
        };
        if least(Slope::of(&levels(&value))) > 0.0 {
            known.push(culprit(|levels| Slope::of(levels).growth));
        } else {
            others.push(culprit(mean));
        }
    }
    match known.is_empty() {
        true => others,
        false => known,
    }
}

/// Growth per step.
fn mean(levels: &[f64]) -> f64 {
    let steps = levels.len().saturating_sub(1).max(1) as f64;
    levels.last().copied().unwrap_or(0.0) / steps
}

/// Who had memories grow in the iterations behind the warm-up, by how much per iteration.
fn growths(findings: &Findings, warm_up: usize) -> Vec<Culprit> {
    let line_of = |part: usize| findings.iterations.get(part).map(|part| part.line);
    let begin = line_of(1 + warm_up).unwrap_or(0);
    let end = line_of(1 + findings.counted_iterations).unwrap_or(u64::MAX);
    let count = findings.counted_iterations.saturating_sub(warm_up).max(1) as f64;
    let mut of_site: BTreeMap<SiteId, (f64, f64)> = BTreeMap::new();
    let grows = findings
        .spaces
        .as_ref()
        .map(Spaces::grows)
        .unwrap_or_default();
    for grow in grows
        .iter()
        .filter(|grow| (begin..end).contains(&grow.line))
    {
        if let Some(site) = grow.site {
            let (bytes, growths) = of_site.entry(site).or_default();
            *bytes += f64::from(grow.delta_pages) * PAGE;
            *growths += 1.0;
        }
    }
    let culprits = of_site.into_iter().map(|(site, (bytes, growths))| Culprit {
        who: Who::Site(site),
        bytes: bytes / count,
        blocks: growths / count,
    });
    culprits.collect()
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
