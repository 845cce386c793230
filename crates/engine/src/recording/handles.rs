//! The classes of handles of a recording.

use std::collections::HashSet;

use unfreed_events::trace::{Facts, Said, raw};

use super::kinds::handle_kinds;
use crate::handles::{HandleClass, Handles};

/// The classes of a recording as the engine wants them.
pub fn of(facts: &Facts) -> Handles {
    let kinds = handle_kinds(facts);
    let ends = facts.thread_ends.iter();
    let ended: HashSet<(u32, u32)> = ends.map(|end| (end.process, end.what.thread)).collect();
    let classes = facts.handle_classes.iter().zip(&kinds.of_class);
    let classes = classes.map(|(said, kind)| HandleClass {
        kind: *kind,
        heaps: heaps(facts, said),
        // A thread's number is not used again.
        is_of_ended_thread: ended.contains(&(said.process, said.thread)),
    });
    Handles::new(classes.collect())
}

/// The memory of the instance of a class, or all of its process where it is not known.
fn heaps(facts: &Facts, said: &Said<raw::HandleClass>) -> Vec<u16> {
    let mut instances = facts.instances.iter();
    let instance = instances.find(|instance| {
        let whose = (instance.process, instance.thread, instance.what.instance);
        whose == (said.process, said.thread, said.what.instance)
    });
    let is_candidate = |memory: u32| instance.is_none_or(|known| known.what.memory == memory);
    let heaps = (0..).zip(&facts.heaps);
    heaps
        .filter(|(_, heap)| heap.process == said.process && is_candidate(heap.memory))
        .map(|(place, _): (u16, _)| place)
        .collect()
}
