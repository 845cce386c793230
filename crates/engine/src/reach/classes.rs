//! Which blocks are reachable, and what reaches them.

use super::heap::Heap;
use super::pointers::Pointers;
use super::roots::RootKind;

/// Why a live block is live, in the words of Valgrind's memcheck (manual, section
/// 4.2.8, "Memory leak detection"). It tells nine cases of how a block can hang on
/// the roots; BBB of each has here the class
///
/// | case | chain | class |
/// |---|---|---|
/// | 1 | root → BBB | reachable |
/// | 2 | root → AAA → BBB | reachable |
/// | 3 | BBB | definitely lost |
/// | 4 | AAA → BBB | indirectly lost; AAA definitely |
/// | 5 | root ⇢ BBB | possibly lost |
/// | 6 | root → AAA ⇢ BBB | possibly lost; AAA reachable |
/// | 7 | root ⇢ AAA → BBB | possibly lost, and so is AAA |
/// | 8 | root ⇢ AAA ⇢ BBB | possibly lost, and so is AAA |
/// | 9 | AAA ⇢ BBB | indirectly lost; AAA definitely |
///
/// where → is a pointer to a block's start and ⇢ one to its inside. As in memcheck,
/// start-pointers and interior-pointers of lost blocks are the same (case 9), and of
/// lost blocks in a cycle that nothing else points to, the one with the lowest
/// address is definitely lost and the others indirectly. If something else that is
/// lost does lead to the cycle, all of it is indirectly lost; memcheck may still call
/// one of it definitely lost, as an address decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// Roots of this kind, and none of a stronger one, lead to it by start-pointers.
    Reachable(RootKind),
    /// Roots lead to it, but on each way is an interior-pointer. The kind is the
    /// strongest of what points to it: roots, and blocks that are reachable or
    /// possibly lost.
    PossiblyLost(RootKind),
    /// Only lost blocks point to it.
    IndirectlyLost,
    /// Nothing points to it but what hangs on it itself.
    DefinitelyLost,
}

impl Class {
    /// All classes.
    pub const ALL: [Class; 12] = {
        let mut all = [Class::DefinitelyLost; 12];
        let mut kind = 0;
        while kind < KINDS as usize {
            all[kind] = Class::Reachable(RootKind::ALL[kind]);
            all[kind + KINDS as usize] = Class::PossiblyLost(RootKind::ALL[kind]);
            kind += 1;
        }
        all[INDIRECT as usize] = Class::IndirectlyLost;
        all
    };

    /// Whether no root leads to it.
    #[must_use]
    pub fn is_lost(self) -> bool {
        matches!(self, Class::IndirectlyLost | Class::DefinitelyLost)
    }
}

/// How many kinds of roots there are.
const KINDS: u8 = RootKind::ALL.len() as u8;

// A block's mark is the place of its class in `Class::ALL`; those of roots come by
// strength, so that a stronger reason is a smaller mark.
const INDIRECT: u8 = 2 * KINDS;
const DEFINITE: u8 = INDIRECT + 1;
const UNSEEN: u8 = DEFINITE + 1;

/// No block holds this one.
pub(super) const NONE: u32 = u32::MAX;

/// The class of each live block, and what leads to it.
#[derive(Clone, Debug)]
pub struct Reachability {
    /// By block.
    marks: Vec<u8>,
    /// By block: the block that led to it, or `blocks + root`, or [`NONE`] for the
    /// head of what is lost.
    holders: Vec<u32>,
}

/// What led to a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holder {
    Block(u32),
    Root(u32),
    /// It is definitely lost.
    Nothing,
}

/// How many blocks are in a class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Amount {
    /// Blocks.
    pub blocks: u64,
    /// Their bytes, without what they hold.
    pub bytes: u64,
}

impl Reachability {
    /// Follows all pointers.
    #[must_use]
    pub fn of(heap: &Heap<'_>) -> Reachability {
        let count = heap.blocks().as_slice().len();
        let mut marking = Marking {
            heap,
            pointers: heap.pointers(),
            marks: vec![UNSEEN; count],
            holders: vec![NONE; count],
            queue: Vec::new(),
        };
        RootKind::ALL
            .into_iter()
            .for_each(|kind| marking.reach(kind));
        RootKind::ALL
            .into_iter()
            .for_each(|kind| marking.reach_possibly(kind));
        marking.lose();
        let Marking { marks, holders, .. } = marking;
        Reachability { marks, holders }
    }

    /// The class of a block by its index.
    ///
    /// # Panics
    ///
    /// If there is no such block.
    #[must_use]
    pub fn class(&self, block: u32) -> Class {
        Class::ALL[self.marks[block as usize] as usize]
    }

    /// Whether no root leads to a block.
    #[inline]
    pub(super) fn is_lost(&self, block: u32) -> bool {
        self.marks[block as usize] >= INDIRECT
    }

    /// The first definitely lost block from an index on.
    pub(super) fn next_definite(&self, from: usize) -> Option<u32> {
        let rest = self.marks.get(from..)?;
        let place = rest.iter().position(|mark| *mark == DEFINITE)?;
        Some((from + place) as u32)
    }

    pub(crate) fn holder(&self, block: u32) -> Holder {
        let blocks = self.holders.len() as u32;
        match self.holders[block as usize] {
            NONE => Holder::Nothing,
            holder if holder < blocks => Holder::Block(holder),
            holder => Holder::Root(holder - blocks),
        }
    }

    /// Each class with its blocks; all classes together have all live blocks.
    #[must_use]
    pub fn amounts(&self, heap: &Heap<'_>) -> Vec<(Class, Amount)> {
        let mut amounts = Class::ALL.map(|class| (class, Amount::default()));
        for (mark, block) in self.marks.iter().zip(heap.blocks().as_slice()) {
            let amount = &mut amounts[*mark as usize].1;
            amount.blocks += 1;
            amount.bytes += block.size;
        }
        amounts.to_vec()
    }
}

struct Marking<'a> {
    heap: &'a Heap<'a>,
    pointers: &'a Pointers,
    marks: Vec<u8>,
    holders: Vec<u32>,
    /// Blocks that are marked and not yet looked at, in the order in which they were
    /// found: those next to the root come first, so that holders make shortest paths.
    queue: Vec<u32>,
}

impl Marking<'_> {
    fn mark(&mut self, block: u32, mark: u8, holder: u32) {
        self.marks[block as usize] = mark;
        self.holders[block as usize] = holder;
    }

    /// Looks at all that is queued, and at what that queues.
    fn drain(&mut self, mut look: impl FnMut(&mut Self, u32, u32, bool)) {
        let mut next = 0;
        while let Some(&block) = self.queue.get(next) {
            next += 1;
            for (target, is_start) in self.pointers.from(block) {
                look(self, block, target, is_start);
            }
            // What was looked at is dropped before the queue would grow for it.
            if next >= 1 << 16 && next * 2 > self.queue.len() {
                self.queue.drain(..next);
                next = 0;
            }
        }
        self.queue.clear();
    }

    /// Marks what a kind of roots reaches by start-pointers. What it reaches by
    /// interior-pointers otherwise is marked, but not looked at before
    /// [`Marking::reach_possibly`].
    fn reach(&mut self, kind: RootKind) {
        let (reachable, possible) = (kind as u8, KINDS + kind as u8);
        let look = |this: &mut Self, holder, block: u32, is_start| {
            let mark = this.marks[block as usize];
            if is_start && mark >= KINDS {
                this.mark(block, reachable, holder);
                this.queue.push(block);
            } else if !is_start && mark > possible {
                this.mark(block, possible, holder);
            }
        };
        let blocks = self.marks.len() as u32;
        for root in self.heap.roots().of_kind(kind) {
            let holder = blocks + root;
            for (target, is_start) in self.pointers.from(holder) {
                look(self, holder, target, is_start);
            }
        }
        self.drain(look);
    }

    /// Marks what hangs on the blocks that [`Marking::reach`] left.
    fn reach_possibly(&mut self, kind: RootKind) {
        let possible = KINDS + kind as u8;
        let marks = (0..).zip(&self.marks);
        let left = marks.filter(|(_, mark)| **mark == possible);
        self.queue = left.map(|(block, _)| block).collect();
        self.drain(|this, holder, block, _| {
            if this.marks[block as usize] > possible {
                this.mark(block, possible, holder);
                this.queue.push(block);
            }
        });
    }

    /// Marks what nothing has reached. From each block that is not seen yet all that it
    /// leads to is seen. Those begun with hold among them one of each cycle that
    /// nothing else leads to, and a block that leads to another was begun with later.
    /// So the second time, from the last on, they are reached if anything leads to them.
    fn lose(&mut self) {
        let mut starts = Vec::new();
        for start in 0..self.marks.len() as u32 {
            if self.marks[start as usize] != UNSEEN {
                continue;
            }
            starts.push(start);
            self.mark(start, DEFINITE, NONE);
            self.queue.push(start);
            self.drain(|this, _, block, _| {
                if this.marks[block as usize] == UNSEEN {
                    this.mark(block, DEFINITE, NONE);
                    this.queue.push(block);
                }
            });
        }
        for head in starts.into_iter().rev() {
            if self.marks[head as usize] == INDIRECT {
                continue;
            }
            self.queue.push(head);
            self.drain(|this, holder, block, _| {
                if this.marks[block as usize] == DEFINITE && block != head {
                    this.mark(block, INDIRECT, holder);
                    this.queue.push(block);
                }
            });
        }
    }
}
