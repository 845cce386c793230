//! What changes of each site from one moment to the next.

use unfreed_events::SiteId;

use crate::ledger::SiteFigures;

/// What changed of a site between two moments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteStep {
    /// The site.
    pub site: SiteId,
    /// Allocations between the two.
    pub allocations: u64,
    /// Their bytes, with what reallocations added.
    pub allocated_bytes: u64,
    /// Live blocks at the later less those at the earlier.
    pub live: i64,
    /// Live bytes at the later less those at the earlier.
    pub live_bytes: i64,
}

/// What sites had at the latest moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    before: Vec<Had>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Had {
    allocations: u64,
    allocated_bytes: u64,
    live: u64,
    live_bytes: u64,
}

impl Steps {
    /// What has changed until now; now becomes the latest moment.
    pub fn until(&mut self, sites: &[SiteFigures]) -> Vec<SiteStep> {
        self.before
            .resize(sites.len().max(self.before.len()), Had::default());
        let mut steps = Vec::new();
        for (number, (had, site)) in (0..).zip(self.before.iter_mut().zip(sites)) {
            let has = Had {
                allocations: site.allocations,
                allocated_bytes: site.allocated_bytes,
                live: site.live,
                live_bytes: site.live_bytes,
            };
            if has != *had {
                steps.push(SiteStep {
                    site: SiteId(number),
                    // An estimate may be taken back.
                    allocations: has.allocations.saturating_sub(had.allocations),
                    allocated_bytes: has.allocated_bytes.saturating_sub(had.allocated_bytes),
                    live: has.live as i64 - had.live as i64,
                    live_bytes: has.live_bytes as i64 - had.live_bytes as i64,
                });
                *had = has;
            }
        }
        steps
    }

    /// Steps to a latest moment that is dropped count for the next.
    pub fn put_back(&mut self, steps: &[SiteStep]) {
        for step in steps {
            if let Some(had) = self.before.get_mut(step.site.0 as usize) {
                had.allocations -= step.allocations;
                had.allocated_bytes -= step.allocated_bytes;
                had.live = had.live.wrapping_add_signed(-step.live);
                had.live_bytes = had.live_bytes.wrapping_add_signed(-step.live_bytes);
            }
        }
    }
}

/// The steps from the first moment to the third of three; both are in the order of
/// sites.
pub(super) fn sum(first: &[SiteStep], then: &[SiteStep]) -> Vec<SiteStep> {
    let mut all: Vec<SiteStep> = first.iter().chain(then).copied().collect();
    all.sort_by_key(|step| step.site);
    let mut sums: Vec<SiteStep> = Vec::with_capacity(all.len());
    for step in all {
        match sums.last_mut() {
            Some(sum) if sum.site == step.site => {
                sum.allocations += step.allocations;
                sum.allocated_bytes += step.allocated_bytes;
                sum.live += step.live;
                sum.live_bytes += step.live_bytes;
            }
            _ => sums.push(step),
        }
    }
    sums
}
