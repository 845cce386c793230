//! The slow, obvious engine that the real one must agree with.
//!
//! It keeps every block that was ever allocated, every free and every change of
//! what is live in plain vectors, and finds each figure by going over all of
//! them. It is written from the definitions in the engine's documentation, not
//! from its code; where they leave something open, the choice is noted here.

pub mod check;
pub mod logs;

use std::collections::BTreeMap;

use unfreed_engine::findings::{AnomalyKind, Figures, LeakedBlock};
use unfreed_engine::ledger::{Change, Iteration, SiteChange, Totals};
use unfreed_events::{AllocationId, Event, Record, SiteId, TypeId, WordId};

/// What the engine should find.
pub struct Reference {
    /// Sums over all events.
    pub totals: Totals,
    /// The type of each declared site.
    pub site_types: BTreeMap<SiteId, TypeId>,
    /// Figures of each declared site.
    pub sites: BTreeMap<SiteId, Figures>,
    /// Figures of each type that an event names.
    pub types: BTreeMap<TypeId, TypeFacts>,
    /// Events of each kind, in the order of [`AnomalyKind::ALL`].
    pub anomalies: [u64; AnomalyKind::ALL.len()],
    /// The high-water mark.
    pub peak: PeakFacts,
    /// The run cut at its marks.
    pub iterations: Vec<Iteration>,
    /// All leaked blocks, the largest first.
    pub leaked: Vec<LeakedBlock>,
}

/// What is known of one type.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct TypeFacts {
    /// Its figures.
    pub figures: Figures,
    /// Frees that name it and have no allocation, and their bytes.
    pub unmatched: (u64, u64),
    /// Frees that name it and whose block was free already.
    pub double_frees: u64,
    /// The smallest and largest size allocated.
    pub size_range: Option<(u64, u64)>,
}

/// The high-water mark without what the engine keeps for itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct PeakFacts {
    /// Live bytes then.
    pub bytes: u64,
    /// Live blocks then.
    pub live: u64,
    /// Line of the event that reached it.
    pub line: u64,
    /// Its time.
    pub time: Option<u64>,
    /// Marks before it.
    pub iteration: usize,
}

/// An event together with the context that stood before it.
struct Happening {
    line: u64,
    time: Option<u64>,
    thread: Option<WordId>,
    event: Event,
}

/// A block that was allocated, whatever became of it.
struct Block {
    id: AllocationId,
    site: SiteId,
    line: u64,
    /// Number of the happening that allocated it.
    begin: usize,
    /// Its sizes one after another; the first is that of the allocation.
    sizes: Vec<u64>,
    end: End,
    is_temporary: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Leaked,
    Freed,
    Superseded,
}

/// A free that was logged.
struct Free {
    at: usize,
    type_id: TypeId,
    size: u64,
    end: FreeEnd,
    /// Whether it ended a temporary block.
    ends_temporary: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum FreeEnd {
    /// Of a block that was live, or logged later.
    Matched,
    Unmatched,
    Double,
}

/// What an id stands for at one moment; an id without one was never seen.
#[derive(Clone, Copy)]
enum State {
    /// The number of the live block.
    Live(usize),
    /// The number of the free that waits for its allocation.
    Waiting(usize),
    Freed,
}

/// A change of what is live at one site.
struct Move {
    at: usize,
    site: SiteId,
    blocks: i128,
    bytes: i128,
}

#[derive(Default)]
struct Account {
    site_types: BTreeMap<SiteId, TypeId>,
    happenings: Vec<Happening>,
    blocks: Vec<Block>,
    frees: Vec<Free>,
    moves: Vec<Move>,
    reallocations: u64,
    anomalies: [u64; AnomalyKind::ALL.len()],
    states: BTreeMap<AllocationId, State>,
    /// The number of the last block that each thread allocated.
    last_of_thread: BTreeMap<Option<WordId>, usize>,
    allocated_bytes: u128,
    freed_bytes: u128,
}

/// Accounts for a whole log.
pub fn account(records: &[Record]) -> Reference {
    let mut account = Account::default();
    account.read(records);
    for at in 0..account.happenings.len() {
        account.happen(at);
    }
    account.conclude()
}

impl Block {
    fn first_size(&self) -> u64 {
        self.sizes[0]
    }

    fn last_size(&self) -> u64 {
        self.sizes[self.sizes.len() - 1]
    }

    fn grown(&self) -> u64 {
        let steps = self.sizes.windows(2);
        steps.map(|pair| pair[1].saturating_sub(pair[0])).sum()
    }

    fn shrunk(&self) -> u64 {
        let steps = self.sizes.windows(2);
        steps.map(|pair| pair[0].saturating_sub(pair[1])).sum()
    }
}

/// What the events say, one after another.
impl Account {
    /// Puts each event together with its context. A site is not an event that
    /// context could belong to.
    fn read(&mut self, records: &[Record]) {
        let (mut time, mut thread) = (None, None);
        for record in records {
            match record.event {
                Event::Time { ns } => time = Some(ns),
                Event::Thread { thread: word } => thread = Some(word),
                Event::Address { .. } => {}
                Event::Site { site, type_id } => {
                    self.site_types.insert(site, type_id);
                }
                event => self.happenings.push(Happening {
                    line: record.line,
                    time: time.take(),
                    thread: thread.take(),
                    event,
                }),
            }
        }
    }

    fn happen(&mut self, at: usize) {
        match self.happenings[at].event {
            Event::Allocate { site, size, id } => self.allocate(at, site, size, id),
            Event::Free { type_id, size, id } => self.free(at, type_id, size, id),
            Event::Reallocate { type_id, size, id } => self.reallocate(at, type_id, size, id),
            _ => {}
        }
    }

    fn count(&mut self, kind: AnomalyKind) {
        self.anomalies[kind as usize] += 1;
    }

    fn allocate(&mut self, at: usize, site: SiteId, size: u64, id: AllocationId) {
        if self.allocated_bytes + u128::from(size) > u128::from(u64::MAX) {
            return self.count(AnomalyKind::ImpossibleSize);
        }
        self.allocated_bytes += u128::from(size);
        let number = self.blocks.len();
        self.blocks.push(Block {
            id,
            site,
            line: self.happenings[at].line,
            begin: at,
            sizes: vec![size],
            end: End::Leaked,
            is_temporary: false,
        });
        let thread = self.happenings[at].thread;
        self.last_of_thread.insert(thread, number);
        match self.states.insert(id, State::Live(number)) {
            None => self.comes(at, number),
            Some(State::Freed) => {
                self.count(AnomalyKind::ReusedId);
                self.comes(at, number);
            }
            Some(State::Live(earlier)) => {
                self.count(AnomalyKind::DuplicateAllocation);
                self.goes(at, earlier, End::Superseded);
                self.comes(at, number);
            }
            // It is never live. In which order its thread did things is not
            // known, so it is not temporary.
            Some(State::Waiting(free)) => {
                self.count(AnomalyKind::EarlyFree);
                self.states.insert(id, State::Freed);
                self.blocks[number].end = End::Freed;
                self.frees[free].end = FreeEnd::Matched;
                self.compare(number, self.frees[free].type_id, self.frees[free].size);
            }
        }
    }

    fn free(&mut self, at: usize, type_id: TypeId, size: u64, id: AllocationId) {
        if self.freed_bytes + u128::from(size) > u128::from(u64::MAX) {
            return self.count(AnomalyKind::ImpossibleSize);
        }
        self.freed_bytes += u128::from(size);
        let number = self.frees.len();
        let mut ends_temporary = false;
        let end = match self.states.get(&id).copied() {
            None => {
                self.states.insert(id, State::Waiting(number));
                FreeEnd::Unmatched
            }
            Some(State::Freed | State::Waiting(_)) => {
                self.count(AnomalyKind::DoubleFree);
                FreeEnd::Double
            }
            Some(State::Live(block)) => {
                self.states.insert(id, State::Freed);
                self.compare(block, type_id, size);
                self.goes(at, block, End::Freed);
                // Temporary: freed by the thread that allocated it, before that
                // thread allocated anything else.
                let last = self.last_of_thread.get(&self.happenings[at].thread);
                ends_temporary = last == Some(&block);
                self.blocks[block].is_temporary = ends_temporary;
                FreeEnd::Matched
            }
        };
        self.frees.push(Free {
            at,
            type_id,
            size,
            end,
            ends_temporary,
        });
    }

    fn reallocate(&mut self, at: usize, type_id: TypeId, size: u64, id: AllocationId) {
        let Some(State::Live(number)) = self.states.get(&id).copied() else {
            return self.count(AnomalyKind::UnmatchedReallocation);
        };
        let (site, before) = (self.blocks[number].site, self.blocks[number].last_size());
        let added = u128::from(size.saturating_sub(before));
        if self.allocated_bytes + added > u128::from(u64::MAX) {
            return self.count(AnomalyKind::ImpossibleSize);
        }
        self.allocated_bytes += added;
        self.reallocations += 1;
        self.blocks[number].sizes.push(size);
        self.moves.push(Move {
            at,
            site,
            blocks: 0,
            bytes: i128::from(size) - i128::from(before),
        });
        if self.site_types.get(&site) != Some(&type_id) {
            self.count(AnomalyKind::TypeMismatch);
        }
    }

    fn compare(&mut self, block: usize, type_id: TypeId, size: u64) {
        let block = &self.blocks[block];
        let is_other_size = block.last_size() != size;
        let is_other_type = self.site_types.get(&block.site) != Some(&type_id);
        if is_other_size {
            self.count(AnomalyKind::SizeMismatch);
        }
        if is_other_type {
            self.count(AnomalyKind::TypeMismatch);
        }
    }

    fn comes(&mut self, at: usize, block: usize) {
        self.moves.push(Move {
            at,
            site: self.blocks[block].site,
            blocks: 1,
            bytes: i128::from(self.blocks[block].first_size()),
        });
    }

    fn goes(&mut self, at: usize, block: usize, end: End) {
        self.blocks[block].end = end;
        self.moves.push(Move {
            at,
            site: self.blocks[block].site,
            blocks: -1,
            bytes: -i128::from(self.blocks[block].last_size()),
        });
    }
}

/// What it all amounts to.
impl Account {
    fn conclude(mut self) -> Reference {
        let unmatched = |free: &&Free| free.end == FreeEnd::Unmatched;
        self.anomalies[AnomalyKind::UnmatchedFree as usize] =
            self.frees.iter().filter(unmatched).count() as u64;
        let (peak, peak_at) = self.peak();
        let sites: BTreeMap<SiteId, Figures> = self
            .site_types
            .keys()
            .map(|site| (*site, self.site(*site, peak_at)))
            .collect();
        Reference {
            totals: self.totals(),
            types: self.types(&sites),
            site_types: self.site_types.clone(),
            sites,
            anomalies: self.anomalies,
            peak,
            iterations: self.iterations(),
            leaked: self.leaked(),
        }
    }

    fn totals(&self) -> Totals {
        let all = self.blocks.iter();
        let ended = |end| self.blocks.iter().filter(move |block| block.end == end);
        Totals {
            allocations: self.blocks.len() as u64,
            allocated_bytes: all.map(|block| block.first_size() + block.grown()).sum(),
            frees: self.frees.len() as u64,
            freed_bytes: self.frees.iter().map(|free| free.size).sum(),
            reallocations: self.reallocations,
            shrunk_bytes: self.blocks.iter().map(Block::shrunk).sum(),
            live: ended(End::Leaked).count() as u64,
            live_bytes: ended(End::Leaked).map(Block::last_size).sum(),
            superseded: ended(End::Superseded).count() as u64,
            superseded_bytes: ended(End::Superseded).map(Block::last_size).sum(),
            temporary: self.blocks.iter().filter(|b| b.is_temporary).count() as u64,
        }
    }

    /// The first moment at which more bytes are live than ever before, and the
    /// number of its happening. Moments lie after happenings, not within them:
    /// a duplicate takes the place of the earlier block at once.
    fn peak(&self) -> (PeakFacts, Option<usize>) {
        let (mut peak, mut peak_at) = (PeakFacts::default(), None);
        let (mut live, mut bytes, mut marks) = (0i128, 0i128, 0);
        let mut moves = self.moves.iter().peekable();
        for (at, happening) in self.happenings.iter().enumerate() {
            while let Some(step) = moves.next_if(|step| step.at == at) {
                live += step.blocks;
                bytes += step.bytes;
            }
            marks += usize::from(matches!(happening.event, Event::Mark { .. }));
            if bytes > i128::from(peak.bytes) {
                peak_at = Some(at);
                peak = PeakFacts {
                    bytes: bytes as u64,
                    live: live as u64,
                    line: happening.line,
                    time: happening.time,
                    iteration: marks,
                };
            }
        }
        (peak, peak_at)
    }

    fn site(&self, site: SiteId, peak_at: Option<usize>) -> Figures {
        let own = || self.blocks.iter().filter(|block| block.site == site);
        let ended = |end| own().filter(move |block| block.end == end);
        let until_peak =
            |step: &&Move| step.site == site && peak_at.is_some_and(|at| step.at <= at);
        let until_peak = || self.moves.iter().filter(until_peak);
        Figures {
            allocations: own().count() as u64,
            frees: ended(End::Freed).count() as u64,
            leaked: ended(End::Leaked).count() as u64,
            allocated_bytes: own().map(|block| block.first_size() + block.grown()).sum(),
            freed_bytes: ended(End::Freed).map(Block::last_size).sum(),
            leaked_bytes: ended(End::Leaked).map(Block::last_size).sum(),
            peak: until_peak().map(|step| step.blocks).sum::<i128>() as u64,
            peak_bytes: until_peak().map(|step| step.bytes).sum::<i128>() as u64,
            temporary: own().filter(|block| block.is_temporary).count() as u64,
            superseded: ended(End::Superseded).count() as u64,
            superseded_bytes: ended(End::Superseded).map(Block::last_size).sum(),
            shrunk_bytes: own().map(Block::shrunk).sum(),
        }
    }

    fn types(&self, sites: &BTreeMap<SiteId, Figures>) -> BTreeMap<TypeId, TypeFacts> {
        let mut types: BTreeMap<TypeId, TypeFacts> = BTreeMap::new();
        for (site, figures) in sites {
            let facts = types.entry(self.site_types[site]).or_default();
            add(&mut facts.figures, figures);
        }
        for block in &self.blocks {
            let facts = types.entry(self.site_types[&block.site]).or_default();
            let (low, high) = facts.size_range.unwrap_or((u64::MAX, 0));
            let size = block.first_size();
            facts.size_range = Some((low.min(size), high.max(size)));
        }
        for free in &self.frees {
            let facts = types.entry(free.type_id).or_default();
            facts.figures.frees += 1;
            facts.figures.freed_bytes += free.size;
            facts.double_frees += u64::from(free.end == FreeEnd::Double);
            if free.end == FreeEnd::Unmatched {
                facts.unmatched.0 += 1;
                facts.unmatched.1 += free.size;
            }
        }
        types
    }

    fn iterations(&self) -> Vec<Iteration> {
        let is_mark = |at: &usize| matches!(self.happenings[*at].event, Event::Mark { .. });
        let marks: Vec<usize> = (0..self.happenings.len()).filter(is_mark).collect();
        let begins = std::iter::once(None).chain(marks.iter().copied().map(Some));
        let ends = marks.iter().copied().chain([self.happenings.len()]);
        begins
            .zip(ends)
            .map(|(begin, end)| self.iteration(begin, end))
            .collect()
    }

    /// What lies between the mark `begin` and the happening `end`.
    fn iteration(&self, begin: Option<usize>, end: usize) -> Iteration {
        let within = |at: usize| begin.unwrap_or(0) <= at && at < end;
        let until_end = || self.moves.iter().filter(|step| step.at < end);
        let mark = begin.map(|at| &self.happenings[at]);
        Iteration {
            name: mark.and_then(|mark| match mark.event {
                Event::Mark { name } => Some(name),
                _ => None,
            }),
            line: mark.map_or(0, |mark| mark.line),
            time: mark.and_then(|mark| mark.time),
            allocations: self.blocks.iter().filter(|b| within(b.begin)).count() as u64,
            frees: self.frees.iter().filter(|free| within(free.at)).count() as u64,
            temporary: self
                .frees
                .iter()
                .filter(|free| within(free.at) && free.ends_temporary)
                .count() as u64,
            peak_bytes: self.peak_within(begin.unwrap_or(0), end),
            live: until_end().map(|step| step.blocks).sum::<i128>() as u64,
            live_bytes: until_end().map(|step| step.bytes).sum::<i128>() as u64,
            changes: self.changes(within),
            site_changes: self.site_changes(within),
            uncut_marks: 0,
        }
    }

    /// The most bytes that were live behind one of the happenings from `begin` to `end`.
    fn peak_within(&self, begin: usize, end: usize) -> u64 {
        let mut moves = self.moves.iter().peekable();
        let (mut bytes, mut most) = (0i128, 0i128);
        for at in 0..end {
            while let Some(step) = moves.next_if(|step| step.at == at) {
                bytes += step.bytes;
            }
            if at >= begin {
                most = most.max(bytes);
            }
        }
        most as u64
    }

    fn changes(&self, within: impl Fn(usize) -> bool) -> Vec<Change> {
        let type_of = |step: &Move| self.site_types[&step.site];
        let changed = self.changed(type_of, within).into_iter();
        changed
            .map(|(type_id, (live, live_bytes))| Change {
                type_id,
                live,
                live_bytes,
            })
            .collect()
    }

    fn site_changes(&self, within: impl Fn(usize) -> bool) -> Vec<SiteChange> {
        let changed = self.changed(|step| step.site, within).into_iter();
        changed
            .map(|(site, (live, live_bytes))| SiteChange {
                site,
                live,
                live_bytes,
            })
            .collect()
    }

    /// The sums of blocks and bytes by `owner` that are not zero.
    fn changed<O: Ord>(
        &self,
        owner: impl Fn(&Move) -> O,
        within: impl Fn(usize) -> bool,
    ) -> BTreeMap<O, (i64, i64)> {
        let mut sums: BTreeMap<O, (i128, i128)> = BTreeMap::new();
        for step in self.moves.iter().filter(|step| within(step.at)) {
            let sum = sums.entry(owner(step)).or_default();
            sum.0 += step.blocks;
            sum.1 += step.bytes;
        }
        let changed = sums.into_iter().filter(|(_, sum)| *sum != (0, 0));
        changed
            .map(|(owner, (blocks, bytes))| (owner, (nearest(blocks), nearest(bytes))))
            .collect()
    }

    fn leaked(&self) -> Vec<LeakedBlock> {
        let mut leaked: Vec<LeakedBlock> = self
            .blocks
            .iter()
            .filter(|block| block.end == End::Leaked)
            .map(|block| LeakedBlock {
                id: block.id,
                site: block.site,
                size: block.last_size(),
                line: block.line,
            })
            .collect();
        leaked.sort_by_key(|block| (u64::MAX - block.size, block.line));
        leaked
    }
}

/// Adds a site's figures to those of its type, but for frees, which a type
/// counts by what they name.
fn add(sum: &mut Figures, site: &Figures) {
    sum.allocations += site.allocations;
    sum.leaked += site.leaked;
    sum.allocated_bytes += site.allocated_bytes;
    sum.leaked_bytes += site.leaked_bytes;
    sum.peak += site.peak;
    sum.peak_bytes += site.peak_bytes;
    sum.temporary += site.temporary;
    sum.superseded += site.superseded;
    sum.superseded_bytes += site.superseded_bytes;
    sum.shrunk_bytes += site.shrunk_bytes;
}

/// A change as the findings hold it: one that is larger than any memory is the
/// largest that fits, never one of the other sign.
fn nearest(change: i128) -> i64 {
    change.clamp(i64::MIN.into(), i64::MAX.into()) as i64
}
