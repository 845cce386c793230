//! The roots of a linear memory.

use std::ops::Range;

use unfreed_events::WordId;
use unfreed_events::trace::{Global, Snapshot};

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
        let globals = snapshot.globals.as_deref().unwrap_or_default();
        let mut main_stack = |extent: Range<u64>, used_from| {
            stacks.push(ThreadStack {
                thread: None,
                has_ended: false,
                begin: extent.start,
                end: extent.end,
            });
            Root::Stack {
                worker: 0,
                alive: true,
                extent,
                used_from,
            }
        };
        for (range, class) in self.memory.below_heap() {
            if class == Class::MainStack {
                let used_from = main_stack_used_from(snapshot, &range);
                roots.push(main_stack(range, used_from));
                continue;
            }
            // Where zeroed data end and the stack begins is not always told. What is in
            // use of the stack is.
            let has_stack = self.memory.stack_top() == Some(range.end);
            let pointer = stack_pointer_in(globals, &range).filter(|_| has_stack);
            let from = pointer.unwrap_or(range.end);
            if from < range.end {
                roots.push(main_stack(from..range.end, from));
            }
            roots.push(Root::Static {
                range: range.start..from,
            });
        }
        for stack in threads {
            let extent = stack.begin..stack.end;
            roots.push(Root::Stack {
                worker: stacks.len() as u32,
                alive: !stack.has_ended,
                // How far other threads have used theirs is not known.
                used_from: stack_pointer_in(globals, &extent).unwrap_or(stack.begin),
                extent,
            });
            stacks.push(*stack);
        }
        // A thread's storage is its own, wherever a global of the thread says that it is.
        let is_of_thread = |value: u64| {
            let mut threads = threads.iter();
            threads.any(|stack| (stack.begin..stack.end).contains(&value))
        };
        for (number, global) in (0..).zip(globals) {
            if !global.is_stack_pointer && !is_of_thread(global.value) {
                roots.push(Root::Global {
                    global: number,
                    value: global.value,
                });
            }
        }
        let handles = self.handles.held_in(snapshot.heap, self.matcher);
        roots.extend(handles.map(|(kind, handle, pointer)| Root::Handle {
            class: kind as u32,
            handle: u64::from(handle),
            pointer,
        }));
        Ok((roots, stacks))
    }

    /// Whether there are instances whose globals are not known and may hold pointers.
    /// Modules that wasm-ld made keep pointers to blocks in memory only. Others, such
    /// as those of AssemblyScript, have variables in globals.
    pub(super) fn globals_unknown(&self, snapshot: &Snapshot) -> bool {
        let said = &snapshot.said.what;
        // Those of other threads are not read.
        let are_known = snapshot.globals.is_some() && said.globals_unread == 0 && said.threads == 0;
        !are_known && !self.memory.has_main_stack()
    }
}

/// Where the used part of the main shadow stack begins.
fn main_stack_used_from(snapshot: &Snapshot, stack: &Range<u64>) -> u64 {
    let globals = snapshot.globals.as_deref().unwrap_or_default();
    if let Some(pointer) = stack_pointer_in(globals, stack) {
        return pointer;
    }
    let said = &snapshot.said;
    let may_be_used = globals.iter().any(|global| global.is_stack_pointer)
        || said.what.globals_unread > 0
        || said.thread != 0 && said.what.threads > 0;
    match may_be_used {
        // It is in use, or another thread has it: how far is not known.
        true => stack.start,
        // No instance is left on the thread that could use it, or none was looked at.
        false => stack.end,
    }
}

/// The lowest stack pointer that lies in a stack.
fn stack_pointer_in(globals: &[Global], stack: &Range<u64>) -> Option<u64> {
    let pointers = globals.iter().filter(|global| global.is_stack_pointer);
    let values = pointers.map(|global| global.value);
    values
        .filter(|value| (stack.start..=stack.end).contains(value))
        .min()
}

#[cfg(test)]
mod tests {
    use unfreed_events::trace::{Said, raw};

    use super::*;

    const STACK: Range<u64> = 1000..2000;

    /// A snapshot that `thread` took beside so many others, with these stack pointers.
    fn used_from(thread: u32, threads: u32, pointers: Option<&[u64]>) -> u64 {
        let global = |value: &u64| Global {
            is_stack_pointer: true,
            value: *value,
            ..Global::default()
        };
        let mut globals: Option<Vec<Global>> =
            pointers.map(|pointers| pointers.iter().map(global).collect());
        // Others do not matter.
        globals.iter_mut().for_each(|globals| {
            globals.push(Global {
                value: 1001,
                ..Global::default()
            });
        });
        let what = raw::Snapshot {
            threads,
            ..raw::Snapshot::default()
        };
        let said = Said {
            thread,
            what,
            ..Said::default()
        };
        let snapshot = Snapshot {
            said,
            globals,
            ..Snapshot::default()
        };
        main_stack_used_from(&snapshot, &STACK)
    }

    #[test]
    fn the_main_stack_is_used_from_its_pointer_on() {
        assert_eq!(used_from(0, 0, Some(&[1500])), 1500);
        assert_eq!(used_from(0, 3, Some(&[2000, 1800, 5000])), 1800);
        assert_eq!(used_from(2, 0, Some(&[1000])), 1000);
    }

    #[test]
    fn a_main_stack_whose_pointer_is_elsewhere_is_looked_at_as_a_whole() {
        // The thread has changed to another stack, or it is another thread's.
        assert_eq!(used_from(0, 0, Some(&[2001])), 1000);
        assert_eq!(used_from(3, 1, Some(&[])), 1000);
    }

    #[test]
    fn without_an_instance_the_main_stack_is_empty() {
        assert_eq!(used_from(0, 0, Some(&[])), 2000);
        assert_eq!(used_from(0, 0, None), 2000);
        assert_eq!(used_from(3, 0, None), 2000);
    }
}
