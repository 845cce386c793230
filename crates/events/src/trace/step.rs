//! One event of a merged recording, and who takes it.

use std::io;

use crate::names::Names;
use crate::record::{Event, Record, SiteId, WordId};
use crate::trace::{Facts, NextPages, Snapshot};

/// One event, its time and its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Microseconds since [`Facts::start`]; never less than that of the step
    /// before.
    pub time: u64,
    /// The thread it happened on.
    pub thread: WordId,
    /// Allocate, release, grow, mark or memory.
    pub event: Event,
}

/// Takes the steps of a recording in their order.
pub trait Sink {
    /// Comes first, with what is known before the first step.
    ///
    /// # Errors
    ///
    /// If writing fails.
    fn begin(&mut self, names: &Names, facts: &Facts) -> io::Result<()>;

    /// Takes a step. All names in it are in `names`, which only ever grow.
    ///
    /// # Errors
    ///
    /// If writing fails.
    fn step(&mut self, names: &Names, step: &Step) -> io::Result<()>;

    /// Takes a snapshot of a memory as it was behind the steps so far. Its image is
    /// empty; who wants it calls [`Snapshot::fill`].
    ///
    /// # Errors
    ///
    /// If reading or writing fails.
    fn snapshot(
        &mut self,
        names: &Names,
        snapshot: Snapshot,
        pages: &mut NextPages<'_>,
    ) -> io::Result<()> {
        let _ = (names, snapshot, pages);
        Ok(())
    }

    /// Whether it takes further steps. Once it does not, the rest of the recording is
    /// not read, and what is missing in it is not counted.
    fn wants_more(&self) -> bool {
        true
    }

    /// Comes last, with all that is known.
    ///
    /// # Errors
    ///
    /// If writing fails.
    fn end(&mut self, names: &Names, facts: &Facts) -> io::Result<()>;
}

/// Makes records of steps: sites before their first use, the time where it has
/// changed and before each mark, the thread before every event once there was
/// more than one.
#[derive(Clone, Debug, Default)]
pub struct Unfold {
    line: u64,
    time: Option<u64>,
    thread: Option<WordId>,
    has_threads: bool,
    sites: u32,
}

impl Unfold {
    /// The number of events so far.
    pub fn events(&self) -> u64 {
        self.line
    }

    /// Goes on at this number: `events` came before, seen or not.
    pub fn skip_to(&mut self, events: u64) {
        self.line = events;
    }

    /// Appends the records of `step`. Their line is the running number of the
    /// step, from 1.
    #[inline]
    pub fn push(&mut self, names: &Names, step: &Step, out: &mut Vec<Record>) {
        self.line += 1;
        let line = self.line;
        if let Event::Allocate { site, .. }
        | Event::HandleStack { site, .. }
        | Event::Grow {
            site: Some(site), ..
        } = step.event
            && site.0 >= self.sites
        {
            self.push_sites(names, site, out);
        }
        let is_mark = matches!(step.event, Event::Mark { .. });
        if self.time != Some(step.time) || is_mark {
            self.time = Some(step.time);
            let ns = step.time.saturating_mul(1000);
            out.push(Record {
                line,
                event: Event::Time { ns },
            });
        }
        if self.thread != Some(step.thread) {
            self.has_threads |= self.thread.is_some();
            self.thread = Some(step.thread);
        }
        if self.has_threads {
            let thread = step.thread;
            out.push(Record {
                line,
                event: Event::Thread { thread },
            });
        }
        out.push(Record {
            line,
            event: step.event,
        });
    }

    /// Sites count from 0, so those before it come with it.
    #[cold]
    fn push_sites(&mut self, names: &Names, last: SiteId, out: &mut Vec<Record>) {
        for site in (self.sites..=last.0).map(SiteId) {
            if let Some(type_id) = names.site_type(site) {
                out.push(Record {
                    line: self.line,
                    event: Event::Site { site, type_id },
                });
            }
        }
        self.sites = last.0 + 1;
    }
}

/// Keeps a recording as records, without a file in between.
#[derive(Clone, Debug, Default)]
pub struct Records {
    /// The records so far; may be taken out between steps.
    pub records: Vec<Record>,
    unfold: Unfold,
}

impl Sink for Records {
    fn begin(&mut self, _: &Names, _: &Facts) -> io::Result<()> {
        Ok(())
    }

    fn step(&mut self, names: &Names, step: &Step) -> io::Result<()> {
        self.unfold.push(names, step, &mut self.records);
        Ok(())
    }

    fn end(&mut self, _: &Names, _: &Facts) -> io::Result<()> {
        Ok(())
    }
}
