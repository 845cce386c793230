'use strict';

/** Finds the recording of the process that this runs in. */

const KEY = Symbol.for('unfreed');

/** What says that a run without a recording is meant. */
const OPTIONAL = 'UNFREED_OPTIONAL';

/**
 * What the hook of `unfreed record` offers; see `src/reading.cjs`.
 * @typedef {object} Recorder
 * @property {(name: string) => void} mark
 * @property {object} reading
 */

/** @returns {Recorder | null} null: nothing is recorded */
function findRecorder() {
  // In a context of `node:vm` that has not got the global property, only modules of Node lead out.
  return globalThis.unfreed ?? require('node:worker_threads')[KEY] ?? null;
}

/**
 * @param {boolean | undefined} optional as asked for by the caller
 * @returns {boolean} whether it may be that nothing is recorded
 */
function isOptional(optional) {
  return optional ?? !['', '0', undefined].includes(process.env[OPTIONAL]);
}

module.exports = { findRecorder, isOptional, OPTIONAL };
