'use strict';

/** Runs a function some times and has `unfreed check` say what each time leaves behind. */

const { findRecorder, isOptional, OPTIONAL } = require('./recording.cjs');
const { LeakError, NotMeasuredError } = require('./errors.cjs');
const { readOptions } = require('./options.cjs');
const { readRecording } = require('./reading.cjs');
const { explain } = require('./message.cjs');

const NO_RECORDING = `leakCheck: this process is not being recorded, so that nothing can be measured.
  Run the tests under unfreed:  unfreed record -o leaks.unfreed -- npx vitest run  (or jest, node --test, ...)
  Where that is not meant, set ${OPTIONAL}=1 or pass { optional: true }: then the function is run once and nothing is checked.`;

/** One run. In a function of its own, so that nothing here leads to what the run has given back. */
async function runOnce(fn) {
  await fn();
}

/**
 * @param {import('./recording.cjs').Recorder} recorder
 * @param {Function} fn
 * @param {import('./options.cjs').Asked} asked
 * @param {string} name of the check
 */
async function runAll({ mark, reading }, fn, { iterations, warmup }, name) {
  for (let run = 0; run < warmup; run += 1) await runOnce(fn);
  for (let run = 0; run <= iterations; run += 1) {
    await reading.settle();
    mark(`unfreed:leakCheck:${name}:${run}`);
    if (run < iterations) await runOnce(fn);
  }
}

/**
 * @param {Function} fn
 * @param {import('./options.cjs').Asked} asked
 * @returns {Promise<object>} the result, whether it leaks or not
 */
async function measure(fn, asked) {
  const recorder = findRecorder();
  if (recorder === null) {
    if (!isOptional(asked.optional)) throw new NotMeasuredError('NO_RECORDING', NO_RECORDING);
    await runOnce(fn);
    return { outcome: 'skipped', reason: 'nothing is recorded' };
  }
  if (typeof recorder.reading?.begin !== 'function') {
    throw new NotMeasuredError('NOT_READ', 'leakCheck: the installed unfreed command is older than this package; install the same version of both');
  }
  const name = recorder.reading.begin();
  if (name === null) {
    throw new NotMeasuredError('BUSY', 'leakCheck: another leakCheck is running in this thread, and what both allocate would be mixed. Await one before starting the next; one that has run into a time limit is still running.');
  }
  try {
    await runAll(recorder, fn, asked, name);
    return await readRecording(recorder.reading, asked, name);
  } finally {
    recorder.reading.end();
  }
}

/**
 * As `measure`, but rejects if what was measured says nothing.
 * @returns {Promise<object>} of the outcome "pass", "fail" or "skipped"
 */
async function measureOrFail(fn, options) {
  const asked = readOptions(fn, options);
  const result = await measure(fn, asked);
  if (result.outcome === 'unknown') throw new NotMeasuredError('UNKNOWN', explain(result, asked), result);
  return { result, asked };
}

/**
 * @param {Function} fn
 * @param {object} [options]
 * @returns {Promise<object>} the result; rejects with a `LeakError` if a budget is broken
 */
async function leakCheck(fn, options) {
  const { result, asked } = await measureOrFail(fn, options);
  if (result.outcome === 'fail') throw new LeakError(explain(result, asked), result);
  return result;
}

module.exports = { leakCheck, measureOrFail };
