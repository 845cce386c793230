//! What a trace says beside its events: who was recorded, and what is missing.

use serde::{Deserialize, Serialize};

use crate::trace::raw::{
    HandleClass, Instance, JsValues, Lost, Module, Process, ProcessEnd, Thread, ThreadEnd, text,
};

/// Something that a thread of a process said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said<T> {
    /// Process id.
    pub process: u32,
    /// Thread id; 0 for the main thread.
    pub thread: u32,
    /// When, in microseconds since [`Facts::start`].
    pub time: u64,
    /// What.
    pub what: T,
}

/// A linear memory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Heap {
    /// Its name in [`Event::Grow`](crate::Event::Grow). Memories are told apart
    /// by their place in [`Facts::heaps`], which is the upper 16 bits of the ids
    /// of their blocks.
    #[serde(deserialize_with = "text")]
    pub name: String,
    /// Process id.
    pub process: u32,
    /// [`Instance::memory`]
    pub memory: u32,
    /// Whether threads share it.
    pub shared: bool,
    /// 32 or 64.
    pub address_bits: u32,
}

/// Events that are not in the trace.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Missing {
    /// Gaps in the sequence numbers of shared memories: this many events are not
    /// there, whatever the reason.
    pub gaps: u64,
    /// Events that the recorder says it could not write. Those of shared
    /// memories are gaps, too.
    pub reported: u64,
    /// Events whose memory is not known, since the block that says it is gone.
    pub homeless: u64,
    /// Allocations whose stack is not known for that reason. They are in the
    /// trace, under an unknown type.
    pub without_stack: u64,
    /// Allocations whose stack is known but for some of its lines. They are in the
    /// trace, with an unknown frame for each of those.
    pub with_partial_stack: u64,
    /// Events of handles whose class is not known.
    pub handles: u64,
    /// Snapshots that were begun and not finished, or whose memory is not known.
    pub snapshots: u64,
}

/// Damage of the file that a trace was made from; see
/// [`Damage`](crate::trace::Damage).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SourceDamage {
    /// Damaged blocks.
    pub blocks: u64,
    /// Bytes that belong to no whole block.
    pub bytes: u64,
    /// It ends inside of a block.
    pub cut: bool,
}

/// Everything that a trace says beside its events. All texts are printable.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// When it began, in microseconds since the Unix epoch. Times of events
    /// count from here.
    pub start: u64,
    /// The processes, in the order in which they began.
    pub processes: Vec<Said<Process>>,
    /// The workers.
    pub threads: Vec<Said<Thread>>,
    /// Modules; one that several threads loaded stands here for each.
    pub modules: Vec<Said<Module>>,
    /// Instances.
    pub instances: Vec<Said<Instance>>,
    /// Memories; see [`Heap::name`].
    pub heaps: Vec<Heap>,
    /// Workers that ended.
    pub thread_ends: Vec<Said<ThreadEnd>>,
    /// Processes that ended. One that is missing here was killed.
    pub process_ends: Vec<Said<ProcessEnd>>,
    /// What could not be written.
    pub lost: Vec<Said<Lost>>,
    /// Classes of handles, as each thread met them; see
    /// [`HandleClassId`](crate::HandleClassId).
    pub handle_classes: Vec<Said<HandleClass>>,
    /// Lengths of slabs of JavaScript values, where they have changed.
    pub js_values: Vec<Said<JsValues>>,
    /// How many events the trace has: those that are no context (time, thread)
    /// and no sites. Of a trace that is cut short, how many there are before the cut.
    pub events: u64,
    /// Events that are not in it.
    pub missing: Missing,
    /// Damage of the raw recording.
    pub source_damage: SourceDamage,
}

impl Facts {
    /// Processes that began and did not end: killed, or still running when the
    /// trace was made.
    pub fn unended_processes(&self) -> impl Iterator<Item = &Said<Process>> {
        self.processes.iter().filter(|began| {
            let mut ends = self.process_ends.iter();
            !ends.any(|end| end.process == began.process && end.time >= began.time)
        })
    }

    /// What threads that ended before their process did are called in events.
    pub fn ended_threads(&self) -> impl Iterator<Item = &str> {
        let names = self.thread_ends.iter().filter_map(|end| {
            let mut threads = self.threads.iter();
            let is_it = |began: &&Said<Thread>| {
                began.process == end.process && began.what.thread == end.what.thread
            };
            Some(threads.find(is_it)?.what.name.as_str())
        });
        names.filter(|name| !name.is_empty())
    }

    /// Whether a function of a module, by what that is shown as, runs when a
    /// thread starts, to give it a stack.
    pub fn starts_threads(&self, module: &str, function: u32) -> bool {
        let mut modules = self.modules.iter().map(|said| &said.what);
        modules.any(|known| {
            known.thread_destroy && known.start == Some(function) && known.name == module
        })
    }

    /// How many workers were ended from outside.
    pub fn terminated_threads(&self) -> usize {
        let ends = self.thread_ends.iter();
        ends.filter(|end| end.what.terminated).count()
    }
}
