//! The shape of a report page's data, as `crates/report/page/src/data/types.ts` has
//! it. Sizes are in bytes, times in nanoseconds since the recording began, shares
//! from 0 to 1. Columns of one table have equal lengths. Indices are into the columns
//! or lists that are named; -1 is none.

use serde::Serialize;

/// The version of the shape.
pub const PAGE_SCHEMA: &str = "unfreed-page/1.0";

/// All that a page shows.
#[derive(Serialize)]
pub(super) struct PageData {
    pub schema: &'static str,
    pub title: String,
    /// `recording`, `log` or `sample`.
    pub kind: &'static str,
    pub version: &'static str,
    pub headline: Vec<String>,
    pub findings: Vec<Finding>,
    pub trust: Trust,
    /// What is missing from the input.
    pub missing: Vec<String>,
    /// What was left out or aggregated to bound the size of the page.
    pub left_out: Vec<String>,
    pub next_steps: Vec<String>,
    pub totals: Totals,
    pub strings: Vec<String>,
    pub frames: Frames,
    pub stacks: Stacks,
    pub types: Types,
    pub sites: Sites,
    pub moments: Vec<Moment>,
    pub changes: Changes,
    pub memories: Vec<Memory>,
    pub timeline: Option<Timeline>,
    pub measured: Vec<Series>,
    pub grows: Vec<Grow>,
    pub threads: Vec<Thread>,
    pub handles: Vec<HandleClass>,
    pub holders: Vec<Holders>,
    /// Another run that this one is compared with.
    pub against: Option<Against>,
}

/// What leaks, or costs otherwise.
#[derive(Serialize)]
pub(super) struct Finding {
    /// `type`, `threads`, `handles` or `fragmentation`.
    pub kind: &'static str,
    pub title: String,
    pub what: String,
    pub bytes: Option<u64>,
    pub blocks: Option<u64>,
    pub per_iteration: Option<String>,
    pub verdict: Option<String>,
    /// Into sites.
    pub site: i64,
    pub why: Option<String>,
    pub todo: String,
}

#[derive(Serialize)]
pub(super) struct Trust {
    pub grade: &'static str,
    pub because: Option<String>,
    pub checks: Vec<Check>,
}

#[derive(Serialize)]
pub(super) struct Check {
    pub name: &'static str,
    pub outcome: &'static str,
    pub detail: String,
}

#[derive(Serialize)]
pub(super) struct Totals {
    pub allocations: u64,
    pub frees: u64,
    pub leaked: u64,
    pub allocated_bytes: u64,
    pub freed_bytes: u64,
    pub leaked_bytes: u64,
    pub peak: u64,
    pub peak_bytes: u64,
    pub temporary: Option<u64>,
}

/// Each frame once.
#[derive(Default, Serialize)]
pub(super) struct Frames {
    pub function: Vec<i64>,
    pub module: Vec<i64>,
    pub place: Vec<i64>,
    /// 0 wasm, 1 JavaScript, 2 Node and others, 5 machine code. The page itself makes
    /// frames of the places of sites that have no stack.
    pub kind: Vec<u8>,
    /// 1: only passes a request for memory on, in every stack.
    pub folded: Vec<u8>,
}

/// A tree: the frames of a stack are those of its node and of all above it.
#[derive(Default, Serialize)]
pub(super) struct Stacks {
    pub parent: Vec<i64>,
    pub frame: Vec<u32>,
}

/// Figures by row. Of a sample they are estimates.
#[derive(Default, Serialize)]
pub(super) struct Figures {
    pub allocations: Vec<u64>,
    pub frees: Vec<u64>,
    pub leaked: Vec<u64>,
    pub allocated_bytes: Vec<u64>,
    pub leaked_bytes: Vec<u64>,
    pub peak: Vec<u64>,
    pub peak_bytes: Vec<u64>,
    pub temporary: Option<Vec<u64>>,
}

#[derive(Default, Serialize)]
pub(super) struct Types {
    pub name: Vec<u32>,
    /// Into verdicts.
    pub verdict: Vec<i64>,
    pub verdicts: Vec<String>,
    #[serde(flatten)]
    pub figures: Figures,
}

#[derive(Default, Serialize)]
pub(super) struct Sites {
    pub r#type: Vec<u32>,
    pub stack: Vec<i64>,
    pub place: Vec<u32>,
    pub verdict: Vec<i64>,
    pub why: Vec<i64>,
    /// 1: threads allocate there to start.
    pub starts_threads: Vec<u8>,
    #[serde(flatten)]
    pub figures: Figures,
}

#[derive(Serialize)]
pub(super) struct Moment {
    /// `start`, `mark`, `time` or `end`.
    pub kind: &'static str,
    pub name: Option<String>,
    pub events: u64,
    pub time: Option<u64>,
}

/// What changed between each moment and the one before.
#[derive(Default, Serialize)]
pub(super) struct Changes {
    pub moment: Vec<u32>,
    pub site: Vec<u32>,
    pub allocations: Vec<u64>,
    pub allocated_bytes: Vec<u64>,
    pub live: Vec<i64>,
    pub live_bytes: Vec<i64>,
}

#[derive(Serialize)]
pub(super) struct Memory {
    pub name: String,
    pub model: Option<&'static str>,
    pub classes: Vec<&'static str>,
    /// By moment, then by class.
    pub partitions: Vec<Option<Vec<u64>>>,
    pub map: Option<MemoryMap>,
}

/// Blocks that were live at some moments, by address.
#[derive(Default, Serialize)]
pub(super) struct MemoryMap {
    /// Into moments.
    pub at: Vec<usize>,
    /// Size of the memory then.
    pub size: Vec<u64>,
    /// Less that of the block before.
    pub address: Vec<u64>,
    pub length: Vec<u64>,
    pub site: Vec<u32>,
    /// Into `at`.
    pub first: Vec<usize>,
    pub last: Vec<usize>,
    /// Into moments: the first behind the allocation.
    pub born: Vec<usize>,
    pub fixed: Vec<Fixed>,
}

/// What is not the heap.
#[derive(Serialize)]
pub(super) struct Fixed {
    pub begin: u64,
    pub end: u64,
    /// Into the classes of the memory.
    pub class: usize,
}

#[derive(Default, Serialize)]
pub(super) struct Timeline {
    pub events: Vec<u64>,
    pub time: Vec<Option<u64>>,
    pub memory: Vec<u64>,
    pub live: Vec<u64>,
    /// Null where no allocator is modelled.
    pub holes: Option<Vec<u64>>,
    pub allocations: Vec<u64>,
}

#[derive(Serialize)]
pub(super) struct Series {
    pub what: String,
    /// Into moments.
    pub moment: Vec<usize>,
    pub bytes: Vec<u64>,
}

#[derive(Serialize)]
pub(super) struct Grow {
    pub memory: usize,
    pub events: u64,
    pub time: Option<u64>,
    pub old_pages: u32,
    pub delta_pages: u32,
    pub request: Option<u64>,
    pub holes: Option<u64>,
    pub largest_hole: Option<u64>,
    pub would_have_fitted: Option<bool>,
    pub thread: Option<String>,
    pub site: i64,
}

#[derive(Serialize)]
pub(super) struct Thread {
    pub name: String,
    pub ended: bool,
    pub left_bytes: u64,
    pub left_blocks: u64,
}

#[derive(Serialize)]
pub(super) struct HandleClass {
    pub class: String,
    pub module: String,
    pub made: u64,
    pub freed: u64,
    pub consumed: u64,
    pub collected: u64,
    pub never_freed: u64,
    pub never_freed_bytes: u64,
    pub held: u64,
    pub lost: u64,
    pub held_bytes: u64,
    pub peak_held: u64,
    pub retained_bytes: Option<u64>,
    pub verdict: Option<String>,
    pub samples: u64,
    pub sites: Vec<HandleSite>,
}

#[derive(Serialize)]
pub(super) struct HandleSite {
    pub stack: i64,
    pub made: u64,
    pub not_freed: u64,
}

#[derive(Serialize)]
pub(super) struct Holders {
    pub memory: usize,
    pub taken: String,
    pub caveats: Vec<String>,
    pub classes: Vec<HolderClass>,
    pub sites: Vec<HolderSite>,
    pub handles: Vec<HolderHandles>,
    pub tree: HeldTree,
}

#[derive(Serialize)]
pub(super) struct HolderClass {
    pub class: String,
    pub blocks: u64,
    pub bytes: u64,
}

#[derive(Serialize)]
pub(super) struct HolderSite {
    pub site: i64,
    pub blocks: u64,
    pub bytes: u64,
    pub retained_bytes: u64,
    pub why: String,
    pub remedy: &'static str,
    pub path: Vec<String>,
}

#[derive(Serialize)]
pub(super) struct HolderHandles {
    pub class: String,
    pub handles: u64,
    pub shallow_bytes: u64,
    pub retained_bytes: u64,
}

/// What is held through what. Parents come before children; the first is all.
#[derive(Default, Serialize)]
pub(super) struct HeldTree {
    /// Names of what is no site.
    pub names: Vec<String>,
    pub parent: Vec<u32>,
    /// Into names; -1: a site.
    pub name: Vec<i64>,
    /// Into sites.
    pub site: Vec<i64>,
    pub blocks: Vec<u64>,
    pub bytes: Vec<u64>,
    pub retained_bytes: Vec<u64>,
}

/// What the stacks of another run had.
#[derive(Serialize)]
pub(super) struct Against {
    pub title: String,
    pub is_estimate: bool,
    /// Into stacks.
    pub stack: Vec<i64>,
    /// Into strings, where there is no stack.
    pub place: Vec<i64>,
    #[serde(flatten)]
    pub figures: Figures,
}
