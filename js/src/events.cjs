'use strict';

/** The functions that a rewritten module calls: an instance of events.wat for each of its instances. */

const fs = require('node:fs');
const path = require('node:path');

// The hook replaces these later.
const { Module, Instance } = WebAssembly;

/** What `memory.grow` gives when it fails. */
const FAILED = -1;

/** @type {WebAssembly.Module | null} */
let compiled = null;

/** Compiled when first needed: most threads never are. */
function eventsModule() {
  compiled ??= new Module(fs.readFileSync(path.join(__dirname, 'events.wasm')));
  return compiled;
}

/**
 * @typedef {object} Events
 * @property {Record<string, Function>} functions by the name that a module imports
 * @property {(memory: import('./memories.cjs').Memory) => number} setMemory gives the pages that the
 *   memory has grown by before; records until then have no sequence, and no other thread had the memory
 */

/**
 * @param {import('./start.cjs').Thread} thread
 * @param {number} instance number of the instance in its thread
 * @returns {Events}
 */
function createEvents(thread, instance) {
  const { pool, chunk, recorder, contexts } = thread;
  /** @type {import('./memories.cjs').Memory | null} */
  let memory = null;
  /** Pages grown before the memory was known. */
  let early = 0;

  function first(low, high) {
    return contexts.add(low, high, instance, first);
  }

  function grown(pages, delta) {
    if (pages === FAILED) return;
    if (memory === null) {
      early += delta;
      return;
    }
    thread.memories.growsFrom(memory, pages);
    memory.account(delta);
  }

  const hook = {
    look: recorder.look,
    first,
    grown,
    cells: chunk.cells.byteOffset,
    records: chunk.records.byteOffset,
    instance,
  };
  const { exports } = new Instance(eventsModule(), { pool: { memory: pool.memory }, hook });
  return {
    functions: exports,
    setMemory(found) {
      memory = found;
      exports.shared.value = found.shared ? 1 : 0;
      return early;
    },
  };
}

module.exports = { createEvents };
