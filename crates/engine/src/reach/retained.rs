//! Retained sizes: the bytes that would not be reachable without a block, a root or
//! all roots of a kind.

use hashbrown::HashMap;

use super::classes::Reachability;
use super::dominators::{Dominators, Graph, UNREACHED};
use super::error::ReachError;
use super::heap::Heap;
use super::nodes::{HeapGraph, Node, Numbers};
use super::tree::Tree;

/// The retained size and the immediate dominator of each block and root.
///
/// Interior pointers hold only what no start-pointer leads to: slices and iterators
/// point into blocks that others own. Stacks hold only what no other root leads to: what
/// they point to is mostly borrowed, and how far another thread uses its stack is not
/// known, so that pointers of calls that ended long ago are among them. What is lost hangs on its heads, the definitely lost
/// blocks, and holds nothing that is reachable.
#[derive(Clone, Debug)]
pub struct Retained<'a> {
    graph: HeapGraph<'a>,
    dominators: Dominators,
    /// By number of the dominator tree.
    bytes: Vec<u64>,
}

/// What a group of blocks is and holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GroupSize {
    /// How many blocks it has.
    pub blocks: u64,
    /// Their bytes.
    pub shallow: u64,
    /// The bytes that its blocks retain, each byte once. What two of its blocks hold
    /// together, and neither alone, is not in it; [`Retained::together`] has that,
    /// too.
    pub retained: u64,
}

impl<'a> Retained<'a> {
    /// Finds the dominators.
    ///
    /// # Errors
    ///
    /// [`ReachError::TooMany`] pointers.
    pub fn of(
        heap: &'a Heap<'a>,
        reachability: &'a Reachability,
    ) -> Result<Retained<'a>, ReachError> {
        let graph = HeapGraph {
            heap,
            reachability,
            numbers: Numbers::new(heap),
        };
        let dominators = Dominators::of(&graph)?;
        let nodes = dominators.node.iter();
        let mut bytes: Vec<u64> = nodes.map(|number| graph.shallow(*number)).collect();
        for at in (1..bytes.len()).rev() {
            bytes[dominators.idom[at] as usize] += bytes[at];
        }
        Ok(Retained {
            graph,
            dominators,
            bytes,
        })
    }

    /// The place of a node in the tree.
    fn place(&self, node: Node) -> Option<usize> {
        let number = self.graph.numbers.of(node)?;
        let place = self.dominators.number[number as usize];
        (place != UNREACHED).then_some(place as usize)
    }

    /// The bytes that would not be reachable without a node, its own included. That of
    /// [`Node::All`] is all bytes of live blocks. 0 if there is no such node.
    #[must_use]
    pub fn bytes(&self, node: Node) -> u64 {
        self.place(node).map_or(0, |place| self.bytes[place])
    }

    /// The nearest node through which each way to this one leads; `None` for
    /// [`Node::All`], and if there is no such node.
    #[must_use]
    pub fn dominator(&self, node: Node) -> Option<Node> {
        let place = self.place(node).filter(|place| *place != 0)?;
        let idom = self.dominators.idom[place];
        Some(self.graph.numbers.node(self.dominators.node[idom as usize]))
    }

    /// Visits the nodes of the dominator tree, parents first, with the number of the visit
    /// to the parent and the bytes of the node itself.
    pub(super) fn each(&self, mut visit: impl FnMut(Node, u32, u64)) {
        for (number, idom) in self.dominators.node.iter().zip(&self.dominators.idom) {
            let node = self.graph.numbers.node(*number);
            visit(node, *idom, self.graph.shallow(*number));
        }
    }

    /// The sizes of groups of blocks, such as all of one site. A block in no group has
    /// `None`. What a block of a group retains counts once, however many others of the
    /// group lie on the way to it.
    pub fn of_groups(&self, group: impl Fn(u32) -> Option<u32>) -> HashMap<u32, GroupSize> {
        let mut sizes: HashMap<u32, GroupSize> = HashMap::new();
        // By group: how many of its blocks lie on the way to this one.
        let mut above: HashMap<u32, u32> = HashMap::new();
        Tree::of(&self.dominators.idom).walk(|place, is_entered| {
            let number = self.dominators.node[place as usize];
            let block = number.checked_sub(self.graph.numbers.blocks());
            let Some(group) = block.and_then(&group) else {
                return;
            };
            let above = above.entry(group).or_default();
            if !is_entered {
                *above -= 1;
                return;
            }
            let size = sizes.entry(group).or_default();
            size.blocks += 1;
            size.shallow += self.graph.shallow(number);
            if *above == 0 {
                size.retained += self.bytes[place as usize];
            }
            *above += 1;
        });
        sizes
    }

    /// The bytes that would not be reachable without any of these nodes. This looks at
    /// all that is still reachable then; nodes that there are not are left out.
    #[must_use]
    pub fn together(&self, nodes: &[Node]) -> u64 {
        let numbers = self.graph.numbers;
        let mut seen = vec![false; numbers.count() as usize];
        for number in nodes.iter().filter_map(|node| numbers.of(*node)) {
            seen[number as usize] = true;
        }
        let mut left = 0;
        let mut queue = Vec::new();
        if !std::mem::replace(&mut seen[0], true) {
            queue.push(0);
        }
        while let Some(number) = queue.pop() {
            left += self.graph.shallow(number);
            let mut place = 0;
            while let Some(next) = self.graph.next(number, &mut place) {
                if !std::mem::replace(&mut seen[next as usize], true) {
                    queue.push(next);
                }
            }
        }
        self.bytes(Node::All) - left
    }
}
