'use strict';

/**
 * The file that `unfreed record` has Node preload in every process and thread.
 * Without a recording it does nothing.
 *
 * The main thread reads `UNFREED_RECORDING`; a worker gets what it needs from
 * the thread that started it, so that a worker with an environment of its own
 * records too.
 */

const { isMainThread, getEnvironmentData } = require('node:worker_threads');

/** The key of what a thread hands to the workers it starts. */
const HANDED_ON = '\u0000unfreed recording';

function begin() {
  // The hook may stand in NODE_OPTIONS twice, under two paths.
  if (Object.hasOwn(globalThis, 'unfreed')) return;
  if (isMainThread) {
    const text = process.env.UNFREED_RECORDING;
    if (text) require('./start.cjs').startProcess(text, HANDED_ON);
    return;
  }
  const handed = getEnvironmentData(HANDED_ON);
  if (handed !== undefined) require('./start.cjs').startWorker(handed, HANDED_ON);
}

begin();
