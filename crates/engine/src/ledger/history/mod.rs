//! A run as it was at moments of it: what each site had made and had live, how memory
//! was divided, and which blocks there were.
//!
//! The number of moments is bounded: marks, and between them moments at equal
//! distances in events. When there are too many, every second one is dropped, and
//! what changed before it counts for the next that stays.

mod blocks;
mod steps;

use unfreed_events::{Event, Record, WordId};

pub use self::blocks::{BlockMap, Look, MapBlock};
pub use self::steps::SiteStep;

use self::blocks::Looks;
use self::steps::Steps;
use super::{Ledger, MemorySource};
use crate::account::{Figures, Partition, Spaces};

/// Moments that are no marks.
const TIMES: usize = 128;

/// Marks.
const MARKS: usize = 256;

/// What a moment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentKind {
    /// Before the first event.
    Start,
    /// At a mark of this name.
    Mark(WordId),
    /// Between marks.
    Time,
    /// Behind the last event.
    End,
}

/// A moment of a run.
#[derive(Clone, Debug)]
pub struct Moment {
    /// What it is.
    pub kind: MomentKind,
    /// Allocations and frees before it.
    pub events: u64,
    /// Running line number of the last record before it.
    pub line: u64,
    /// Its time in ns, if that is known.
    pub time: Option<u64>,
    /// Live bytes.
    pub live_bytes: u64,
    /// The latest size of everything whose size was measured, in bytes.
    pub measured: Vec<(MemorySource, u64)>,
    /// What changed since the moment before, by site in their order.
    pub steps: Vec<SiteStep>,
    figures: Vec<Figures>,
}

impl Moment {
    /// The classes of each memory.
    #[must_use]
    pub fn partitions(&self, spaces: &Spaces) -> Vec<Partition> {
        spaces.of(&self.figures)
    }
}

/// The moments of a run, the first one first.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// They begin with the start and end with the end.
    pub moments: Vec<Moment>,
    /// Marks that were dropped because there were too many.
    pub dropped_marks: u64,
    looks: Looks,
    steps: Steps,
    time: Option<u64>,
    line: u64,
    stride: u64,
    next: u64,
    mark_stride: u64,
    marks: u64,
}

impl History {
    /// Accounts for records, and looks at the ledger in between: at the same events,
    /// however the records are cut into pieces.
    pub(crate) fn apply(&mut self, ledger: &mut Ledger, mut records: &[Record]) {
        self.begin(ledger);
        while !records.is_empty() {
            // A record is one event at most.
            let room = self.next.saturating_sub(ledger.events()).max(1);
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            let part = &records[..room.min(records.len())];
            let is_mark = |record: &Record| matches!(record.event, Event::Mark { .. });
            let mark = part.iter().position(is_mark);
            let (part, rest) = records.split_at(mark.map_or(part.len(), |mark| mark + 1));
            records = rest;
            ledger.apply(part);
            self.follow(part);
            let mark = match part.last().map(|record| record.event) {
                Some(Event::Mark { name }) if ledger.cuts_at(name) => Some(name),
                _ => None,
            };
            if let Some(name) = mark {
                self.mark(ledger, name);
            } else if ledger.events() >= self.next {
                self.take_time(ledger);
            }
        }
    }

    /// Looks at the start, unless that has been done.
    pub(crate) fn begin(&mut self, ledger: &Ledger) {
        if self.moments.is_empty() {
            self.take(ledger, MomentKind::Start);
            self.next = 1;
            self.stride = 1;
        }
    }

    /// Looks at the end.
    pub(crate) fn close(&mut self, ledger: &Ledger) {
        self.begin(ledger);
        self.take(ledger, MomentKind::End);
        self.looks.look(ledger, self.moments.len() - 1);
    }

    /// The blocks that were live at some of the moments.
    #[must_use]
    pub fn blocks(&self) -> BlockMap {
        self.looks.map()
    }

    /// Gives marks other names.
    pub(crate) fn rename_marks(&mut self, new: &impl Fn(WordId) -> WordId) {
        for moment in &mut self.moments {
            if let MomentKind::Mark(name) = &mut moment.kind {
                *name = new(*name);
            }
        }
    }

    fn follow(&mut self, part: &[Record]) {
        for record in part {
            if let Event::Time { ns } = record.event {
                self.time = Some(ns);
            }
        }
        if let Some(last) = part.last() {
            self.line = last.line;
        }
    }

    fn mark(&mut self, ledger: &Ledger, name: WordId) {
        self.marks += 1;
        let stride = self.mark_stride.max(1);
        if !(self.marks - 1).is_multiple_of(stride) {
            self.dropped_marks += 1;
            return;
        }
        self.take(ledger, MomentKind::Mark(name));
        self.looks.at_mark(ledger, self.moments.len() - 1);
        if self.count(|kind| matches!(kind, MomentKind::Mark(_))) > MARKS {
            let before = self.moments.len();
            self.thin(|kind| matches!(kind, MomentKind::Mark(_)));
            self.dropped_marks += (before - self.moments.len()) as u64;
            self.mark_stride = stride * 2;
        }
    }

    fn take_time(&mut self, ledger: &Ledger) {
        self.take(ledger, MomentKind::Time);
        if self.count(|kind| kind == MomentKind::Time) > TIMES {
            self.thin(|kind| kind == MomentKind::Time);
            self.stride *= 2;
        }
        self.next = ledger.events() + self.stride;
    }

    fn take(&mut self, ledger: &Ledger, kind: MomentKind) {
        self.moments.push(Moment {
            kind,
            events: ledger.events(),
            line: self.line,
            time: self.time,
            live_bytes: ledger.totals.live_bytes,
            measured: ledger.memories.latest(),
            steps: self.steps.until(&ledger.sites),
            figures: ledger
                .spaces
                .as_ref()
                .map_or_else(Vec::new, Spaces::figures),
        });
    }

    fn count(&self, is_meant: impl Fn(MomentKind) -> bool) -> usize {
        let kinds = self.moments.iter().map(|moment| moment.kind);
        kinds.filter(|kind| is_meant(*kind)).count()
    }

    /// Drops every second one of a kind: the first stays.
    fn thin(&mut self, is_meant: impl Fn(MomentKind) -> bool) {
        let mut number = 0;
        let mut kept = Vec::with_capacity(self.moments.len());
        let mut places = Vec::with_capacity(self.moments.len());
        let mut pending: Vec<SiteStep> = Vec::new();
        for mut moment in self.moments.drain(..) {
            let is_dropped = is_meant(moment.kind) && {
                number += 1;
                number % 2 == 0
            };
            moment.steps = steps::sum(&pending, &moment.steps);
            places.push((!is_dropped).then_some(kept.len()));
            if is_dropped {
                pending = moment.steps;
            } else {
                pending = Vec::new();
                kept.push(moment);
            }
        }
        self.steps.put_back(&pending);
        self.moments = kept;
        self.looks.moved(&places);
    }
}
