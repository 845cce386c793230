'use strict';

/**
 * Has the garbage collector run once when the program has nothing left to do, so that
 * handles that nothing leads to are told from those that something holds. A thread that
 * ends by `process.exit`, by a signal or by being terminated is left as it is.
 */

const { collectGarbage } = require('../garbage.cjs');

// The program may replace it.
const { setImmediate } = globalThis;

/** Turns of the event loop in which what was collected is told. */
const TURNS = 3;

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
