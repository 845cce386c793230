'use strict';

/**
 * Has the garbage collector run once when the program has nothing left to do, so that
 * handles that nothing leads to are told from those that something holds. A thread that
 * ends by `process.exit`, by a signal or by being terminated is left as it is.
 */

const v8 = require('node:v8');
const vm = require('node:vm');

// The program may replace these.
const { setImmediate } = globalThis;
const { runInNewContext } = vm;

/** Turns of the event loop in which what was collected is told. */
const TURNS = 3;

function collectGarbage() {
  if (typeof globalThis.gc === 'function') return globalThis.gc();
  v8.setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  v8.setFlagsFromString('--no-expose-gc');
  gc();
}

function wait(turns) {
  if (turns > 0) setImmediate(() => wait(turns - 1));
}

/**
 * Called when the event loop is empty.
 * @param {import('./handles.cjs').Handles} handles
 * @returns {boolean} whether it will be called again; then the program shall not hear of it yet
 */
function settle(handles) {
  if (handles.isSettled || handles.held === 0) return false;
  handles.lastCollection();
  try {
    collectGarbage();
  } catch {
    return false;
  }
  wait(TURNS);
  return true;
}

module.exports = { settle };
