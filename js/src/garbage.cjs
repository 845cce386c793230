'use strict';

/** Collecting garbage, in a program that was not started with `--expose-gc`. */

const v8 = require('node:v8');
const vm = require('node:vm');

// The program may replace these, and the hook does.
const { setImmediate, FinalizationRegistry, gc: given } = globalThis;
const { runInNewContext } = vm;

/** An object that a callback of a registry lets go is taken by the next collection, so that there are two. */
const ROUNDS = 2;
/** Turns of the event loop in which the callbacks for one collection are waited for. */
const MOST_TURNS = 100;
/** Turns after the latest registry: callbacks of others may come behind it. */
const LAST_TURNS = 3;
/** How often the collector is asked for. */
const ATTEMPTS = 100;

/** @type {(() => void) | undefined} */
let collect = given;

/**
 * A new context has the function while the flag is set, which all threads share: another may take it
 * back in between.
 * @returns {() => void}
 */
function collector() {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    v8.setFlagsFromString('--expose-gc');
    const gc = runInNewContext('globalThis.gc');
    v8.setFlagsFromString('--no-expose-gc');
    if (typeof gc === 'function') return gc;
  }
  throw new Error('the garbage collector cannot be called');
}

/** Collects all that nothing leads to. */
function collectGarbage() {
  collect ??= collector();
  collect();
}

/** @returns {Promise<void>} the next turn of the event loop, whatever the program has done to its timers */
function turn() {
  return new Promise((resolve) => setImmediate(resolve));
}

/**
 * An object that only a registry knows.
 * @returns {{registry: object, isTold: boolean}}
 */
function forgottenObject() {
  const seen = { isTold: false };
  seen.registry = new FinalizationRegistry(() => (seen.isTold = true));
  seen.registry.register({}, 0);
  return seen;
}

/** Collects garbage, and waits until those who have asked were told of what was collected. */
async function settleGarbage() {
  for (let round = 0; round < ROUNDS; round += 1) {
    const seen = forgottenObject();
    // What was made or looked at in this turn is not collected in it.
    await turn();
    collectGarbage();
    for (let turns = 0; turns < MOST_TURNS && !seen.isTold; turns += 1) await turn();
    for (let turns = 0; turns < LAST_TURNS; turns += 1) await turn();
  }
}

module.exports = { collectGarbage, settleGarbage, turn };
