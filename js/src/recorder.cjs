'use strict';

/**
 * The event records of one thread: appended to its chunk, mostly by events.wat, written out when the
 * chunk is full, when its records get old, and when the thread or process ends.
 *
 * Times. Reading the clock costs more than a record, so it is read when a block
 * begins and then every 8 records, or up to every 32 while the clock shows the
 * same millisecond each time. A time record is written when the millisecond has
 * changed. So times are right to about a millisecond in a busy stretch. After a
 * pause inside one call of the module, up to 31 records can carry the time
 * before the pause; after a pause outside of it none do, because the timer has
 * drained the chunk and a new block has begun.
 */

const { RECORD, microseconds } = require('./format.cjs');
const { CELL, CHUNK_RECORDS } = require('./pool.cjs');
const { drainOwn } = require('./drain.cjs');

// The program may replace Date by a fake.
const clock = Date.now;

/** Records older than this are written at the next look at the clock, in milliseconds. */
const OLD_MS = 50;
const SHORTEST_STRIDE = 8;
const LONGEST_STRIDE = 32;
/** Where a chunk counts as full. Leaves room for a time, a wide and one more record. */
const FULL = CHUNK_RECORDS - 4;

/**
 * @typedef {object} Recorder
 * @property {(sequence: number, a: number, b: number, tag: number) => void} append
 * @property {(count: number) => number} look for events.wat: reads the clock and makes room
 * @property {() => void} drain writes all records that the file does not have
 * @property {() => void} lookAtClock has the next record preceded by its time
 */

/**
 * @param {import('./pool.cjs').Chunk} chunk owned by the calling thread
 * @param {import('./output.cjs').Output} output
 * @returns {Recorder}
 */
function createRecorder(chunk, output) {
  const { cells, records } = chunk;
  /** Milliseconds: when the block began, the latest look at the clock, the latest attempt to write. In a typed array because numbers in variables would be allocated. */
  const times = new Float64Array(3);
  const BEGAN = 0;
  const LATEST = 1;
  const TRIED = 2;
  let stride = SHORTEST_STRIDE;

  /** @param {number} now */
  function beginBlock(now) {
    const { low, high } = microseconds(now);
    cells[CELL.BEGAN_LOW] = low;
    cells[CELL.BEGAN_HIGH] = high;
    times.fill(now);
    stride = SHORTEST_STRIDE;
    cells[CELL.NEXT_LOOK] = stride;
    return 0;
  }

  /**
   * Looks at the clock and makes room.
   * @param {number} count records in the chunk
   * @returns {number} the same afterwards
   */
  function look(count) {
    const now = clock();
    if (count === 0) return beginBlock(now);
    // A clock that was set back would make negative times.
    if (count >= FULL || now - times[TRIED] >= OLD_MS || now < times[LATEST]) {
      times[TRIED] = now;
      if (drainOwn(chunk, output, count >= FULL)) return beginBlock(clock());
    }
    if (now > times[LATEST]) {
      times[LATEST] = now;
      stride = SHORTEST_STRIDE;
      put(count, 0, ((now - times[BEGAN]) * 1000) | 0, 0, RECORD.TIME);
      count += 1;
    } else {
      stride = Math.min(stride * 2, LONGEST_STRIDE);
    }
    cells[CELL.NEXT_LOOK] = Math.min(count + stride, FULL);
    return count;
  }

  function put(count, sequence, a, b, tag) {
    const at = count << 2;
    records[at] = sequence;
    records[at + 1] = a;
    records[at + 2] = b;
    records[at + 3] = tag;
    cells[CELL.COUNT] = count + 1;
  }

  function append(sequence, a, b, tag) {
    let count = cells[CELL.COUNT];
    if (count >= cells[CELL.NEXT_LOOK]) count = look(count);
    put(count, sequence, a, b, tag);
  }

  return {
    append,
    look,
    drain: () => void drainOwn(chunk, output, false),
    lookAtClock: () => void (cells[CELL.NEXT_LOOK] = 0),
  };
}

module.exports = { createRecorder, OLD_MS };
