/**
 * What a report page shows: `crates/report/src/page` writes it, as JSON, packed
 * with gzip, in base64. Sizes are in bytes, times in nanoseconds since the
 * recording began, shares from 0 to 1. Columns of one table have equal lengths.
 * Indices are into the columns or lists named; -1 is none.
 */
export interface PageData {
  schema: 'unfreed-page/1.0';
  /** What was read: names of the files. */
  title: string;
  /** `recording`, `log` or `sample`. Of a sample all figures are estimates. */
  kind: 'recording' | 'log' | 'sample';
  /** The version of unfreed that wrote it. */
  version: string;
  /** What leaks, in one or two sentences; then what else matters. */
  headline: string[];
  /** The top findings, the worst first. */
  findings: Finding[];
  trust: { grade: 'high' | 'medium' | 'low'; because: string | null; checks: Check[] };
  /** What is missing from the input; empty if it is complete. */
  missing: string[];
  /** What was left out or aggregated to bound the size of the page. */
  left_out: string[];
  next_steps: string[];
  totals: Totals;
  /** Texts that others refer to. */
  strings: string[];
  frames: Frames;
  /** All stacks, as a tree: a stack is a node, its frames are those up to the root. Parents come before children. */
  stacks: { parent: number[]; frame: number[] };
  types: Types;
  sites: Sites;
  /** At which the run was looked at, in order: the first is the start, the last the end. */
  moments: Moment[];
  /** How what was made and live of each site changed, from each moment to the next; sorted by moment. */
  changes: Changes;
  /** Linear memories. */
  memories: Memory[];
  /** How memory went, all linear memories together. Null for a log without sizes of memory. */
  timeline: Timeline | null;
  /** What was measured beside linear memory: `rss`, `V8 heap`, … */
  measured: Series[];
  grows: Grow[];
  threads: Thread[];
  handles: HandleClass[];
  /** What holds the live blocks at the last snapshot of each memory; empty without one. */
  holders: Holders[];
  /** Another run that this one is compared with, by stacks. */
  against: Against | null;
}

export interface Finding {
  kind: 'type' | 'threads' | 'handles' | 'fragmentation';
  /** A type, a class, ... */
  title: string;
  /** What leaks, in words. */
  what: string;
  /** Bytes never freed; null if that is not what it is about. */
  bytes: number | null;
  blocks: number | null;
  /** Bytes per iteration, in words with the interval; null if not known. */
  per_iteration: string | null;
  /** `systematic`, `noisy`, ...; null without marks. */
  verdict: string | null;
  /** Into `sites`: who allocated; -1. */
  site: number;
  /** Why it stays, in words; null without a snapshot. */
  why: string | null;
  /** What to do. */
  todo: string;
}

export interface Check { name: string; outcome: 'pass' | 'note' | 'warn' | 'fail'; detail: string }

export interface Totals {
  allocations: number; frees: number; leaked: number; allocated_bytes: number; freed_bytes: number; leaked_bytes: number;
  peak: number; peak_bytes: number; temporary: number | null;
}

export interface Frames {
  /** Into `strings`; -1: no name. */
  function: number[];
  /** Into `strings`: the module's or the script's file; -1. */
  module: number[];
  /** Into `strings`: `file:line:column`; -1. */
  place: number[];
  /** 0 wasm, 1 JavaScript, 2 Node and others, 3 the recorder's own, 4 a place in a log, 5 machine code. */
  kind: number[];
  /** 1 for a frame that only passes a request for memory on (allocator, collection library), else 0. */
  folded: number[];
}

/** Of a sample, figures are estimates. Temporary: freed before the next allocation of the thread; null if not known. */
export interface Figures {
  allocations: number[]; frees: number[]; leaked: number[]; allocated_bytes: number[]; leaked_bytes: number[];
  peak: number[]; peak_bytes: number[]; temporary: number[] | null;
}

export interface Types extends Figures {
  /** Into `strings`. */
  name: number[];
  /** Into `verdicts`; -1. */
  verdict: number[];
  /** In words. */
  verdicts: string[];
}

export interface Sites extends Figures {
  /** Into `types`. */
  type: number[];
  /** Into `stacks`; -1: none (a log names a place at most). */
  stack: number[];
  /** Into `strings`: where it is, as tables show it. */
  place: number[];
  /** Into `types.verdicts`; -1. */
  verdict: number[];
  /** Into `strings`: why its blocks stay; -1. */
  why: number[];
  /** 1: threads allocate there to start (shadow stack, thread-local storage). */
  starts_threads: number[];
}

export interface Moment {
  kind: 'start' | 'mark' | 'time' | 'end';
  /** Of a mark. */
  name: string | null;
  /** Allocations and frees before it. */
  events: number;
  time: number | null;
}

export interface Changes {
  /** Into `moments`: what changed between the moment before and this one (1 to moments.length - 1). */
  moment: number[];
  /** Into `sites`. */
  site: number[];
  /** Made between the two. */
  allocations: number[];
  allocated_bytes: number[];
  /** Live at this moment less live at the one before. */
  live: number[];
  live_bytes: number[];
}

export interface Memory {
  name: string;
  /** The allocator's model; null: not modelled. */
  model: string | null;
  /** Names of the classes that partition a memory, in the order of addresses where that makes sense. */
  classes: string[];
  /** By moment, then by class: bytes; null where that is not known. */
  partitions: (number[] | null)[];
  map: MemoryMap | null;
}

/** Blocks that were live at one of the moments in `at`, and what lies below them. Sorted by address. */
export interface MemoryMap {
  /** Into `moments`, rising: when blocks were looked at. */
  at: number[];
  /** Size of the memory at each of `at`. */
  size: number[];
  /** Begin of each block less the begin of the one before. */
  address: number[];
  length: number[];
  /** Into `sites`. */
  site: number[];
  /** Into `at`: the first at which it was live, and the last. */
  first: number[];
  last: number[];
  /** Into `moments`: between the moment before this one and this one it was allocated. */
  born: number[];
  /** What is not the heap: static data, main shadow stack, ... `class` into `Memory.classes`. */
  fixed: { begin: number; end: number; class: number }[];
}

export interface Timeline {
  events: number[]; time: (number | null)[]; memory: number[]; live: number[];
  /** Holes between blocks in use, of the memories whose allocator is modelled; null if none is. */
  holes: number[] | null;
  allocations: number[];
}

/** `moment` into `moments`. */
export interface Series { what: string; moment: number[]; bytes: number[] }

export interface Grow {
  memory: number; events: number; time: number | null; old_pages: number; delta_pages: number;
  /** Bytes asked for; null if not known. */
  request: number | null;
  /** Bytes in holes then, the largest of them, and whether they would have held it in one piece. */
  holes: number | null; largest_hole: number | null; would_have_fitted: boolean | null;
  thread: string | null;
  /** Into `sites`; -1. */
  site: number;
}

export interface Thread {
  name: string; ended: boolean;
  /** Bytes and blocks of shadow stack and thread-local storage that it left. */
  left_bytes: number; left_blocks: number;
}

export interface HandleClass {
  class: string; module: string;
  made: number; freed: number; consumed: number; collected: number; never_freed: number; never_freed_bytes: number;
  held: number; lost: number; held_bytes: number; peak_held: number; retained_bytes: number | null;
  verdict: string | null;
  /** Of handles whose stack was taken. If fewer than `made`, figures of sites are estimates. */
  samples: number;
  sites: { stack: number; made: number; not_freed: number }[];
}

export interface Holders {
  memory: number;
  /** When the snapshot was taken, in words. */
  taken: string;
  /** What may make it wrong, in words. */
  caveats: string[];
  classes: { class: string; blocks: number; bytes: number }[];
  sites: { site: number; blocks: number; bytes: number; retained_bytes: number; why: string; remedy: string;
    /** From the root to the largest block; empty if not looked for. */
    path: string[] }[];
  handles: { class: string; handles: number; shallow_bytes: number; retained_bytes: number }[];
  tree: HeldTree;
}

/** What is held through what, blocks of a site as one. Parents come before children; the first is all. */
export interface HeldTree {
  names: string[];
  parent: number[];
  /** Into `names`; -1: a site. */
  name: number[];
  /** Into the report's sites; -1. */
  site: number[];
  /** Of the part itself. */
  blocks: number[];
  bytes: number[];
  /** With all that hangs on it. */
  retained_bytes: number[];
}

/** What the stacks of another run had. */
export interface Against extends Figures {
  title: string;
  is_estimate: boolean;
  /** Into `stacks`; -1. */
  stack: number[];
  /** Into `strings`: where there is no stack; -1. */
  place: number[];
}
