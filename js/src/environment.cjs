'use strict';

/**
 * A worker loads the hook because of NODE_OPTIONS. One that the program gives
 * an environment without it would fail when it gets a rewritten module, so the
 * hook is added, and the worker takes it out again before the program looks.
 */

const path = require('node:path');
const { SHARE_ENV, isMainThread } = require('node:worker_threads');

const HOOK = path.join(__dirname, 'hook.cjs');
/** Says in the environment of a worker what it should have been. */
const RESTORE = 'UNFREED_RESTORE_NODE_OPTIONS';

/**
 * @param {unknown} options of a worker
 * @returns {boolean} whether the worker will load the hook, or must fail anyway
 */
function preloadIn(options) {
  if (typeof options !== 'object' || options === null) return true;
  const { env, execArgv } = options;
  if (env === SHARE_ENV || (env != null && typeof env !== 'object')) return true;
  // Without either it gets the options of this thread, as they were parsed.
  if (env == null && !execArgv) return true;
  return String((env ?? process.env).NODE_OPTIONS ?? '').includes('hook.cjs');
}

/**
 * @param {object} options of a worker
 * @returns {object} the same with the hook in its environment
 */
function giveEnvironment(options) {
  const env = { ...(options.env ?? process.env) };
  env[RESTORE] = JSON.stringify({ value: env.NODE_OPTIONS });
  const quoted = `--require "${HOOK.replace(/[\\"]/g, '\\$&')}"`;
  env.NODE_OPTIONS = env.NODE_OPTIONS === undefined ? quoted : `${quoted} ${env.NODE_OPTIONS}`;
  return Object.create(options, { env: { value: env, enumerable: true } });
}

/** In a worker: puts back what `giveEnvironment` has changed. */
function restoreEnvironment() {
  const text = isMainThread ? undefined : process.env[RESTORE];
  if (text === undefined) return;
  delete process.env[RESTORE];
  const { value } = JSON.parse(text);
  if (value === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = value;
}

module.exports = { preloadIn, giveEnvironment, restoreEnvironment };
