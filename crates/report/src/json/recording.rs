//! What a recording says of itself.

use schemars::JsonSchema;
use serde::Serialize;
use unfreed_events::trace::raw;

use crate::view::View;

/// What was recorded, and what was not.
#[derive(Serialize, JsonSchema)]
pub(super) struct Recording<'a> {
    /// Allocations, frees, growths, marks and samples.
    events: u64,
    /// Processes.
    processes: u64,
    /// Worker threads that were started.
    threads: u64,
    /// Those of them that were terminated from outside.
    terminated_threads: u64,
    /// What ended workers left of what their module allocated for them when they
    /// started: stacks and thread-local storage.
    left_by_threads: Left,
    /// Events that are not in it.
    missing: Missing,
    /// The modules that were loaded, each once.
    modules: Vec<Module<'a>>,
}

/// What ended workers left.
#[derive(Serialize, JsonSchema)]
struct Left {
    /// How many workers left something.
    threads: u64,
    /// Blocks.
    blocks: u64,
    /// Their bytes.
    bytes: u64,
}

/// Events that are not in it.
#[derive(Serialize, JsonSchema)]
struct Missing {
    /// Gaps in the numbers of events of shared memories.
    gaps: u64,
    /// Events that the recorder says it could not write; those of shared memories
    /// are gaps, too.
    reported: u64,
    /// Events whose memory is not known.
    homeless: u64,
    /// Allocations whose stack is not known. They are in the recording.
    without_stack: u64,
    /// Allocations whose stack is known but for some frames.
    with_partial_stack: u64,
}

/// A module.
#[derive(Serialize, JsonSchema)]
struct Module<'a> {
    /// The first 16 hexadecimal digits of the SHA-256 of its bytes.
    id: &'a str,
    /// What it is called in stacks.
    name: &'a str,
    /// Its size.
    bytes: u64,
    /// `instrumented`, `pages` (only growth of memory is recorded) or `untouched`.
    status: &'a str,
    /// Why it is not instrumented; empty if it is.
    reason: &'a str,
    /// Its allocators.
    allocators: Vec<Allocator<'a>>,
}

/// An allocator of a module.
#[derive(Serialize, JsonSchema)]
struct Allocator<'a> {
    /// Which one it is.
    kind: &'a str,
    /// `certain`, `likely` or `guess`.
    certainty: &'a str,
    /// What is known to be missing.
    notes: &'a [String],
}

pub(super) fn recording<'a>(view: &View<'a>) -> Option<Recording<'a>> {
    let facts = view.recording?;
    let left = view.findings.ended_threads();
    let mut modules: Vec<&raw::Module> = Vec::new();
    for said in &facts.modules {
        if !modules.iter().any(|module| module.id == said.what.id) {
            modules.push(&said.what);
        }
    }
    Some(Recording {
        events: facts.events,
        processes: facts.processes.len() as u64,
        threads: facts.threads.len() as u64,
        terminated_threads: facts.terminated_threads() as u64,
        left_by_threads: Left {
            threads: left.threads,
            blocks: left.blocks,
            bytes: left.bytes,
        },
        missing: Missing {
            gaps: facts.missing.gaps,
            reported: facts.missing.reported,
            homeless: facts.missing.homeless,
            without_stack: facts.missing.without_stack,
            with_partial_stack: facts.missing.with_partial_stack,
        },
        modules: modules.into_iter().map(module).collect(),
    })
}

fn module(module: &raw::Module) -> Module<'_> {
    let allocators = module.allocators.iter();
    Module {
        id: &module.id,
        name: &module.name,
        bytes: module.bytes,
        status: &module.status,
        reason: &module.reason,
        allocators: allocators
            .map(|allocator| Allocator {
                kind: &allocator.kind,
                certainty: &allocator.certainty,
                notes: &allocator.notes,
            })
            .collect(),
    }
}
