'use strict';

/**
 * Where glue keeps JS values that wasm holds: an array called `heap`, or a table of
 * the module. They never shrink: their lengths say how many values were held at once at most.
 */

const { BLOCK } = require('../format.cjs');

// The program may replace them.
const { Table } = WebAssembly;
const { WeakRef } = globalThis;

/** Entries of a table among which the constants of glue are looked for. */
const CONSTANTS_WITHIN = 4096;

/** The slabs of one thread. */
class Slabs {
  /** @param {import('../start.cjs').Thread} thread */
  constructor(thread) {
    this.thread = thread;
    /** @type {{slab: WeakRef<{length: number}>, kind: string, place: string, instance: number, length: number}[]} */
    this.all = [];
  }

  /**
   * @param {unknown[]} heap
   * @param {string} place file of the glue
   */
  addHeap(heap, place) {
    this.all.push({ slab: new WeakRef(heap), kind: 'heap', place, instance: 0, length: 0 });
  }

  /**
   * @param {object} exports of an instance
   * @param {number} instance
   */
  addTables(exports, instance) {
    const names = Object.keys(exports);
    if (!names.some((name) => name === '__wbindgen_externrefs' || name.startsWith('__externref_table_alloc'))) return;
    for (const name of names) {
      if (exports[name] instanceof Table) this.all.push({ slab: new WeakRef(exports[name]), kind: 'table', place: '', instance, length: 0 });
    }
  }

  /**
   * Writes the lengths that have changed.
   * @param {number} mark at which; 0: at the end
   */
  write(mark) {
    for (const entry of this.all) {
      const slab = entry.slab.deref();
      if (slab === undefined || slab.length === entry.length) continue;
      if (entry.kind === 'table' && !hasConstants(slab)) continue;
      entry.length = slab.length;
      const { kind, place, instance, length } = entry;
      this.thread.output.json(BLOCK.JS_VALUES, { mark, kind, place, instance, length });
    }
  }
}

/** Glue has `true` in its table; a table of functions has functions only. */
function hasConstants(table) {
  for (let at = 0; at < Math.min(table.length, CONSTANTS_WITHIN); at += 1) {
    if (table.get(at) === true) return true;
  }
  return false;
}

module.exports = { Slabs };
