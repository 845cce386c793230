//! The figures of one kind of handles.

use hashbrown::HashMap;
use unfreed_events::{HandleFate, SiteId};

use super::finding::{HandleFinding, HandleSite};
use crate::verdict::{Step, judge};

/// Who made a handle, and for how many that stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sample {
    pub site: SiteId,
    pub stands_for: u32,
}

/// What is not freed: held, or collected while its block stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Level {
    count: i64,
    bytes: i64,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(super) struct Kind {
    made: u64,
    freed: u64,
    consumed: u64,
    collected: u64,
    pub collected_unknown: u64,
    pub lost_at_end: u64,
    pub held_by_ended_threads: u64,
    pub held_unknown: u64,
    /// Ends of handles of which nothing else is known.
    pub unknown: u64,
    held: u64,
    held_bytes: u64,
    peak_held: u64,
    orphans: u64,
    orphan_bytes: u64,
    sizes: Option<(u64, u64)>,
    samples: u64,
    sites: HashMap<SiteId, HandleSite>,
    /// Levels at marks, by the number of the mark, where they have changed.
    levels: Vec<(u32, Level)>,
}

impl Kind {
    /// A handle is made. The block that it owns has a size, if it is known.
    pub fn made(&mut self, size: Option<u64>) {
        self.made += 1;
        self.held += 1;
        self.peak_held = self.peak_held.max(self.held);
        if let Some(size) = size {
            let (low, high) = self.sizes.unwrap_or((size, size));
            self.sizes = Some((low.min(size), high.max(size)));
        }
    }

    pub fn ended(&mut self, fate: HandleFate) {
        self.held -= 1;
        match fate {
            HandleFate::Freed => self.freed += 1,
            HandleFate::Consumed => self.consumed += 1,
            HandleFate::Collected => self.collected += 1,
            HandleFate::Made | HandleFate::CollectedAtEnd => {}
        }
    }

    /// Handles that are held own one more block.
    pub fn holds(&mut self, size: u64) {
        self.held_bytes = self.held_bytes.saturating_add(size);
    }

    /// None of those that are held owns a block any more, or it was freed.
    pub fn lets_go(&mut self, size: u64) {
        self.held_bytes = self.held_bytes.saturating_sub(size);
    }

    pub fn orphaned(&mut self, size: u64) {
        self.orphans += 1;
        self.orphan_bytes = self.orphan_bytes.saturating_add(size);
    }

    /// Somebody freed the block of a handle that was collected.
    pub fn adopted(&mut self, size: u64) {
        self.orphans -= 1;
        self.orphan_bytes = self.orphan_bytes.saturating_sub(size);
    }

    pub fn sampled(&mut self, sample: &Sample) {
        self.samples += 1;
        self.site(sample.site).made += u64::from(sample.stands_for);
    }

    pub fn not_freed(&mut self, sample: &Sample) {
        self.site(sample.site).not_freed += u64::from(sample.stands_for);
    }

    fn site(&mut self, site: SiteId) -> &mut HandleSite {
        self.sites.entry(site).or_insert(HandleSite {
            site,
            made: 0,
            not_freed: 0,
        })
    }

    fn level(&self) -> Level {
        Level {
            count: (self.held + self.orphans) as i64,
            bytes: self.held_bytes.saturating_add(self.orphan_bytes) as i64,
        }
    }

    pub fn mark(&mut self, number: u32) {
        let level = self.level();
        let last = self
            .levels
            .last()
            .map_or(Level::default(), |(_, level)| *level);
        if last != level {
            self.levels.push((number, level));
        }
    }

    /// The level at a mark.
    fn at(&self, mark: usize) -> Level {
        let before = self
            .levels
            .partition_point(|(number, _)| *number as usize <= mark);
        let index = before.checked_sub(1);
        index.map_or(Level::default(), |index| self.levels[index].1)
    }

    /// How the level changed in each of so many iterations after the setup.
    fn steps(&self, counted: usize) -> Vec<Step> {
        (0..counted)
            .map(|iteration| {
                let (from, to) = (self.at(iteration), self.at(iteration + 1));
                Step {
                    blocks: to.count - from.count,
                    bytes: to.bytes - from.bytes,
                }
            })
            .collect()
    }

    /// `counted` iterations follow the setup; `None` without marks.
    pub fn finding(self, counted: Option<usize>) -> HandleFinding {
        let live = self.held + self.orphans;
        let marks = counted.map_or(0..0, |counted| 0..counted + 1);
        let at_marks = marks.map(|mark| self.at(mark).count as u64).collect();
        let verdict = counted.map(|counted| judge(live, &self.steps(counted)));
        let mut sites: Vec<HandleSite> = self.sites.into_values().collect();
        sites.sort_by_key(|site| (std::cmp::Reverse((site.not_freed, site.made)), site.site));
        HandleFinding {
            made: self.made,
            freed: self.freed,
            consumed: self.consumed,
            collected: self.collected,
            collected_unknown: self.collected_unknown,
            held: self.held,
            lost_at_end: self.lost_at_end,
            held_by_ended_threads: self.held_by_ended_threads,
            held_unknown: self.held_unknown,
            unknown: self.unknown,
            peak_held: self.peak_held,
            held_bytes: self.held_bytes,
            orphans: self.orphans,
            orphan_bytes: self.orphan_bytes,
            sizes: self.sizes,
            verdict,
            at_marks,
            samples: self.samples,
            sites,
        }
    }
}
