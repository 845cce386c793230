'use strict';

/**
 * Writes out at intervals what was recorded, so that little is lost when the
 * process is killed.
 */

const { isMainThread } = require('node:worker_threads');
const { BLOCK } = require('./format.cjs');
const { CELL } = require('./pool.cjs');
const { drainLiving } = require('./drain.cjs');
const { OLD_MS } = require('./recorder.cjs');
const { hostFigures } = require('./marks.cjs');

// The program may replace these.
const { setInterval } = globalThis;
const { now } = Date;

/** Between figures of the host, in milliseconds. */
const SAMPLE_MS = 1000;

/**
 * Writes chunks whose owners do not come to it themselves, as they wait inside
 * a module. Only what has stood there since the previous call is touched: by
 * now it is visible to this thread, whatever the processor.
 * @param {import('./start.cjs').Thread} thread
 * @returns {() => void}
 */
function createOverseer(thread) {
  const { chunks } = thread.pool;
  const counts = new Int32Array(chunks.length);
  const generations = new Int32Array(chunks.length);
  return function oversee() {
    for (const [index, chunk] of chunks.entries()) {
      const { owner, cells } = chunk;
      if (owner < 0 || owner === thread.id) continue;
      if (counts[index] > cells[CELL.WRITTEN]) drainLiving(chunk, thread.output, counts[index], generations[index]);
      generations[index] = cells[CELL.GENERATION];
      counts[index] = cells[CELL.COUNT];
    }
  };
}

/** @param {import('./start.cjs').Thread} thread */
function startDraining(thread) {
  const oversee = isMainThread ? createOverseer(thread) : () => {};
  let sampled = now();
  setInterval(() => {
    thread.drain(false);
    oversee();
    if (!isMainThread || thread.recorder === null || now() - sampled < SAMPLE_MS) return;
    sampled = now();
    thread.output.json(BLOCK.SAMPLE, hostFigures());
  }, OLD_MS).unref();
}

module.exports = { startDraining };
