//! Which sites and which classes of handles a budget is of, and what is suppressed.

use unfreed_engine::budget::{Budget, Judged, Measure, Measured, Selection, Unmeasured, judge};
use unfreed_engine::recording::handle_kinds;
use unfreed_events::SiteId;
use unfreed_report::{CheckedBudget, Kind, Subject, Suppressed, View};

use super::budgets::Asked;
use super::pattern::Pattern;
use super::suppressions::{Day, Suppression, Suppressions};
use crate::analyze::glob;

/// Names of one input, and what is suppressed of it.
pub struct Selecting<'a> {
    view: &'a View<'a>,
    suppressions: &'a Suppressions,
    /// For each site, the suppression that it falls under.
    sites: Vec<Option<usize>>,
    /// For each class of handles.
    classes: Vec<Option<usize>>,
    class_names: Vec<&'a str>,
}

impl<'a> Selecting<'a> {
    /// Looks at all names of an input.
    pub fn new(view: &'a View<'a>, suppressions: &'a Suppressions, today: Day) -> Selecting<'a> {
        let names = view.names;
        let first = |matches: &dyn Fn(&Suppression) -> bool| {
            let mut all = suppressions.all.iter();
            all.position(|one| !one.has_expired(today) && matches(one))
        };
        let type_name = |site| names.site_type(site).map_or("", |id| names.type_name(id));
        let sites = (0..names.site_count() as u32).map(SiteId).map(|site| {
            first(&|one| {
                one.pattern.matches(type_name(site)) || one.pattern.matches_stack(names, site)
            })
        });
        let kinds = view.recording.map(|facts| handle_kinds(facts).names);
        let class_names: Vec<&str> = kinds
            .unwrap_or_default()
            .iter()
            .map(|name| name.class)
            .collect();
        let classes = class_names
            .iter()
            .map(|class| first(&|one| one.pattern.matches(class)));
        Selecting {
            view,
            suppressions,
            sites: sites.collect(),
            classes: classes.collect(),
            class_names,
        }
    }

    /// Whether a budget was kept.
    pub fn judge(&self, asked: &Asked) -> anyhow::Result<CheckedBudget> {
        Ok(CheckedBudget {
            name: asked.name.clone(),
            kind: asked.kind,
            subject: asked.subject.clone(),
            limit: asked.limit,
            judged: self.judged(asked)?,
        })
    }

    /// Growth per iteration of what is told without a budget, too.
    pub fn rates(&self) -> anyhow::Result<Vec<(Kind, Option<Measured>)>> {
        let rate = |kind| Ok((kind, self.judged(&Asked::nothing_of(kind))?.measured));
        Kind::TOLD.into_iter().map(rate).collect()
    }

    fn judged(&self, asked: &Asked) -> anyhow::Result<Judged> {
        let measure = match asked.kind {
            Kind::LeakedBytes => self.sites(asked)?.map(Measure::LeakedBytes),
            Kind::LeakedObjects => self.sites(asked)?.map(Measure::LeakedObjects),
            Kind::LiveBytes => self.sites(asked)?.map(Measure::LiveBytes),
            Kind::LiveObjects => self.sites(asked)?.map(Measure::LiveObjects),
            Kind::Handles => self.classes(asked)?.map(Measure::Handles),
            Kind::MemoryGrowth => Some(Measure::MemoryGrowth),
            Kind::PeakBytes => Some(Measure::PeakBytes),
            Kind::HolesBytes => Some(Measure::HolesBytes),
            Kind::HolesGrowth => Some(Measure::HolesGrowth),
            Kind::HolesShare => Some(Measure::HolesShare),
            Kind::Temporary => Some(Measure::Temporary),
            Kind::TemporaryShare => Some(Measure::TemporaryShare),
        };
        let Some(measure) = measure else {
            return Ok(Judged::not_measured(Unmeasured::NothingMatches));
        };
        let budget = Budget {
            measure,
            limit: asked.limit,
            warm_up: asked.warm_up,
            iterations: asked.iterations,
        };
        Ok(judge(self.view.findings, &budget))
    }

    /// The sites that a budget is of; `None` if it names some and there are none.
    fn sites(&self, asked: &Asked) -> anyhow::Result<Option<Selection>> {
        let names = self.view.names;
        let sites = || (0..self.sites.len() as u32).map(SiteId);
        let meant: Vec<bool> = match &asked.subject {
            None | Some(Subject::Class(_)) => vec![true; self.sites.len()],
            Some(Subject::Type(pattern)) => {
                let glob = glob(pattern)?;
                let name = |site| names.site_type(site).map_or("", |id| names.type_name(id));
                sites().map(|site| glob.is_match(name(site))).collect()
            }
            Some(Subject::Stack(pattern)) => {
                let pattern = Pattern::new(pattern)?;
                sites()
                    .map(|site| pattern.matches_stack(names, site))
                    .collect()
            }
        };
        Ok(without(asked, &meant, &self.sites))
    }

    fn classes(&self, asked: &Asked) -> anyhow::Result<Option<Selection>> {
        let meant: Vec<bool> = match &asked.subject {
            Some(Subject::Class(pattern)) => {
                let glob = glob(pattern)?;
                let names = self.class_names.iter();
                names.map(|class| glob.is_match(class)).collect()
            }
            _ => vec![true; self.class_names.len()],
        };
        Ok(without(asked, &meant, &self.classes))
    }

    /// What each suppression leaves out; those that do are noted in `used`.
    pub fn suppressed(&self, used: &mut [bool]) -> Vec<Suppressed> {
        let mut left_out = vec![(0u64, 0u64); self.suppressions.all.len()];
        for found in &self.view.findings.sites {
            let by = self.sites.get(found.site.0 as usize).copied().flatten();
            if let Some((blocks, bytes)) = by.and_then(|by| left_out.get_mut(by)) {
                *blocks += found.figures.leaked;
                *bytes += found.figures.leaked_bytes;
            }
        }
        let handles = self.view.findings.handles.iter().zip(&self.classes);
        for (found, by) in handles {
            if let Some(by) = by.filter(|_| found.not_freed() > 0) {
                used[by] = true;
            }
        }
        let all = self.suppressions.all.iter().zip(left_out).enumerate();
        all.filter(|(_, (_, (blocks, _)))| *blocks > 0)
            .map(|(number, (suppression, (blocks, bytes)))| {
                used[number] = true;
                Suppressed {
                    pattern: suppression.text.clone(),
                    reason: suppression.reason.clone(),
                    expires: (suppression.expires.as_ref()).map(|expiry| expiry.text.clone()),
                    blocks,
                    bytes,
                }
            })
            .collect()
    }
}

/// What is meant and not suppressed; `None` if something is asked for by name and
/// nothing is called so.
fn without(asked: &Asked, meant: &[bool], suppressed: &[Option<usize>]) -> Option<Selection> {
    if asked.subject.is_some() && !meant.contains(&true) {
        return None;
    }
    let pairs = meant.iter().zip(suppressed);
    Some(pairs.map(|(meant, by)| *meant && by.is_none()).collect())
}
