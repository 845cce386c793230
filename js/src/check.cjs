'use strict';

/**
 * Tries an allocator that was found by what it looks like. `unfreed instrument --check-with` runs this
 * in a process of its own, with a module on standard input that exports the allocator's functions, and
 * kills it when it takes too long. The argument says what the functions take, as JSON:
 * `{"malloc": ["size"], "free": ["pointer"]}`. Prints one line of JSON: the verdict is `passed`, `wrong`
 * (what they do is not what an allocator does) or `untried`, with the reason.
 */

const { readFileSync } = require('node:fs');

const PAGE_BYTES = 65536;
const ALIGNMENT = 8;
/** Pairs of malloc and free, and how many addresses they may be given at most. */
const PAIRS = 50;
const MOST_ADDRESSES = 5;
/** Random calls, and how many blocks they keep at most. */
const CALLS = 600;
const MOST_BLOCKS = 60;
const LARGEST = 3000;

/** What an allocator never does. */
class Wrong extends Error {}
/** What says nothing about the allocator. */
class Untried extends Error {}

/** @param {number} seed a 32-bit number; the same gives the same */
function randomNumbers(seed) {
  let state = seed;
  return (below) => {
    // Numerical Recipes' generator; the high bits are the random ones.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** The allocator of a module, with all blocks that it has handed out. */
class Heap {
  /**
   * @param {Record<string, any>} exports
   * @param {Record<string, string[]>} functions what each takes
   */
  constructor(exports, functions) {
    this.exports = exports;
    this.functions = functions;
    /** @type {Map<number, {size: number, seed: number}>} by address */
    this.blocks = new Map();
    this.seeds = 0;
    const takesState = Object.values(functions).flat().includes('state');
    // A page of its own, which is zero and which the module knows nothing of.
    this.state = takesState ? exports.memory.grow(1) * PAGE_BYTES : 0;
  }

  call(name, values) {
    const known = { alignment: ALIGNMENT, state: this.state, ...values };
    const taken = this.functions[name].map((argument) => known[argument]);
    try {
      return this.exports[name](...taken);
    } catch (error) {
      throw new Untried(`${name} ended with "${error.message}"`);
    }
  }

  allocate(size) {
    return this.#take('malloc', size, this.call('malloc', { size }) >>> 0);
  }

  free(pointer) {
    const { size } = this.#intact(pointer);
    this.blocks.delete(pointer);
    this.call('free', { pointer, size });
  }

  reallocate(pointer, size) {
    const old = this.#intact(pointer);
    this.blocks.delete(pointer);
    const moved = this.call('realloc', { pointer, size, 'old size': old.size }) >>> 0;
    if (moved === 0) throw new Untried(`realloc gave no block of ${size} bytes`);
    const kept = Math.min(old.size, size);
    if (moved + size > this.bytes.length || !this.#holds(moved, kept, old.seed)) {
      throw new Wrong('realloc did not keep the content of a block');
    }
    return this.#take('realloc', size, moved);
  }

  /** Memory can be another after each call. */
  get bytes() {
    return new Uint8Array(this.exports.memory.buffer);
  }

  #take(name, size, pointer) {
    if (pointer === 0) throw new Untried(`${name} gave no block of ${size} bytes`);
    if (pointer % (ALIGNMENT / 2) !== 0) throw new Wrong(`${name} gave ${pointer}, which is not aligned`);
    if (pointer + size > this.bytes.length) throw new Wrong(`${name} gave ${pointer}, which is outside of the memory`);
    for (const [other, block] of this.blocks) {
      if (pointer < other + block.size && other < pointer + size) {
        throw new Wrong(`${name} gave bytes of a block that was not freed`);
      }
    }
    this.seeds += 1;
    const block = { size, seed: this.seeds };
    this.blocks.set(pointer, block);
    const random = randomNumbers(block.seed);
    const { bytes } = this;
    for (let at = pointer; at < pointer + size; at += 1) bytes[at] = random(256);
    return pointer;
  }

  #holds(pointer, size, seed) {
    const random = randomNumbers(seed);
    const { bytes } = this;
    for (let at = pointer; at < pointer + size; at += 1) if (bytes[at] !== random(256)) return false;
    return true;
  }

  #intact(pointer) {
    const block = this.blocks.get(pointer);
    if (!this.#holds(pointer, block.size, block.seed)) throw new Wrong('a block changed while it was live');
    return block;
  }
}

/** What was freed is handed out again, and what was not is left alone. */
function check(heap) {
  const addresses = new Set();
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const pointer = heap.allocate(40);
    addresses.add(pointer);
    heap.free(pointer);
  }
  if (addresses.size > MOST_ADDRESSES) throw new Wrong('what was freed is not handed out again');
  const random = randomNumbers(1);
  for (let call = 0; call < CALLS; call += 1) {
    const size = 1 + random(random(4) === 0 ? LARGEST : 100);
    const held = [...heap.blocks.keys()];
    const chosen = held[random(held.length)];
    if (held.length === 0 || (held.length < MOST_BLOCKS && random(5) < 3)) heap.allocate(size);
    else if (heap.functions.realloc !== undefined && random(2) === 0) heap.reallocate(chosen, size);
    else heap.free(chosen);
  }
  for (const pointer of [...heap.blocks.keys()]) heap.free(pointer);
}

function verdict() {
  try {
    const module = new WebAssembly.Module(readFileSync(0));
    const { exports } = new WebAssembly.Instance(module);
    check(new Heap(exports, JSON.parse(process.argv[1])));
    return { verdict: 'passed' };
  } catch (error) {
    return { verdict: error instanceof Wrong ? 'wrong' : 'untried', reason: error.message };
  }
}

process.stdout.write(`${JSON.stringify(verdict())}\n`);
