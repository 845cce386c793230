//! Handles: objects of JavaScript that own something in a linear memory. What became
//! of each, and of what it owned.

mod finding;
mod kind;

use hashbrown::HashMap;
use unfreed_events::{AllocationId, HandleClassId, HandleFate, SiteId};

use self::kind::{Kind, Sample};
use crate::matching::Matcher;

pub use self::finding::{HandleFinding, HandleSite};

/// Bytes before what a handle points to, in the block that holds it: none for a
/// `Box` or an object of C++, two counters for an `Rc`, and for one whose value has to
/// stand at a multiple of 16.
const OFFSETS: [u64; 3] = [0, 8, 16];

/// A class of handles, as one thread met it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HandleClass {
    /// Classes of several threads and instances that are shown as one have the same
    /// number; they count from 0.
    pub kind: usize,
    /// The memories, by their place in the upper 16 bits of ids, in one of which its
    /// handles own something.
    pub heaps: Vec<u16>,
    /// Whether its thread ended before the process did.
    pub is_of_ended_thread: bool,
}

/// A handle that is held.
#[derive(Clone, Copy, Debug)]
struct Held {
    block: Option<Owned>,
    sample: Option<Sample>,
}

/// The block that a handle owns.
#[derive(Clone, Copy, Debug)]
struct Owned {
    id: AllocationId,
    /// Of its allocation, since ids are used again.
    line: u64,
    size: u64,
}

/// What the handles that own one block have in common: nearly always there is one,
/// but those that embind's `clone` makes share theirs.
#[derive(Clone, Copy, Debug)]
struct Owners {
    /// Of the block's allocation.
    line: u64,
    size: u64,
    /// Handles that are held.
    held: u32,
    /// The kind of the first, for which the bytes count.
    kind: usize,
    state: State,
    /// The latest that was collected: nobody can give up its share any more.
    collected: Option<(usize, Option<Sample>)>,
}

/// What has become of a block that handles own which are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Live,
    /// Its bytes do not count any more.
    Freed,
    /// When nothing was left to do, one of its handles was lost. Whoever frees it then
    /// does so because garbage was collected for the recording: its bytes count.
    Lost,
}

/// A block whose handles are gone, one of them collected.
#[derive(Clone, Copy, Debug)]
struct Orphan {
    kind: usize,
    owned: Owned,
    sample: Option<Sample>,
}

/// All handles of a recording.
#[derive(Clone, Debug, Default)]
pub struct Handles {
    classes: Vec<HandleClass>,
    kinds: Vec<Kind>,
    held: HashMap<(HandleClassId, u32), Held>,
    /// Of each block that handles own which are held, or have owned when it was freed.
    owners: HashMap<AllocationId, Owners>,
    orphans: HashMap<AllocationId, Orphan>,
    marks: u32,
}

impl Handles {
    /// Classes in the order of their ids.
    pub fn new(classes: Vec<HandleClass>) -> Handles {
        let kinds = classes.iter().map(|class| class.kind + 1).max();
        Handles {
            classes,
            kinds: vec![Kind::default(); kinds.unwrap_or(0)],
            ..Handles::default()
        }
    }

    /// What came of a handle.
    pub(crate) fn handle(
        &mut self,
        fate: HandleFate,
        (class, handle): (HandleClassId, u32),
        pointer: u64,
        matcher: &Matcher,
    ) {
        let Some(described) = self.classes.get(class.0 as usize) else {
            return;
        };
        let number = described.kind;
        if fate == HandleFate::Made {
            let block = block_at(pointer, &described.heaps, matcher);
            self.kinds[number].made(block.map(|owned| owned.size));
            if let Some(owned) = block {
                self.owned(&owned, number);
            }
            let held = Held {
                block,
                sample: None,
            };
            // Numbers wrap; nobody has 2^32 handles at once.
            self.held.insert((class, handle), held);
            return;
        }
        if fate == HandleFate::CollectedAtEnd {
            if let Some(held) = self.held.get(&(class, handle)) {
                self.kinds[number].lost_at_end += 1;
                let block = held.block;
                self.lost(block.as_ref());
            }
            return;
        }
        let Some(held) = self.held.remove(&(class, handle)) else {
            self.kinds[number].unknown += 1;
            return;
        };
        self.kinds[number].ended(fate);
        let is_collected = fate == HandleFate::Collected;
        match held.block {
            Some(owned) => {
                let collected = is_collected.then_some((number, held.sample));
                self.left(&owned, collected);
            }
            None => self.kinds[number].collected_unknown += u64::from(is_collected),
        }
    }

    /// A handle of a kind owns a block.
    fn owned(&mut self, owned: &Owned, kind: usize) {
        let owners = self.owners.get_mut(&owned.id);
        if let Some(owners) = owners.filter(|owners| owners.line == owned.line) {
            owners.held += 1;
            return;
        }
        let first = Owners {
            line: owned.line,
            size: owned.size,
            held: 1,
            kind,
            state: State::Live,
            collected: None,
        };
        self.owners.insert(owned.id, first);
        self.kinds[kind].holds(owned.size);
    }

    /// A handle that may own a block was lost when nothing was left to do.
    fn lost(&mut self, owned: Option<&Owned>) {
        let Some(owned) = owned else {
            return;
        };
        let owners = self.owners.get_mut(&owned.id);
        if let Some(owners) = owners.filter(|owners| owners.line == owned.line) {
            if owners.state == State::Freed {
                self.kinds[owners.kind].holds(owners.size);
            }
            owners.state = State::Lost;
        }
    }

    /// One of the handles that own a block is not held any more.
    fn left(&mut self, owned: &Owned, collected: Option<(usize, Option<Sample>)>) {
        let owners = self.owners.get_mut(&owned.id);
        let Some(owners) = owners.filter(|owners| owners.line == owned.line) else {
            // The block was freed, and its address was used again.
            return;
        };
        owners.held -= 1;
        owners.collected = collected.or(owners.collected);
        if owners.held > 0 {
            return;
        }
        let Owners {
            kind,
            collected,
            state,
            ..
        } = *owners;
        self.owners.remove(&owned.id);
        if state == State::Freed {
            return;
        }
        self.kinds[kind].lets_go(owned.size);
        if let Some((kind, sample)) = collected {
            self.kinds[kind].orphaned(owned.size);
            let orphan = Orphan {
                kind,
                owned: *owned,
                sample,
            };
            self.orphans.insert(owned.id, orphan);
        }
    }

    /// Who made a handle that is held.
    pub(crate) fn made_by(&mut self, class: HandleClassId, handle: u32, sample: (SiteId, u32)) {
        let described = self.classes.get(class.0 as usize);
        let held = self.held.get_mut(&(class, handle));
        if let (Some(described), Some(held)) = (described, held) {
            let (site, stands_for) = sample;
            let sample = Sample { site, stands_for };
            self.kinds[described.kind].sampled(&sample);
            held.sample = Some(sample);
        }
    }

    /// The handles that own a block of a memory that is live: kind, number and the
    /// block's address.
    pub(crate) fn held_in<'a>(
        &'a self,
        heap: u16,
        matcher: &'a Matcher,
    ) -> impl Iterator<Item = (usize, u32, u64)> + 'a {
        self.held.iter().filter_map(move |((class, handle), held)| {
            let owned = held.block.filter(|owned| is_live(owned, matcher))?;
            let kind = self.classes.get(class.0 as usize)?.kind;
            (owned.id.memory() == heap).then_some((kind, *handle, owned.id.address()))
        })
    }

    /// The live blocks of a memory whose handle was collected: address, and kind of
    /// the handle.
    pub(crate) fn orphans_in(&self, heap: u16) -> impl Iterator<Item = (u64, usize)> {
        let orphans = self.orphans.values();
        orphans.filter_map(move |orphan| {
            let id = orphan.owned.id;
            (id.memory() == heap).then_some((id.address(), orphan.kind))
        })
    }

    /// A block is free.
    #[inline]
    pub(crate) fn freed(&mut self, id: AllocationId) {
        if !self.owners.is_empty() || !self.orphans.is_empty() {
            self.gone(id);
        }
    }

    #[inline(never)]
    fn gone(&mut self, id: AllocationId) {
        if let Some(owners) = self.owners.get_mut(&id)
            && owners.state == State::Live
        {
            owners.state = State::Freed;
            self.kinds[owners.kind].lets_go(owners.size);
        }
        if let Some(orphan) = self.orphans.remove(&id) {
            self.kinds[orphan.kind].adopted(orphan.owned.size);
        }
    }

    /// An iteration begins.
    pub(crate) fn mark(&mut self) {
        for kind in &mut self.kinds {
            kind.mark(self.marks);
        }
        self.marks += 1;
    }

    /// What is to be said of each kind, in their order. `counted` iterations follow
    /// the setup.
    pub(crate) fn close(mut self, counted: usize) -> Vec<HandleFinding> {
        self.mark();
        for ((class, _), held) in &self.held {
            let Some(described) = self.classes.get(class.0 as usize) else {
                continue;
            };
            let kind = &mut self.kinds[described.kind];
            kind.held_by_ended_threads += u64::from(described.is_of_ended_thread);
            kind.held_unknown += u64::from(held.block.is_none());
            if let Some(sample) = &held.sample {
                kind.not_freed(sample);
            }
        }
        for orphan in self.orphans.values() {
            if let Some(sample) = &orphan.sample {
                self.kinds[orphan.kind].not_freed(sample);
            }
        }
        let counted = (self.marks > 1).then_some(counted);
        let kinds = self.kinds.into_iter();
        kinds.map(|kind| kind.finding(counted)).collect()
    }
}

/// The block of the only memory that has one at `pointer`.
fn block_at(pointer: u64, heaps: &[u16], matcher: &Matcher) -> Option<Owned> {
    let mut found = heaps
        .iter()
        .filter_map(|heap| block_in(pointer, *heap, matcher));
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

fn block_in(pointer: u64, heap: u16, matcher: &Matcher) -> Option<Owned> {
    OFFSETS.iter().find_map(|offset| {
        let id = AllocationId::in_memory(heap, pointer.checked_sub(*offset)?);
        let block = matcher.live(id)?;
        let holds_it = *offset == 0 || block.size > *offset;
        holds_it.then_some(Owned {
            id,
            line: block.line,
            size: block.size,
        })
    })
}

fn is_live(owned: &Owned, matcher: &Matcher) -> bool {
    matcher
        .live(owned.id)
        .is_some_and(|block| block.line == owned.line)
}
