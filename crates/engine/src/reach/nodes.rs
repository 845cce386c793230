//! The graph whose dominators tell what each block, root and kind of root holds.

use super::classes::{Class, Reachability};
use super::dominators::Graph;
use super::heap::Heap;
use super::roots::RootKind;

/// What can hold bytes. All holds the kinds of roots and Lost; JS handles hold their
/// classes, and those their handles; other kinds hold their roots; a root holds
/// blocks, and so does a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Node {
    /// Everything.
    All,
    /// All roots of a kind.
    Kind(RootKind),
    /// What no root leads to. Definitely lost blocks hang on it.
    Lost,
    /// The JS handles of a class, by the caller's number.
    Class(u32),
    /// A root by its number.
    Root(u32),
    /// A live block by its index.
    Block(u32),
}

const KINDS: u32 = RootKind::ALL.len() as u32;

/// The number of [`Node::Lost`]; kinds come before it, behind [`Node::All`].
const LOST: u32 = KINDS + 1;

const CLASSES: u32 = LOST + 1;

/// Numbers for nodes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Numbers<'a> {
    heap: &'a Heap<'a>,
}

impl<'a> Numbers<'a> {
    pub fn new(heap: &'a Heap<'a>) -> Numbers<'a> {
        Numbers { heap }
    }

    fn roots(self) -> u32 {
        CLASSES + self.heap.roots().class_count()
    }

    pub fn blocks(self) -> u32 {
        self.roots() + self.heap.roots().as_slice().len() as u32
    }

    pub fn count(self) -> u32 {
        self.blocks() + self.heap.blocks().as_slice().len() as u32
    }

    /// The number of a node; `None` if there is no such class, root or block.
    pub fn of(self, node: Node) -> Option<u32> {
        match node {
            Node::All => Some(0),
            Node::Kind(kind) => Some(1 + kind as u32),
            Node::Lost => Some(LOST),
            Node::Class(class) => Some(CLASSES + self.heap.roots().class_place(class)?),
            Node::Root(root) => {
                let is_there = (root as usize) < self.heap.roots().as_slice().len();
                is_there.then(|| self.roots() + root)
            }
            Node::Block(block) => {
                let is_there = (block as usize) < self.heap.blocks().as_slice().len();
                is_there.then(|| self.blocks() + block)
            }
        }
    }

    pub fn node(self, number: u32) -> Node {
        if let Some(block) = number.checked_sub(self.blocks()) {
            return Node::Block(block);
        }
        if let Some(root) = number.checked_sub(self.roots()) {
            return Node::Root(root);
        }
        match number {
            0 => Node::All,
            LOST => Node::Lost,
            CLASSES.. => Node::Class(self.heap.roots().class_at(number - CLASSES).0),
            _ => Node::Kind(RootKind::ALL[number as usize - 1]),
        }
    }
}

/// The graph of a heap. What is lost holds nothing that is not; stacks, and what only
/// they lead to, hold nothing that other roots lead to.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeapGraph<'a> {
    pub heap: &'a Heap<'a>,
    pub reachability: &'a Reachability,
    pub numbers: Numbers<'a>,
}

/// The element of a list at a place, which moves on.
fn step(list: &[u32], place: &mut u32) -> Option<u32> {
    let found = list.get(*place as usize)?;
    *place += 1;
    Some(*found)
}

impl HeapGraph<'_> {
    /// The bytes of a node itself: of a block its size, of all others 0.
    pub fn shallow(&self, number: u32) -> u64 {
        let block = number.checked_sub(self.numbers.blocks());
        block.map_or(0, |block| {
            self.heap.blocks().as_slice()[block as usize].size
        })
    }

    fn of_kind(&self, kind: RootKind, place: &mut u32) -> Option<u32> {
        let roots = self.heap.roots();
        if kind != RootKind::Handle {
            let root = step(roots.of_kind(kind), place)?;
            return self.numbers.of(Node::Root(root));
        }
        let class = *place;
        *place += 1;
        (class < roots.class_count()).then(|| CLASSES + class)
    }

    /// The next block that a block or a root holds.
    fn held_by(&self, holder: u32, place: &mut u32, may_hold: impl Fn(u32) -> bool) -> Option<u32> {
        loop {
            let (target, is_start) = self.heap.pointers().at(holder, *place)?;
            *place += 1;
            let holds = is_start || !self.is_reachable(target);
            if holds && may_hold(target) {
                return Some(self.numbers.blocks() + target);
            }
        }
    }

    /// Whether only stacks lead to a block.
    fn is_of_stacks(&self, block: u32) -> bool {
        match self.reachability.class(block) {
            Class::Reachable(kind) | Class::PossiblyLost(kind) => kind.is_stack(),
            Class::IndirectlyLost | Class::DefinitelyLost => false,
        }
    }

    /// What stacks, or blocks that only they lead to, may hold.
    fn stacks_may_hold(&self, block: u32) -> bool {
        self.is_of_stacks(block) || !self.is_reachable(block)
    }

    /// Whether start-pointers lead to a block, so that they alone hold it.
    fn is_reachable(&self, block: u32) -> bool {
        matches!(self.reachability.class(block), Class::Reachable(_))
    }
}

impl Graph for HeapGraph<'_> {
    fn count(&self) -> u32 {
        self.numbers.count()
    }

    fn next(&self, number: u32, place: &mut u32) -> Option<u32> {
        match self.numbers.node(number) {
            Node::All => {
                *place += 1;
                (*place <= LOST).then_some(*place)
            }
            Node::Kind(kind) => self.of_kind(kind, place),
            Node::Lost => {
                let block = self.reachability.next_definite(*place as usize)?;
                *place = block + 1;
                self.numbers.of(Node::Block(block))
            }
            Node::Class(class) => {
                let class = self.heap.roots().class_place(class)?;
                let root = step(self.heap.roots().class_at(class).1, place)?;
                self.numbers.of(Node::Root(root))
            }
            Node::Root(root) => {
                let holder = self.heap.blocks().as_slice().len() as u32 + root;
                let is_stack = self.heap.roots().as_slice()[root as usize]
                    .kind()
                    .is_stack();
                self.held_by(holder, place, |target| {
                    !is_stack || self.stacks_may_hold(target)
                })
            }
            Node::Block(block) => {
                let is_lost = self.reachability.is_lost(block);
                let is_of_stacks = self.is_of_stacks(block);
                self.held_by(block, place, |target| {
                    (!is_lost || self.reachability.is_lost(target))
                        && (!is_of_stacks || self.stacks_may_hold(target))
                })
            }
        }
    }
}
