//! Moments of a run at which its memory can be looked at.

use std::collections::HashMap;

use unfreed_events::SiteId;

use super::partition::Partition;
use super::spaces::Spaces;
use crate::findings::Findings;

/// A moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// Before the first event.
    Start,
    /// At a mark, by its number from 0.
    Mark(usize),
    /// At the high-water mark of live bytes.
    Peak,
    /// At the end.
    End,
}

/// Blocks and bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Blocks.
    pub blocks: i64,
    /// Bytes.
    pub bytes: i64,
}

impl Spaces {
    /// The classes of each memory at a moment; `None` for a mark that there is not.
    #[must_use]
    pub fn partitions_at(&self, at: At) -> Option<Vec<Partition>> {
        match at {
            At::Start => Some(self.at_start()),
            At::Mark(number) => self.at_mark(number),
            // Nothing was ever live.
            At::Peak if self.at_peak().is_empty() => Some(self.at_start()),
            At::Peak => Some(self.at_peak()),
            At::End => Some(self.partitions()),
        }
    }
}

impl Findings {
    /// What was live of each site at a moment; sites of which nothing was are left
    /// out.
    #[must_use]
    pub fn live_at(&self, at: At) -> HashMap<SiteId, Live> {
        let mut live: HashMap<SiteId, Live> = HashMap::new();
        let figures = |blocks: u64, bytes: u64| Live {
            blocks: blocks as i64,
            bytes: bytes as i64,
        };
        match at {
            At::Start => {}
            At::Mark(number) => {
                let before = self.iterations.iter().take(number + 1);
                for change in before.flat_map(|iteration| &iteration.site_changes) {
                    let site = live.entry(change.site).or_default();
                    site.blocks += change.live;
                    site.bytes += change.live_bytes;
                }
            }
            At::Peak => live.extend(self.sites.iter().map(|found| {
                let at_peak = figures(found.figures.peak, found.figures.peak_bytes);
                (found.site, at_peak)
            })),
            At::End => live.extend(self.sites.iter().map(|found| {
                let at_end = figures(found.figures.leaked, found.figures.leaked_bytes);
                (found.site, at_end)
            })),
        }
        live.retain(|_, live| *live != Live::default());
        live
    }

    /// How much more of each site was live at `to` than at `from`, in no order;
    /// sites that did not change are left out.
    #[must_use]
    pub fn growth_between(&self, from: At, to: At) -> Vec<(SiteId, Live)> {
        let mut grown = self.live_at(to);
        for (site, before) in self.live_at(from) {
            let after = grown.entry(site).or_default();
            after.blocks -= before.blocks;
            after.bytes -= before.bytes;
        }
        grown.retain(|_, grown| *grown != Live::default());
        grown.into_iter().collect()
    }
}
