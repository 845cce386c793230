'use strict';

/**
 * Values of the globals of instances, for snapshots. A rewritten module hands out a
 * function that reads its own when it is instantiated.
 */

// The program may replace these.
const { asUintN } = BigInt;

/** How many more instances of a memory there may be before those that are gone are forgotten. */
const FORGET_EVERY = 64;

/**
 * @typedef {object} Reader
 * @property {(place: number) => bigint} read
 * @property {number} count how many globals it reads
 */

/** The instances of one thread whose globals can be read. */
class Globals {
  constructor() {
    /**
     * By the exports of an instance, which live as long as it does: a reader must not
     * keep the program's instance from being collected.
     * @type {WeakMap<object, Reader>}
     */
    this.readers = new WeakMap();
    /** @type {WeakMap<import('./memories.cjs').Memory, {instance: number, exports: WeakRef<object>}[]>} */
    this.instances = new WeakMap();
  }

  /**
   * @param {import('./memories.cjs').Memory} memory of the instance
   * @param {number} instance
   * @param {object} exports
   * @param {Reader} reader
   */
  add(memory, instance, exports, reader) {
    this.readers.set(exports, reader);
    let known = this.instances.get(memory) ?? [];
    if (known.length % FORGET_EVERY === 0) known = known.filter((one) => one.exports.deref() !== undefined);
    known.push({ instance, exports: new WeakRef(exports) });
    this.instances.set(memory, known);
  }

  /**
   * @param {import('./memories.cjs').Memory} memory
   * @param {Iterable<import('./instances.cjs').Instance>} starting instances that are being made
   * @returns {{globals: {instance: number, values: string[]}[], globals_unread: number}} the values, and of
   *   how many instances they could not be read
   */
  of(memory, starting) {
    const found = [];
    for (const { instance, exports } of this.instances.get(memory) ?? []) {
      const held = exports.deref();
      if (held !== undefined) found.push({ instance, reader: this.readers.get(held) });
    }
    for (const { memory: its, number, reader } of starting) {
      if (its === memory && reader !== null) found.push({ instance: number, reader });
    }
    const globals = [];
    for (const { instance, reader } of found) {
      const values = valuesOf(reader);
      if (values !== null) globals.push({ instance, values });
    }
    return { globals, globals_unread: found.length - globals.length };
  }
}

/**
 * @param {Reader} reader
 * @returns {string[] | null} null: there was no room left on the stack
 */
function valuesOf({ read, count }) {
  const values = [];
  try {
    for (let place = 0; place < count; place += 1) values.push(String(asUintN(64, read(place))));
  } catch {
    return null;
  }
  return values;
}

module.exports = { Globals };
