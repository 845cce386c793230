//! Iterations: the run cut at its marks.

use unfreed_events::{SiteId, TypeId, WordId};

use super::figures::{SiteFigures, Totals};

/// Marks beyond this many cut no more: their events count for the last
/// iteration, and the number of them is shown.
const MAX_ITERATIONS: usize = 1 << 20;

/// What lies between two marks. The first one, with no name, is what precedes
/// the first mark.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Iteration {
    /// The mark that begins it.
    pub name: Option<WordId>,
    /// Running line number of that mark; 0 for the first.
    pub line: u64,
    /// Time of that mark in ns, if the log has times.
    pub time: Option<u64>,
    /// Allocations in it.
    pub allocations: u64,
    /// Frees in it.
    pub frees: u64,
    /// Of those, the frees of allocations that were temporary.
    pub temporary: u64,
    /// The most bytes that were live at once in it.
    pub peak_bytes: u64,
    /// Live blocks at its end.
    pub live: u64,
    /// Live bytes at its end.
    pub live_bytes: u64,
    /// Types whose live blocks or bytes at its end differ from those at its
    /// begin.
    pub changes: Vec<Change>,
    /// Sites for which they differ.
    pub site_changes: Vec<SiteChange>,
    /// Marks in it that were beyond the limit.
    pub uncut_marks: u64,
}

/// How what is live of one type changed within an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The type.
    pub type_id: TypeId,
    /// Live blocks at the end less those at the begin.
    pub live: i64,
    /// Live bytes at the end less those at the begin.
    pub live_bytes: i64,
}

/// How what is live of one site changed within an iteration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteChange {
    /// The site.
    pub site: SiteId,
    /// Live blocks at the end less those at the begin.
    pub live: i64,
    /// Live bytes at the end less those at the begin.
    pub live_bytes: i64,
}

/// Live blocks and bytes.
type Live = (u64, u64);

#[derive(Default)]
pub(super) struct Series {
    done: Vec<Iteration>,
    open: Iteration,
    /// Totals, and what was live of each type and each site, at the begin of
    /// the open one.
    before: Totals,
    types_before: Vec<Live>,
    sites_before: Vec<Live>,
}

impl Series {
    /// The number of the open iteration.
    #[inline]
    pub fn current(&self) -> usize {
        self.done.len()
    }

    pub fn mark(
        &mut self,
        name: WordId,
        line: u64,
        time: Option<u64>,
        totals: &Totals,
        sites: &[SiteFigures],
    ) {
        if self.done.len() >= MAX_ITERATIONS {
            self.open.uncut_marks += 1;
            return;
        }
        self.cut(totals, sites);
        self.open = Iteration {
            name: Some(name),
            line,
            time,
            peak_bytes: totals.live_bytes,
            ..Iteration::default()
        };
    }

    /// So many bytes are live, more than before.
    #[inline]
    pub fn rose(&mut self, live_bytes: u64) {
        self.open.peak_bytes = self.open.peak_bytes.max(live_bytes);
    }

    /// All iterations; the last one ends here.
    pub fn close(mut self, totals: &Totals, sites: &[SiteFigures]) -> Vec<Iteration> {
        self.cut(totals, sites);
        self.done
    }

    fn cut(&mut self, totals: &Totals, sites: &[SiteFigures]) {
        let live_types = live_by_type(sites);
        let live_sites: Vec<Live> = sites
            .iter()
            .map(|site| (site.live, site.live_bytes))
            .collect();
        let mut ended = std::mem::take(&mut self.open);
        ended.allocations = totals.allocations - self.before.allocations;
        ended.frees = totals.frees - self.before.frees;
        ended.temporary = totals.temporary - self.before.temporary;
        ended.live = totals.live;
        ended.live_bytes = totals.live_bytes;
        let type_change = |(number, live, live_bytes)| Change {
            type_id: TypeId(number),
            live,
            live_bytes,
        };
        let site_change = |(number, live, live_bytes)| SiteChange {
            site: SiteId(number),
            live,
            live_bytes,
        };
        ended.changes = differences(&mut self.types_before, &live_types)
            .map(type_change)
            .collect();
        ended.site_changes = differences(&mut self.sites_before, &live_sites)
            .map(site_change)
            .collect();
        self.done.push(ended);
        self.before = totals.clone();
        self.types_before = live_types;
        self.sites_before = live_sites;
    }
}

fn live_by_type(sites: &[SiteFigures]) -> Vec<Live> {
    let mut live = Vec::new();
    for site in sites {
        let Some(TypeId(number)) = site.type_id else {
            continue;
        };
        let (blocks, bytes) = super::at(&mut live, number);
        *blocks += site.live;
        *bytes += site.live_bytes;
    }
    live
}

/// Number, blocks and bytes of what is live now and was not, or was and is not.
fn differences<'a>(
    before: &'a mut Vec<Live>,
    after: &'a [Live],
) -> impl Iterator<Item = (u32, i64, i64)> + 'a {
    before.resize(after.len(), (0, 0));
    let pairs = before.iter().zip(after).enumerate();
    let changed = pairs.filter(|(_, (before, after))| before != after);
    changed.map(|(number, (before, after))| {
        let blocks = difference(before.0, after.0);
        (number as u32, blocks, difference(before.1, after.1))
    })
}

/// `after` less `before`; the nearest that 63 bits hold, so that a change that
/// is larger than any memory does not turn its sign.
fn difference(before: u64, after: u64) -> i64 {
    match i64::try_from(after.abs_diff(before)) {
        Ok(change) if after < before => -change,
        Ok(change) => change,
        Err(_) if after < before => i64::MIN,
        Err(_) => i64::MAX,
    }
}
