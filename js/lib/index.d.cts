/**
 * Checks in tests what functions leave in the memories of WebAssembly modules.
 *
 * The process must be recorded by the command `unfreed record`, which measures; nothing is analysed here.
 *
 * @packageDocumentation
 */

/**
 * How much there may be more after each run. Without any, `{ bytes: 0 }` holds. A budget is broken when the
 * growth is shown to be above it: when all of its interval is.
 */
export interface Budget {
  /** Leaked bytes per run, of all memories. */
  bytes?: number;
  /** Leaked blocks per run. */
  objects?: number;
  /** Handles of wasm-bindgen or embind that nobody has freed, per run. */
  handles?: number;
  /** Bytes by which linear memories grow per run. They never shrink, and grow in steps: give more `iterations`. */
  memory?: number;
  /** Bytes of holes between live blocks that come with each run: fragmentation. */
  holes?: number;
  /** Leaked bytes per run of types, by patterns of their names with `*`. */
  types?: Record<string, number>;
  /** Leaked bytes per run of stacks, by patterns that one of their frames has: `*`, `^` and `$`. */
  stacks?: Record<string, number>;
}

/** What {@link leakCheck} can be asked for. */
export interface LeakCheckOptions {
  /**
   * Measured runs: 7 unless said otherwise. An odd prime, so that what grows by one with each run is not taken for
   * what comes with every second or fourth; and the least with which the interval is still 95 % sure when one run at
   * the begin turns out to be unlike the others. With fewer than 4 nothing can be told.
   */
  iterations?: number;
  /** Runs before that, which are not measured: 2 unless said otherwise, one to fill caches and one to grow them. */
  warmup?: number;
  /** What is allowed. */
  budget?: Budget;
  /** Whether it is fine that the process is not recorded; otherwise the variable `UNFREED_OPTIONAL` says. */
  optional?: boolean;
  /** What the message calls the function, if not by its name. */
  label?: string;
}

/** Growth per run. */
export interface Rate {
  /** The most likely growth. */
  growth: number;
  /** Where the true growth lies at least. */
  low: number;
  /** Where it lies at most. */
  high: number;
  /** In how many of such intervals the growth is, from 0 to 1. */
  confidence: number | null;
  /** Whether it was the same in each run. */
  exact: boolean;
  /** Measured runs that count. */
  iterations: number;
  /** Measured runs at the begin that do not count, since they were unlike the others. */
  warmUp: number;
}

/** A frame of a stack. */
export interface Frame {
  /** Demangled; empty if it has no name. */
  function: string;
  /** The source, if it is known. */
  file: string | null;
  /** From 1. */
  line: number | null;
  /** The module or script. */
  module: string;
  /** In the module, in bytes. */
  offset: number | null;
}

/** What breaks a budget. */
export interface Culprit {
  /** What is leaked: the first function behind allocators that has a name, or the class of handles. */
  type: string;
  /** Innermost first. */
  stack: Frame[];
  /** Bytes that it leaks per run. */
  bytesPerIteration: number;
  /** Blocks that it leaks per run. */
  blocksPerIteration: number;
  /** Why it stays, where that is known. */
  why: string | null;
  /** What to do. */
  nextStep: string;
}

/** One budget, judged. */
export interface JudgedBudget {
  /** As the message has it. */
  name: string;
  /** What it limits. */
  kind: string;
  /** The pattern of types or stacks. */
  subject: string | null;
  /** What is allowed per run. */
  limit: number;
  /** Of `limit` and what was measured. */
  unit: string;
  /** What was measured. */
  measured: Rate | null;
  /** What is allowed and what was measured, in words. */
  sentence: string;
  /** Whether the limit lies inside of the interval: it passes, as it is not shown to be exceeded. */
  notShown: boolean;
  /** How it ended. */
  outcome: 'pass' | 'fail' | 'too_few_iterations' | 'not_measured';
  /** What breaks it, the largest first. */
  culprits: Culprit[];
}

/** Levels before the first measured run and after each; null where there is no measurement. */
export interface Series {
  /** Live bytes. */
  liveBytes: (number | null)[];
  /** Live blocks. */
  liveBlocks: (number | null)[];
  /** Sizes of the memories. */
  memoryBytes: (number | null)[];
  /** Holes between live blocks. */
  holesBytes: (number | null)[];
  /** Handles that are held, or were collected without being freed. */
  handlesHeld: (number | null)[];
}

/** What a suppression has left out. */
export interface Suppressed {
  /** As its file has it. */
  pattern: string;
  /** Why it is there. */
  reason: string | null;
  /** Until when it holds, as `2027-03-01`. */
  expires: string | null;
  /** Blocks that were live at the end. */
  blocks: number;
  /** Their bytes. */
  bytes: number;
}

/** What was measured. */
export interface MeasuredResult {
  /** `unknown`: it could not be told. */
  outcome: 'pass' | 'fail' | 'unknown';
  /** Runs that were measured. */
  iterations: number;
  /** Leaked bytes per run. */
  bytes: Rate | null;
  /** Leaked blocks per run. */
  objects: Rate | null;
  /** Handles that nobody has freed, per run. */
  handles: Rate | null;
  /** Growth of linear memories per run, in bytes. */
  memory: Rate | null;
  /** Growth of holes between live blocks per run, in bytes. */
  holes: Rate | null;
  /** Each budget that was asked for. */
  budgets: JudgedBudget[];
  /** The levels behind the figures. */
  series: Series;
  /** Leaks that suppressions have left out of the budgets, in `unfreed.toml`. */
  suppressed: Suppressed[];
  /** What makes the recording incomplete. */
  problems: string[];
  /** The file. */
  recording: string;
}

/** Nothing is recorded, and that was said to be fine. The function was run once. */
export interface SkippedResult {
  /** That it was not measured. */
  outcome: 'skipped';
  /** Why. */
  reason: string;
}

/** What {@link leakCheck} gives. */
export type LeakResult = MeasuredResult | SkippedResult;

/** A budget is broken. */
export class LeakError extends Error {
  /** Its name. */
  name: 'LeakError';
  /** Everything that was measured. */
  readonly result: MeasuredResult;
}

/** Whether something is leaked could not be told. */
export class NotMeasuredError extends Error {
  /** Its name. */
  name: 'NotMeasuredError';
  /**
   * `NO_RECORDING`: the process is not recorded. `BUSY`: another check runs in this thread.
   * `NOT_WRITTEN`: the recording could not be written. `NOT_READ`: the command could not read it.
   * `UNKNOWN`: it was read, and does not tell; `result` has what it says.
   */
  readonly code: 'NO_RECORDING' | 'BUSY' | 'NOT_WRITTEN' | 'NOT_READ' | 'UNKNOWN';
  /** What was measured all the same. */
  readonly result: MeasuredResult | null;
}

/**
 * Runs a function some times and checks what each run leaves behind in the memories of WebAssembly modules.
 *
 * Garbage is collected before each look, and the callbacks of `FinalizationRegistry` have run, so that objects
 * which are freed when they are collected do not count.
 *
 * One check at a time can run in a thread, and nothing else that allocates should run beside it.
 *
 * @param fn - is run without arguments, and awaited. What it throws is thrown.
 * @param options - how often, and what is allowed.
 * @returns what was measured.
 * @throws {@link LeakError} if a budget is broken, {@link NotMeasuredError} if that cannot be told.
 */
export function leakCheck(fn: () => unknown, options?: LeakCheckOptions): Promise<LeakResult>;
