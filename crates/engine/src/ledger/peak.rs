//! The high-water mark of live bytes.

use unfreed_events::SiteSums;

use super::figures::Totals;

/// When live bytes were highest. What was live then is in
/// [`super::SiteFigures::peak`]: each site keeps its figures of the latest mark,
/// and takes them when it next changes, so that a new mark costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// Live bytes then.
    pub bytes: u64,
    /// Live blocks then.
    pub live: u64,
    /// Running line number of the event that reached it first; 0 if nothing
    /// was ever live, or there are no events.
    pub line: u64,
    /// Its time in ns, if the log has times.
    pub time: Option<u64>,
    /// The iteration it fell in; 0 is what precedes the first mark.
    pub iteration: usize,
    epoch: u64,
}

impl Peak {
    #[inline]
    pub(super) fn reached(
        &mut self,
        totals: &Totals,
        line: u64,
        time: Option<u64>,
        iteration: usize,
    ) {
        *self = Peak {
            bytes: totals.live_bytes,
            live: totals.live,
            line,
            time,
            iteration,
            epoch: self.epoch + 1,
        };
    }

    /// Takes in what of a site was live then.
    pub(super) fn add(&mut self, sums: &SiteSums) {
        self.bytes += sums.peak_bytes;
        self.live += sums.peak;
    }

    /// The number of high-water marks so far.
    #[inline]
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }
}
