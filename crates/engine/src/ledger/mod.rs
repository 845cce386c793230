//! The ledger: every event accounted to a site, a type and an iteration.
//!
//! Its sums hold at any moment: the allocations of a site are freed, live or
//! superseded by a duplicate; its bytes are freed, live, superseded or given
//! up by shrinking reallocations.

mod figures;
pub mod history;
mod memory;
mod peak;
mod series;
mod temporary;

use std::collections::HashSet;

use unfreed_events::trace::Snapshot;
use unfreed_events::{AllocationId, Event, Record, SiteId, SiteSums, TypeId, WordId};

pub use self::figures::{SiteFigures, Totals, TypeFigures};
pub use self::memory::{MemorySample, MemorySeries, MemorySource};
pub use self::peak::Peak;
pub use self::series::{Change, Iteration, SiteChange};
pub use self::temporary::Temporary;

use self::figures::at;
use self::memory::Memories;
use self::series::Series;
use self::temporary::LastAllocations;
use crate::account::{Grow, How, Mark, Sample, Spaces};
use crate::anomalies::{Anomalies, AnomalyKind, Example, Side};
use crate::handles::Handles;
use crate::holders::{Begin, Holders, Known, Question};
use crate::matching::{Allocated, Block, EarlyFree, Freed, Matcher, Remaining};
use crate::reach::ReachError;
use crate::sampling::{Sampling, Weight};

/// Records are matched in groups of this many: the places of a whole group are
/// read before its first record is matched (see [`Matcher::warm`]).
const GROUP: usize = 64;

/// What the fields behind a record say about it.
#[derive(Clone, Copy, Default)]
struct Context {
    time: Option<u64>,
    thread: Option<WordId>,
}

/// The account of all events so far.
#[derive(Default)]
pub struct Ledger {
    matcher: Matcher,
    totals: Totals,
    sites: Vec<SiteFigures>,
    types: Vec<TypeFigures>,
    peak: Peak,
    series: Series,
    memories: Memories,
    last_allocations: LastAllocations,
    anomalies: Anomalies,
    context: Context,
    thread_starts: Vec<ThreadStart>,
    spaces: Option<Spaces>,
    handles: Handles,
    sampling: Sampling,
    begins: Vec<Begin>,
    ignored_marks: HashSet<WordId>,
}

/// A block that a thread allocated to start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ThreadStart {
    /// The line of the allocation.
    pub line: u64,
    /// The thread; `None` if it is not known.
    pub thread: Option<WordId>,
}

/// A ledger that is closed.
pub(crate) struct Closed {
    pub matcher: Matcher,
    pub totals: Totals,
    pub sites: Vec<SiteFigures>,
    pub types: Vec<TypeFigures>,
    pub peak: Peak,
    pub iterations: Vec<Iteration>,
    pub memories: Vec<MemorySeries>,
    pub anomalies: Anomalies,
    /// In the order of their lines.
    pub thread_starts: Vec<ThreadStart>,
    pub spaces: Option<Spaces>,
    pub handles: Handles,
    pub sampling: Sampling,
}

impl Ledger {
    /// Accounts for records in their order.
    pub fn apply(&mut self, records: &[Record]) {
        for group in records.chunks(GROUP) {
            self.matcher.warm(group.iter().map(id_of));
            for record in group {
                self.record(record);
            }
        }
    }

    /// Takes in what is known of sites by sums only. Those that would make a sum exceed
    /// 64 bits, or contradict themselves, are left out and counted.
    pub fn apply_sums(&mut self, sums: &[SiteSums], peak_time: Option<u64>) {
        for (number, sums) in sums.iter().enumerate() {
            if self.totals.add(sums).is_none() {
                let side = Side {
                    line: number as u64 + 1,
                    type_id: Some(sums.type_id),
                    size: sums.allocated_bytes,
                };
                self.refuse(AllocationId(number as u64), side);
                continue;
            }
            at(&mut self.sites, sums.site.0).add(sums);
            at(&mut self.types, sums.type_id.0).add(sums);
            self.peak.add(sums);
        }
        self.peak.time = peak_time.filter(|_| self.peak.bytes > 0);
    }

    /// What makes an allocation a temporary one.
    pub fn count_temporary(&mut self, rule: Temporary) {
        self.last_allocations.rule = rule;
    }

    /// Ids are addresses in these memories.
    pub fn account_for(&mut self, spaces: Spaces) {
        self.spaces = Some(spaces);
    }

    /// Classes of handles that own blocks.
    pub fn track(&mut self, handles: Handles) {
        self.handles = handles;
    }

    /// What holds the live blocks of a memory that is accounted for, at a snapshot
    /// that was taken now.
    pub fn holders(
        &self,
        snapshot: &Snapshot,
        question: &Question,
    ) -> Option<Result<Holders, ReachError>> {
        let memory = self
            .spaces
            .as_ref()?
            .memories()
            .get(usize::from(snapshot.heap))?;
        let known = Known {
            matcher: &self.matcher,
            memory,
            handles: &self.handles,
            sites: &self.sites,
            thread_starts: &self.thread_starts,
            begin: self.begins.iter().find(|begin| begin.heap == snapshot.heap),
        };
        Some(Holders::of(&known, snapshot, question))
    }

    /// Keeps a memory as it was when its first instance had been made.
    pub fn began(&mut self, snapshot: &Snapshot) {
        if self.begins.iter().any(|begin| begin.heap == snapshot.heap) {
            return;
        }
        let mut newest = 0;
        self.matcher.for_each_remaining(|id, remaining| {
            if let Remaining::Live(block) = remaining
                && id.memory() == snapshot.heap
            {
                newest = newest.max(block.line);
            }
        });
        self.begins.push(Begin {
            heap: snapshot.heap,
            newest,
            image: snapshot.image.clone(),
        });
    }

    /// The memories that are accounted for.
    pub fn spaces(&mut self) -> Option<&mut Spaces> {
        self.spaces.as_mut()
    }

    /// What is allocated at this site is what a thread needs to start.
    pub fn starts_threads(&mut self, site: SiteId) {
        at(&mut self.sites, site.0).starts_threads = true;
    }

    /// Marks of this name do not cut the run.
    pub fn ignore_marks(&mut self, name: WordId) {
        self.ignored_marks.insert(name);
    }

    /// Whether marks of this name cut the run.
    pub(crate) fn cuts_at(&self, name: WordId) -> bool {
        !self.ignored_marks.contains(&name)
    }

    /// Allocations and frees so far.
    pub(crate) fn events(&self) -> u64 {
        self.totals.allocations + self.totals.frees
    }

    /// The sums so far.
    pub fn totals(&self) -> &Totals {
        &self.totals
    }

    /// Ends the last iteration and takes the peak's figures.
    pub(crate) fn close(mut self) -> Closed {
        for site in &mut self.sites {
            site.before_change(self.peak.epoch());
        }
        if let Some(spaces) = &mut self.spaces {
            let totals = &self.totals;
            spaces.close(Sample {
                events: totals.allocations + totals.frees,
                live: totals.live_bytes,
                allocations: totals.allocations,
                ..Sample::default()
            });
        }
        Closed {
            iterations: self.series.close(&self.totals, &self.sites),
            matcher: self.matcher,
            totals: self.totals,
            sites: self.sites,
            types: self.types,
            peak: self.peak,
            memories: self.memories.into_series(),
            anomalies: self.anomalies,
            thread_starts: self.thread_starts,
            spaces: self.spaces,
            handles: self.handles,
            sampling: self.sampling,
        }
    }

    #[inline]
    fn record(&mut self, record: &Record) {
        let line = record.line;
        match record.event {
            Event::Allocate { site, size, id } => self.allocate(id, Block { site, size, line }),
            Event::Free { type_id, size, id } => {
                let free = EarlyFree {
                    type_id,
                    size,
                    line,
                };
                self.free(id, free);
            }
            Event::Release { id } => self.release(id, line),
            rare => self.rare(line, rare),
        }
    }

    fn rare(&mut self, line: u64, event: Event) {
        match event {
            Event::Time { ns } => self.context.time = Some(ns),
            Event::Thread { thread } => self.context.thread = Some(thread),
            // Accounting by address space needs it; matching goes by id.
            Event::Address { .. } => {}
            Event::Site { site, type_id } => at(&mut self.sites, site.0).type_id = Some(type_id),
            Event::Reallocate { type_id, size, id } => self.reallocate(id, type_id, size, line),
            Event::Sample { rate } => {
                self.context = Context::default();
                self.sampling.begin(line, rate);
            }
            Event::Promote { id } => {
                self.context = Context::default();
                if let Some(block) = self.matcher.live(id) {
                    self.sampling.promoted(self.sampling.weigh(id, block));
                }
            }
            Event::Mark { name } => self.mark(name, line),
            Event::Memory {
                domain,
                bytes,
                origin,
            } => {
                self.memories.size(domain, origin, line, bytes);
                self.context = Context::default();
            }
            Event::Grow {
                memory,
                old_pages,
                delta_pages,
                site,
            } => {
                self.memories.grow(memory, line, old_pages, delta_pages);
                let context = std::mem::take(&mut self.context);
                if let Some(spaces) = &mut self.spaces {
                    let grow = Grow {
                        memory: 0,
                        line,
                        time: context.time,
                        old_pages,
                        delta_pages,
                        site,
                        thread: context.thread,
                        request: None,
                        free: None,
                    };
                    spaces.grow(memory, grow);
                }
            }
            Event::Handle {
                fate,
                class,
                handle,
                pointer,
            } => {
                self.context = Context::default();
                let which = (class, handle);
                self.handles.handle(fate, which, pointer, &self.matcher);
            }
            Event::HandleStack {
                class,
                handle,
                site,
                stands_for,
            } => {
                self.context = Context::default();
                self.handles.made_by(class, handle, (site, stands_for));
            }
            // Taken before; here so that a new event is not forgotten.
            Event::Allocate { .. } | Event::Free { .. } | Event::Release { .. } => {}
        }
    }

    fn mark(&mut self, name: WordId, line: u64) {
        let time = std::mem::take(&mut self.context).time;
        if !self.cuts_at(name) {
            return;
        }
        self.handles.mark();
        if let Some(spaces) = &mut self.spaces {
            spaces.mark(Mark {
                name,
                line,
                time,
                live: self.totals.live_bytes,
                measured: self.memories.latest(),
            });
        }
        self.series
            .mark(name, line, time, &self.totals, &self.sites);
    }

    #[inline]
    fn allocate(&mut self, id: AllocationId, block: Block) {
        let context = std::mem::take(&mut self.context);
        let weight = self.sampling.weigh(id, block);
        let (Some(allocated_bytes), Some(allocations)) = (
            self.totals.allocated_bytes.checked_add(weight.bytes),
            self.totals.allocations.checked_add(weight.blocks),
        ) else {
            return self.refuse(id, Side::of_block(block));
        };
        self.totals.allocated_bytes = allocated_bytes;
        self.totals.allocations = allocations;
        if self.sampling.is_active() {
            self.sampling.allocated(block);
        }
        self.last_allocations.allocated(context.thread, block.line);
        match self.matcher.allocate(id, block) {
            Allocated::New => {}
            Allocated::Reused => {
                let example = Example::alone(id, Side::of_block(block));
                self.anomalies.count(AnomalyKind::ReusedId, example);
            }
            Allocated::Duplicate(earlier) => self.supersede(id, earlier, block),
            Allocated::FreedEarly(free) => {
                at(&mut self.sites, block.site.0).count_allocation(block.size, weight);
                let example = Example::pair(id, Side::of_free(free), Side::of_block(block));
                self.anomalies.count(AnomalyKind::EarlyFree, example);
                return self.compare(id, block, free);
            }
        }
        let site = at(&mut self.sites, block.site.0);
        site.count_allocation(block.size, weight);
        site.before_change(self.peak.epoch());
        site.live += weight.blocks;
        site.live_bytes += weight.bytes;
        if site.starts_threads {
            self.thread_starts.push(ThreadStart {
                line: block.line,
                thread: context.thread,
            });
        }
        if let Some(spaces) = &mut self.spaces {
            let how = How {
                thread: context.thread,
                starts_thread: site.starts_threads,
            };
            spaces.allocate(id, block.size, how);
        }
        self.totals.live += weight.blocks;
        self.totals.live_bytes += weight.bytes;
        self.sample(context.time);
        self.rose(block.line, context);
    }

    #[inline]
    fn sample(&mut self, time: Option<u64>) {
        if let Some(spaces) = &mut self.spaces {
            let totals = &self.totals;
            spaces.sample(totals.allocations + totals.frees, || Sample {
                time,
                live: totals.live_bytes,
                allocations: totals.allocations,
                ..Sample::default()
            });
        }
    }

    /// Live bytes rose; that may be a new high-water mark.
    #[inline]
    fn rose(&mut self, line: u64, context: Context) {
        self.series.rose(self.totals.live_bytes);
        if self.totals.live_bytes > self.peak.bytes {
            self.peak
                .reached(&self.totals, line, context.time, self.series.current());
            if let Some(spaces) = &mut self.spaces {
                spaces.peak();
            }
        }
    }

    #[inline]
    fn free(&mut self, id: AllocationId, free: EarlyFree) {
        let context = std::mem::take(&mut self.context);
        let weight = self.weigh_free(id, free);
        let (Some(freed_bytes), Some(frees)) = (
            self.totals.freed_bytes.checked_add(weight.bytes),
            self.totals.frees.checked_add(weight.blocks),
        ) else {
            return self.refuse(id, Side::of_free(free));
        };
        self.totals.freed_bytes = freed_bytes;
        self.totals.frees = frees;
        let figures = at(&mut self.types, free.type_id.0);
        figures.frees += weight.blocks;
        figures.freed_bytes += weight.bytes;
        match self.matcher.free(id, free) {
            Freed::Matched(block) => {
                self.handles.freed(id);
                // What is not in a sample comes between, too.
                let temporary = self.last_allocations.was_last(context.thread, block.line)
                    && !self.sampling.is_active();
                let held = self.sampling.weigh(id, block);
                self.totals.temporary += u64::from(temporary);
                self.totals.live -= held.blocks;
                self.totals.live_bytes -= held.bytes;
                let site = at(&mut self.sites, block.site.0);
                site.temporary += u64::from(temporary);
                site.went(held, self.peak.epoch());
                if let Some(spaces) = &mut self.spaces {
                    spaces.free(id, block.size, site.starts_threads);
                }
                self.sample(context.time);
                let site = at(&mut self.sites, block.site.0);
                if block.size != free.size || site.type_id != Some(free.type_id) {
                    self.compare(id, block, free);
                }
            }
            Freed::Waiting => {}
            Freed::Double => {
                at(&mut self.types, free.type_id.0).double_frees += weight.blocks;
                let example = Example::alone(id, Side::of_free(free));
                self.anomalies.count(AnomalyKind::DoubleFree, example);
            }
        }
    }

    /// What a free stands for: the same number of blocks as its allocation.
    #[inline]
    fn weigh_free(&mut self, id: AllocationId, free: EarlyFree) -> Weight {
        match self.sampling.is_active() {
            false => Weight {
                blocks: 1,
                bytes: free.size,
            },
            true => {
                self.sampling.freed();
                let unknown = Block {
                    site: SiteId(0),
                    size: free.size,
                    line: free.line,
                };
                let block = self.matcher.live(id).unwrap_or(unknown);
                self.sampling.weigh_as(id, block, free.size)
            }
        }
    }

    /// A free that takes type and size from its block. There is no type that
    /// one without a block could be counted for, and no allocation that it could
    /// wait for.
    #[inline]
    fn release(&mut self, id: AllocationId, line: u64) {
        if let Some(block) = self.matcher.live(id)
            && let Some(type_id) = at(&mut self.sites, block.site.0).type_id
        {
            let size = block.size;
            let free = EarlyFree {
                type_id,
                size,
                line,
            };
            return self.free(id, free);
        }
        self.context = Context::default();
        self.totals.frees += 1;
        let side = Side {
            line,
            type_id: None,
            size: 0,
        };
        self.anomalies
            .count(AnomalyKind::UnmatchedFree, Example::alone(id, side));
    }

    /// A block is no longer live.
    #[inline]
    fn went(&mut self, id: AllocationId, block: Block) {
        self.handles.freed(id);
        let weight = self.sampling.weigh(id, block);
        let site = at(&mut self.sites, block.site.0);
        site.went(weight, self.peak.epoch());
        if let Some(spaces) = &mut self.spaces {
            spaces.free(id, block.size, site.starts_threads);
        }
        self.totals.live -= weight.blocks;
        self.totals.live_bytes -= weight.bytes;
    }

    #[cold]
    fn supersede(&mut self, id: AllocationId, earlier: Block, block: Block) {
        let example = Example::pair(id, Side::of_block(block), Side::of_block(earlier));
        self.anomalies
            .count(AnomalyKind::DuplicateAllocation, example);
        self.went(id, earlier);
        let weight = self.sampling.weigh(id, earlier);
        let site = at(&mut self.sites, earlier.site.0);
        site.superseded += weight.blocks;
        site.superseded_bytes += weight.bytes;
        self.totals.superseded += weight.blocks;
        self.totals.superseded_bytes += weight.bytes;
    }

    /// Compares what a free says with what its allocation said.
    #[inline]
    fn compare(&mut self, id: AllocationId, block: Block, free: EarlyFree) {
        if block.size != free.size {
            self.disagree(AnomalyKind::SizeMismatch, id, block, free);
        }
        if at(&mut self.sites, block.site.0).type_id != Some(free.type_id) {
            self.disagree(AnomalyKind::TypeMismatch, id, block, free);
        }
    }

    #[cold]
    fn disagree(&mut self, kind: AnomalyKind, id: AllocationId, block: Block, free: EarlyFree) {
        let mut allocation = Side::of_block(block);
        allocation.type_id = at(&mut self.sites, block.site.0).type_id;
        let example = Example::pair(id, Side::of_free(free), allocation);
        self.anomalies.count(kind, example);
    }

    fn reallocate(&mut self, id: AllocationId, type_id: TypeId, size: u64, line: u64) {
        let context = std::mem::take(&mut self.context);
        let side = Side {
            line,
            type_id: Some(type_id),
            size,
        };
        // How many blocks one stands for depends on the size with which it was drawn.
        let is_sampled = self.sampling.is_active();
        let reallocated = match is_sampled {
            true => None,
            false => self.matcher.reallocate(id, size),
        };
        let Some(block) = reallocated else {
            let example = Example::alone(id, side);
            return self
                .anomalies
                .count(AnomalyKind::UnmatchedReallocation, example);
        };
        let added = size.saturating_sub(block.size);
        if self.totals.allocated_bytes.checked_add(added).is_none() {
            self.matcher.reallocate(id, block.size);
            return self.refuse(id, side);
        }
        self.totals.reallocations += 1;
        let site = at(&mut self.sites, block.site.0);
        site.before_change(self.peak.epoch());
        site.resize(block.size, size);
        self.totals.resize(block.size, size);
        if site.type_id != Some(type_id) {
            let free = EarlyFree {
                type_id,
                size,
                line,
            };
            self.disagree(AnomalyKind::TypeMismatch, id, block, free);
        }
        self.rose(line, context);
    }

    /// An event whose size cannot be: nothing of it is accounted.
    #[cold]
    fn refuse(&mut self, id: AllocationId, side: Side) {
        let example = Example::alone(id, side);
        self.anomalies.count(AnomalyKind::ImpossibleSize, example);
    }
}

/// The id that a record is about; any for those that are about none.
#[inline]
fn id_of(record: &Record) -> AllocationId {
    match record.event {
        Event::Allocate { id, .. }
        | Event::Free { id, .. }
        | Event::Release { id }
        | Event::Reallocate { id, .. } => id,
        _ => AllocationId(0),
    }
}
