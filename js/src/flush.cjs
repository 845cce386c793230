'use strict';

/** Has the file get all that the threads of a process have recorded so far, while they go on. */

const { CELL } = require('./pool.cjs');
const { drainLiving } = require('./drain.cjs');
const { turn } = require('./garbage.cjs');

// The program may replace it by a fake, or count its calls.
const { now } = Date;

/** How long threads that are writing are waited for, in milliseconds. */
const PATIENCE_MS = 5000;

/**
 * What another thread has recorded at a moment.
 * @typedef {object} Recorded
 * @property {import('./pool.cjs').Chunk} chunk
 * @property {number} generation of the chunk
 * @property {number} end how many records
 */

/**
 * @param {import('./pool.cjs').Chunk} chunk
 * @returns {Recorded}
 */
function recordedIn(chunk) {
  // Were the chunk used anew in between, the records of this generation are in the file.
  const generation = chunk.cells[CELL.GENERATION];
  return { chunk, generation, end: chunk.cells[CELL.COUNT] };
}

/** @param {Recorded} recorded */
function isWritten({ chunk: { cells }, generation, end }) {
  return cells[CELL.GENERATION] !== generation || cells[CELL.WRITTEN] >= end;
}

/**
 * @param {import('./start.cjs').Thread} thread the calling one
 * @returns {Promise<boolean>} false: the file does not have it all
 */
async function flush(thread) {
  thread.drain(false);
  const own = thread.chunk === null ? [] : [recordedIn(thread.chunk)];
  const others = thread.pool.chunks.filter((chunk) => chunk.owner >= 0 && chunk !== thread.chunk);
  let missing = others.map(recordedIn);
  const deadline = now() + PATIENCE_MS;
  while (missing.length > 0 && now() < deadline) {
    // A count may be seen before the records it counts, by some processors; after a turn they are seen.
    await turn();
    for (const { chunk, end, generation } of missing) drainLiving(chunk, thread.output, end, generation);
    missing = missing.filter((recorded) => !isWritten(recorded));
  }
  return missing.length === 0 && own.every(isWritten) && thread.output.waiting.length === 0;
}

module.exports = { flush };
