'use strict';

/**
 * Stacks of those who make handles. A stack costs thousands of times what a
 * handle does, so they are samples: the first few of each class, and then as many
 * as take a small share of the time. Each sample tells how many handles it stands for.
 */

const { performance } = require('node:perf_hooks');
const { BLOCK } = require('../format.cjs');
const { takeStack } = require('../stack.cjs');

// The program may replace it by a fake.
const now = performance.now.bind(performance);

/** Of each class, taken whatever they cost. */
const FIRST = 10;
/** Of the time since the first handle that stacks may take. */
const SHARE = 0.02;
/** Handles between two samples, at most. */
const LONGEST_STRIDE = 65536;

/** The samples of one class. */
class Samples {
  constructor() {
    this.taken = 0;
    /** Handles made since the latest sample. */
    this.since = 0;
    /** Handles to let pass before the next. */
    this.countdown = 1;
    this.stride = 1;
  }
}

/** Functions of embind that all its handles come from. */
const WITHIN_EMBIND = /\bfromWireType(?:\]| \()/;
/** Frames in which they are. */
const EMBIND_FRAMES = 5;

/**
 * @param {string[]} lines
 * @returns {string[]} without what the patch calls, and without embind's own way to it
 */
function withoutPatch(lines) {
  if (!lines[0]?.startsWith('    at __unfreed_')) return lines;
  const from = lines[0].startsWith('    at __unfreed_embind ') ? lines.slice(0, EMBIND_FRAMES).findIndex((line) => WITHIN_EMBIND.test(line)) : 0;
  return lines.slice(Math.max(from, 0) + 1);
}

/** Takes the samples of one thread. */
class Sampler {
  /** @param {import('../start.cjs').Thread} thread */
  constructor(thread) {
    this.thread = thread;
    /** Milliseconds. */
    this.spent = 0;
    this.began = now();
    this.random = 0x9e3779b9;
  }

  /**
   * Takes the stack of a new handle if it is its turn.
   * @param {{number: number, samples: Samples}} kind class of the handle
   * @param {number} handle its number
   * @param {Function} below as for `takeStack`
   */
  see(kind, handle, below) {
    const { samples } = kind;
    samples.since += 1;
    samples.countdown -= 1;
    if (samples.countdown > 0) return;
    const begin = now();
    const isFirst = samples.taken < FIRST;
    if (isFirst || this.spent <= SHARE * (begin - this.began)) {
      this.#take(kind, handle, below);
      this.spent += now() - begin;
      samples.stride = isFirst ? 1 : Math.max(samples.stride >> 1, 1);
    } else {
      samples.stride = Math.min(samples.stride * 2, LONGEST_STRIDE);
    }
    samples.countdown = this.#about(samples.stride);
  }

  #take(kind, handle, below) {
    const { samples } = kind;
    const { output, contexts } = this.thread;
    const lines = withoutPatch(takeStack(below));
    const stack = contexts.lines.spell(lines);
    const text = `{"handle":${handle},"class":${kind.number},"stands_for":${samples.since},${stack}}`;
    samples.taken += 1;
    samples.since = 0;
    if (!output.jsonText(BLOCK.HANDLE_STACK, text)) contexts.lines.forget();
  }

  /** A number whose mean is `stride`, so that no rhythm of the program is in step. */
  #about(stride) {
    if (stride === 1) return 1;
    this.random ^= this.random << 13;
    this.random ^= this.random >>> 17;
    this.random ^= this.random << 5;
    return 1 + ((this.random >>> 0) % (2 * stride - 1));
  }
}

module.exports = { Sampler, Samples };
