//! How a root leads to a block.

use super::classes::{Class, Holder, Reachability};
use super::heap::{Heap, Pointer};

/// One block on a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The address of the word that points to the block: in the block of the step
    /// before, or in the root. `None` if the pointer lies in no word of memory: that of
    /// a global or a handle, a stack that holds the block it lies in, or nothing at all
    /// for what is definitely lost.
    pub word: Option<u64>,
    /// The index of the block.
    pub block: u32,
    /// The bytes from the block's begin to where the word points; 0 for a
    /// start-pointer.
    pub offset: u64,
}

/// A path from a root to a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The number of the root; `None` if the first block is definitely lost.
    pub root: Option<u32>,
    /// The blocks in order; the last is the one that was asked for.
    pub steps: Vec<Step>,
}

impl Reachability {
    /// A path to a block, of start-pointers if it is reachable. For a reachable block
    /// no path of start-pointers from a root of the kind of its class is shorter; for
    /// one that is possibly or indirectly lost, one may be. `None` if there is no such
    /// block.
    #[must_use]
    pub fn path(&self, heap: &Heap<'_>, block: u32) -> Option<Path> {
        if block as usize >= heap.blocks().as_slice().len() {
            return None;
        }
        let mut steps = Vec::new();
        let mut at = block;
        let root = loop {
            let is_definite = matches!(self.class(at), Class::Reachable(_));
            let leads = |word, pointer: Pointer| {
                let is_it = pointer.block == at && (pointer.is_start || !is_definite);
                is_it.then_some(Step {
                    word,
                    block: at,
                    offset: pointer.offset,
                })
            };
            match self.holder(at) {
                Holder::Nothing => {
                    steps.push(Step {
                        word: None,
                        block: at,
                        offset: 0,
                    });
                    break None;
                }
                Holder::Root(root) => {
                    steps.push(heap.each_in_root(root, leads)?);
                    break Some(root);
                }
                Holder::Block(holder) => {
                    let step =
                        heap.each_in_block(holder, |at, pointer| leads(Some(at), pointer))?;
                    steps.push(step);
                    at = holder;
                }
            }
        };
        steps.reverse();
        Some(Path { root, steps })
    }
}
