//! Reading a recording for one of its threads: a test that asks what it has leaked
//! must not be told what tests in other processes and threads do meanwhile.

use hashbrown::HashSet;

use super::index::{Index, Stream};
use crate::trace::Facts;
use crate::trace::raw::RawEvent;

/// A thread of a process. What is read for it are its events and those of the threads
/// that it started, and that these started, and so on; and of all other threads what
/// they do in the memories of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ThreadTree {
    /// Process id.
    pub process: u32,
    /// Thread id; 0 for the main thread.
    pub thread: u32,
}

/// What a tree takes in of a recording.
pub(super) struct Inside {
    /// For each stream.
    threads: Vec<bool>,
    heaps: HashSet<u16>,
}

impl Inside {
    pub fn of(tree: ThreadTree, index: &Index, facts: &Facts) -> Inside {
        let mut ids: HashSet<u32> = [tree.thread].into_iter().collect();
        // A thread is said when it begins, so those that started it come before.
        let said = facts.threads.iter();
        for thread in said.filter(|said| said.process == tree.process) {
            if thread.what.started_by.is_some_and(|id| ids.contains(&id)) {
                ids.insert(thread.what.thread);
            }
        }
        let is_inside = |stream: &Stream| {
            index.processes[stream.process].pid == tree.process && ids.contains(&stream.thread)
        };
        let threads: Vec<bool> = index.streams.iter().map(is_inside).collect();
        let inside = index.streams.iter().zip(&threads);
        let inside = inside.filter(|(_, is_inside)| **is_inside);
        let heaps = inside.flat_map(|(stream, _)| stream.homes.values());
        Inside {
            heaps: heaps.map(|home| home.heap).collect(),
            threads,
        }
    }

    pub fn has_heap(&self, heap: u16) -> bool {
        self.heaps.contains(&heap)
    }

    /// Whether an event of a thread is wanted.
    pub fn has(&self, number: usize, stream: &Stream, event: &RawEvent) -> bool {
        let in_heap = || Some(self.has_heap(stream.home_of(event)?.heap));
        self.threads[number] || in_heap().unwrap_or(false)
    }
}
