//! Iterations: the run cut at its marks.

use unfreed_events::{TypeId, WordId};

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
    /// Live blocks at its end.
    pub live: u64,
    /// Live bytes at its end.
    pub live_bytes: u64,
    /// Types whose live blocks or bytes at its end differ from those at its
    /// begin.
    pub changes: Vec<Change>,
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

#[derive(Default)]
pub(super) struct Series {
    done: Vec<Iteration>,
    open: Iteration,
    /// Totals and live figures of each type at the begin of the open one.
    before: Totals,
    live_before: Vec<(u64, u64)>,
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
            ..Iteration::default()
        };
    }

    /// All iterations; the last one ends here.
    pub fn close(mut self, totals: &Totals, sites: &[SiteFigures]) -> Vec<Iteration> {
        self.cut(totals, sites);
        self.done
    }

    fn cut(&mut self, totals: &Totals, sites: &[SiteFigures]) {
        let live = live_by_type(sites);
        self.live_before.resize(live.len(), (0, 0));
        let mut ended = std::mem::take(&mut self.open);
        ended.allocations = totals.allocations - self.before.allocations;
        ended.frees = totals.frees - self.before.frees;
        ended.live = totals.live;
        ended.live_bytes = totals.live_bytes;
        ended.changes = changes(&self.live_before, &live);
        self.done.push(ended);
        self.before = totals.clone();
        self.live_before = live;
    }
}

fn live_by_type(sites: &[SiteFigures]) -> Vec<(u64, u64)> {
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

fn changes(before: &[(u64, u64)], after: &[(u64, u64)]) -> Vec<Change> {
    let pairs = before.iter().zip(after).enumerate();
    pairs
        .filter(|(_, (before, after))| before != after)
        .map(|(number, (before, after))| Change {
            type_id: TypeId(number as u32),
            live: difference(before.0, after.0),
            live_bytes: difference(before.1, after.1),
        })
        .collect()
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
