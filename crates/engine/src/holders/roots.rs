//! The roots of a linear memory.

use unfreed_events::WordId;
use unfreed_events::trace::Snapshot;

use super::{Known, Owned};
use crate::account::Class;
use crate::reach::{Blocks, ReachError, Root};

/// A block that is the shadow stack or the thread-local storage of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadStack {
    /// Whose; `None` for the main thread.
    pub thread: Option<WordId>,
    /// Whether the thread had ended.
    pub has_ended: bool,
    begin: u64,
    end: u64,
}

impl Known<'_> {
    pub(super) fn thread_stacks(
        &self,
        blocks: &Blocks,
        owned: &[Owned],
        ended: &[WordId],
    ) -> Vec<ThreadStack> {
        let blocks = blocks.as_slice().iter();
        let of_threads = blocks.filter_map(|block| {
            let owned = owned.get(block.number as usize)?;
            let site = self.sites.get(owned.site.0 as usize)?;
            if !site.starts_threads {
                return None;
            }
            let starts = self.thread_starts;
            let start = starts.binary_search_by_key(&owned.line, |start| start.line);
            let thread = start.ok().and_then(|start| starts[start].thread);
            Some(ThreadStack {
                thread,
                has_ended: thread.is_some_and(|thread| ended.contains(&thread)),
                begin: block.address,
                end: block.address + block.size,
            })
        });
        of_threads.collect()
    }

    /// The roots, and the stacks by the number that they have in them.
    pub(super) fn roots(
        &self,
        snapshot: &Snapshot,
        threads: &[ThreadStack],
    ) -> Result<(Vec<Root>, Vec<ThreadStack>), ReachError> {
        let mut roots = Vec::new();
        let mut stacks = Vec::new();
        for (range, class) in self.memory.below_heap() {
            match class {
                Class::MainStack => {
                    stacks.push(ThreadStack {
                        thread: None,
                        has_ended: false,
                        begin: range.start,
                        end: range.end,
                    });
                    // No module runs on the main thread when a snapshot is taken.
                    roots.push(Root::Stack {
                        worker: 0,
                        alive: true,
                        used_from: range.end,
                        extent: range,
                    });
                }
                // Where zeroed data end and the stack begins is not always told.
                _ => roots.push(Root::Static { range }),
            }
        }
        for stack in threads {
            roots.push(Root::Stack {
                worker: stacks.len() as u32,
                alive: !stack.has_ended,
                extent: stack.begin..stack.end,
                // Its stack pointer is not known.
                used_from: stack.begin,
            });
            stacks.push(*stack);
        }
        let handles = self.handles.held_in(snapshot.heap, self.matcher);
        roots.extend(handles.map(|(kind, handle, pointer)| Root::Handle {
            class: kind as u32,
            handle: u64::from(handle),
            pointer,
        }));
        Ok((roots, stacks))
    }

    /// Modules that wasm-ld made keep pointers to blocks in memory only. Others, such
    /// as those of AssemblyScript, have variables in globals.
    pub(super) fn globals_unknown(&self) -> bool {
        !self.memory.has_main_stack()
    }
}
