//! Where exceptions are caught: there the depth is 0 again, as an exception may
//! have gone through a function of the allocator. No allocator catches any.

use wasmparser::Operator;

/// Follows the blocks of a function.
pub(super) struct Catches {
    /// Whether it matters in this function.
    matters: bool,
    /// Open blocks, the innermost last: an exception is caught at its end.
    blocks: Vec<bool>,
}

impl Catches {
    pub fn new(matters: bool) -> Catches {
        Catches {
            matters,
            blocks: Vec::new(),
        }
    }

    /// Whether behind this instruction an exception may just have been caught.
    /// One that a `try_table` catches at the begin of a loop is not seen.
    pub fn follow(&mut self, operator: &Operator<'_>) -> bool {
        if !self.matters {
            return false;
        }
        match operator {
            Operator::Catch { .. } | Operator::CatchAll => return true,
            Operator::Block { .. }
            | Operator::Loop { .. }
            | Operator::If { .. }
            | Operator::Try { .. } => self.blocks.push(false),
            Operator::TryTable { try_table } => {
                for catch in &try_table.catches {
                    self.mark(catch);
                }
                self.blocks.push(false);
            }
            Operator::Delegate { .. } => {
                self.blocks.pop();
            }
            Operator::End => return self.blocks.pop() == Some(true),
            _ => {}
        }
        false
    }

    /// Labels count from the block around the `try_table`, outwards.
    fn mark(&mut self, catch: &wasmparser::Catch) {
        let (wasmparser::Catch::One { label, .. }
        | wasmparser::Catch::OneRef { label, .. }
        | wasmparser::Catch::All { label }
        | wasmparser::Catch::AllRef { label }) = catch;
        let open = self.blocks.len();
        if let Some(block) = open.checked_sub(*label as usize + 1) {
            self.blocks[block] = true;
        }
    }
}
