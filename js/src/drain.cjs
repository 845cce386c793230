'use strict';

/** Writing chunks to the file: by their owner, and by others while it is blocked or after it has ended. */

const { BLOCK, HEADER_BYTES, RECORD_BYTES, writeHeader } = require('./format.cjs');
const { CELL, LOCK } = require('./pool.cjs');

// The program may replace Date by a fake, or count its calls.
const { now } = Date;

/** How long a thread that seems to be writing is waited for, in milliseconds. */
const PATIENCE_MS = 200;

/**
 * Prepares the block of the records from `CELL.WRITTEN` on. Its header lies on
 * records that the file has already, or on the room before the first.
 * @param {import('./pool.cjs').Chunk} chunk
 * @param {number} pid
 * @param {number} end the record to stop before
 * @returns {Uint8Array}
 */
function prepare(chunk, pid, end) {
  const { cells, bytes } = chunk;
  const from = cells[CELL.WRITTEN];
  const at = from * RECORD_BYTES;
  const length = (end - from) * RECORD_BYTES;
  writeHeader(bytes, at, length, {
    kind: BLOCK.EVENTS,
    pid,
    thread: chunk.owner,
    low: cells[CELL.BEGAN_LOW],
    high: cells[CELL.BEGAN_HIGH],
    count: end - from,
  });
  return bytes.subarray(at, at + HEADER_BYTES + length);
}

/** @param {Int32Array} cells */
function startAnew(cells) {
  cells[CELL.NEXT_LOOK] = 0;
  cells[CELL.WRITTEN] = 0;
  cells[CELL.COUNT] = 0;
  cells[CELL.GENERATION] += 1;
}

/**
 * @param {import('./pool.cjs').Chunk} chunk
 * @param {import('./output.cjs').Output} output
 */
function writeOwn(chunk, output) {
  const block = prepare(chunk, output.pid, chunk.cells[CELL.COUNT]);
  // Before this the room for the header has that of an earlier block.
  Atomics.store(chunk.cells, CELL.LOCK, LOCK.WRITING);
  return output.write(block);
}

/**
 * Writes the calling thread's own chunk and uses it anew.
 * @param {import('./pool.cjs').Chunk} chunk
 * @param {import('./output.cjs').Output} output
 * @param {boolean} makeRoom give the records up if they cannot be written
 * @returns {boolean} whether the chunk is empty now
 */
function drainOwn(chunk, output, makeRoom) {
  const { cells } = chunk;
  if (cells[CELL.COUNT] === 0) return true;
  while (Atomics.compareExchange(cells, CELL.LOCK, LOCK.NOBODY, LOCK.OWNER) !== LOCK.NOBODY) {
    Atomics.wait(cells, CELL.LOCK, LOCK.OTHER, 10);
  }
  const missing = cells[CELL.COUNT] - cells[CELL.WRITTEN];
  const done = missing === 0 || writeOwn(chunk, output);
  if (!done && makeRoom) Atomics.add(cells, CELL.LOST, missing);
  if (done || makeRoom) startAnew(cells);
  Atomics.store(cells, CELL.LOCK, LOCK.NOBODY);
  if (done && cells[CELL.LOST] !== 0) output.reportLost(cells, CELL.LOST);
  return done || makeRoom;
}

/**
 * Writes what another, living thread has recorded. It may go on recording.
 * @param {import('./pool.cjs').Chunk} chunk
 * @param {import('./output.cjs').Output} output
 * @param {number} end the record to stop before
 * @param {number} generation the chunk's when `end` was read; another: nothing to do
 */
function drainLiving(chunk, output, end, generation) {
  const { cells } = chunk;
  if (Atomics.compareExchange(cells, CELL.LOCK, LOCK.NOBODY, LOCK.OTHER) !== LOCK.NOBODY) return;
  if (cells[CELL.GENERATION] === generation && end > cells[CELL.WRITTEN]) {
    if (output.write(prepare(chunk, output.pid, end))) cells[CELL.WRITTEN] = end;
  }
  Atomics.store(cells, CELL.LOCK, LOCK.NOBODY);
  Atomics.notify(cells, CELL.LOCK);
}

/**
 * Writes what is left of a thread that has ended or whose process ends.
 * @param {import('./pool.cjs').Chunk} chunk
 * @param {import('./output.cjs').Output} output
 */
function drainEnded(chunk, output) {
  const { cells } = chunk;
  const deadline = now() + PATIENCE_MS;
  let held = Atomics.compareExchange(cells, CELL.LOCK, LOCK.NOBODY, LOCK.OTHER);
  while (held !== LOCK.NOBODY && now() < deadline) {
    Atomics.wait(cells, CELL.LOCK, held, 5);
    held = Atomics.compareExchange(cells, CELL.LOCK, LOCK.NOBODY, LOCK.OTHER);
  }
  const end = cells[CELL.COUNT];
  const missing = end - cells[CELL.WRITTEN];
  if (missing > 0 && !(held === LOCK.WRITING && hasWritten(chunk, output))) {
    if (output.write(prepare(chunk, output.pid, end))) cells[CELL.WRITTEN] = end;
    else Atomics.add(cells, CELL.LOST, missing);
  }
  Atomics.store(cells, CELL.LOCK, LOCK.NOBODY);
  if (cells[CELL.LOST] !== 0) output.reportLost(cells, CELL.LOST);
}

/**
 * Whether an owner that was ended inside its write had come to the end of it.
 * @param {import('./pool.cjs').Chunk} chunk
 * @param {import('./output.cjs').Output} output
 */
function hasWritten(chunk, output) {
  const at = chunk.cells[CELL.WRITTEN] * RECORD_BYTES;
  return output.has(chunk.bytes.subarray(at, at + HEADER_BYTES));
}

module.exports = { drainOwn, drainLiving, drainEnded };
