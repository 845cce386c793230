//! Where exceptions are caught: there the depth is 0 again, as an exception may
//! have gone through a function of the allocator. No allocator catches any.

use wasmparser::{Catch, Operator, TryTable};

use super::layout::Body;

/// Follows the blocks of a function and tells where exceptions are caught.
pub(super) struct Catches<'a> {
    /// The function; `None` where it does not matter.
    function: Option<&'a Body>,
    /// Open blocks, the innermost last.
    blocks: Vec<Block>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Block {
    /// A branch to it leads to its begin.
    Loop,
    /// A branch to it leads to its end.
    Other,
    /// An exception is caught at its end.
    Catching,
}

impl Catches<'_> {
    pub fn new(function: Option<&Body>) -> Catches<'_> {
        Catches {
            function,
            blocks: Vec::new(),
        }
    }

    /// Whether behind the instruction at an offset an exception may just have
    /// been caught.
    pub fn follow(&mut self, operator: &Operator<'_>, at: u32) -> bool {
        let Some(function) = self.function else {
            return false;
        };
        match operator {
            Operator::Catch { .. } | Operator::CatchAll => return true,
            Operator::Loop { .. } => {
                self.blocks.push(Block::Loop);
                return function.catching_loops.binary_search(&at).is_ok();
            }
            Operator::Block { .. } | Operator::If { .. } | Operator::Try { .. } => {
                self.blocks.push(Block::Other)
            }
            Operator::TryTable { try_table } => {
                for label in labels(try_table) {
                    let block = labelled(self.blocks.len(), label);
                    if let Some(block @ Block::Other) = block.map(|at| &mut self.blocks[at]) {
                        *block = Block::Catching;
                    }
                }
                self.blocks.push(Block::Other);
            }
            Operator::Delegate { .. } => {
                self.blocks.pop();
            }
            Operator::End => {
                return match self.blocks.pop() {
                    Some(block) => block == Block::Catching,
                    None => function.catches_at_end.is_some(),
                };
            }
            _ => {}
        }
        false
    }
}

/// Finds the labels of a function at which a `try_table` catches and that are
/// passed before it, or that have nothing behind them.
#[derive(Default)]
pub(super) struct Labels {
    /// Open blocks, the innermost last: where it is, if it is a loop.
    blocks: Vec<Option<u32>>,
    /// Offsets of the loops at whose begin a `try_table` catches.
    pub catching_loops: Vec<u32>,
    /// A `try_table` catches at the end of the function.
    pub catches_at_end: bool,
}

impl Labels {
    pub fn follow(&mut self, operator: &Operator<'_>, at: u32) {
        match operator {
            Operator::Loop { .. } => self.blocks.push(Some(at)),
            Operator::Block { .. } | Operator::If { .. } | Operator::Try { .. } => {
                self.blocks.push(None);
            }
            Operator::TryTable { try_table } => {
                for label in labels(try_table) {
                    match labelled(self.blocks.len(), label) {
                        Some(block) => self.catching_loops.extend(self.blocks[block]),
                        None => self.catches_at_end = true,
                    }
                }
                self.blocks.push(None);
            }
            Operator::Delegate { .. } | Operator::End => {
                self.blocks.pop();
            }
            _ => {}
        }
    }
}

fn labels(try_table: &TryTable) -> impl Iterator<Item = u32> {
    try_table.catches.iter().map(|catch| match catch {
        Catch::One { label, .. }
        | Catch::OneRef { label, .. }
        | Catch::All { label }
        | Catch::AllRef { label } => *label,
    })
}

/// Which of the open blocks a label means; `None` for the function itself.
/// Labels count from the block around the `try_table`, outwards.
fn labelled(open: usize, label: u32) -> Option<usize> {
    open.checked_sub(label as usize + 1)
}
