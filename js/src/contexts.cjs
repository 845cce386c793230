'use strict';

/**
 * Numbers for the 64-bit contexts of a thread's instances. Records use the
 * number; what it stands for is written once, with the stack of the first sight.
 * events.wat looks numbers up in a table in the pool's memory, and asks here for
 * those that are not in it.
 */

const { BLOCK } = require('./format.cjs');
const { Lines } = require('./lines.cjs');
const { takeStack } = require('./stack.cjs');

/** Contexts that one thread tells apart. More come from recursion, and each costs a stack. */
const LIMIT = 1_000_000;
/** Cells of a slot: low, high, instance, number. */
const SLOT_CELLS = 4;
const NO_STACK = '    at a call path without a stack';

/**
 * As in events.wat.
 * @param {number} low
 * @param {number} high
 * @param {number} instance
 */
function hash(low, high, instance) {
  const mixed = Math.imul(low ^ Math.imul((high + instance) | 0, 0x85ebca6b), 0x9e3779b1);
  return mixed ^ (mixed >>> 15);
}

/** The contexts of one thread. */
class Contexts {
  /**
   * @param {import('./start.cjs').Thread} thread with a chunk
   * @param {number} [limit]
   */
  constructor(thread, limit = LIMIT) {
    this.thread = thread;
    this.limit = limit;
    /** Numbers given. */
    this.used = 0;
    /** How many contexts are in the table. */
    this.known = 0;
    /** @type {Map<number, number>} number for all further contexts, by instance */
    this.folded = new Map();
    this.lines = new Lines();
    this.table = thread.pool.tableOf(thread.chunk);
    this.table.fill(0);
  }

  /**
   * Gives a context its number.
   * @param {number} low
   * @param {number} high
   * @param {number} instance
   * @param {Function} below the function that the module's code has called
   */
  add(low, high, instance, below) {
    if (this.used >= this.limit || !this.#hasRoom()) return this.#fold(instance);
    const number = this.name(low, high, instance, takeStack(below));
    insert(this.table, [low, high, instance, number]);
    this.known += 1;
    return number;
  }

  /**
   * Gives each context a new number when it comes again, with the stack that it has then: callers in JS
   * do not make another context.
   */
  forget() {
    this.table.fill(0);
    this.known = 0;
  }

  /**
   * Writes what a new number stands for.
   * @param {number} low
   * @param {number} high
   * @param {number} instance
   * @param {string[]} lines of the stack
   * @returns {number} the number
   */
  name(low, high, instance, lines) {
    this.used += 1;
    const context = this.used;
    const stack = this.lines.spell(lines.length === 0 ? [NO_STACK] : lines);
    const text = `{"context":${context},"instance":${instance},"low":${low >>> 0},"high":${high >>> 0},${stack}}`;
    if (!this.thread.output.jsonText(BLOCK.STACK, text)) this.lines.forget();
    return context;
  }

  #fold(instance) {
    const known = this.folded.get(instance);
    if (known !== undefined) return known;
    const line = `    at one of more call paths than the ${this.used} that are told apart`;
    const number = this.name(0, 0, instance, [line]);
    this.folded.set(instance, number);
    return number;
  }

  /** Keeps the table at most half full, so that searches are short and end. */
  #hasRoom() {
    const before = this.table;
    if ((this.known + 1) * SLOT_CELLS * 2 <= before.length) return true;
    const { pool, chunk } = this.thread;
    if (!pool.growTable(chunk)) return false;
    this.table = pool.tableOf(chunk);
    for (let at = 0; at < before.length; at += SLOT_CELLS) {
      if (before[at + 3] !== 0) insert(this.table, before.subarray(at, at + SLOT_CELLS));
    }
    return true;
  }
}

/**
 * @param {Int32Array} table
 * @param {ArrayLike<number>} entry
 */
function insert(table, entry) {
  const mask = table.length / SLOT_CELLS - 1;
  let slot = hash(entry[0], entry[1], entry[2]) & mask;
  while (table[slot * SLOT_CELLS + 3] !== 0) slot = (slot + 1) & mask;
  table.set(entry, slot * SLOT_CELLS);
}

module.exports = { Contexts };
