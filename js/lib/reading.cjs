'use strict';

/** What `unfreed check` says of the runs, in the words of this package. */

const { NotMeasuredError } = require('./errors.cjs');

/** How `unfreed check` ends when it has judged: all budgets hold, one is broken, it cannot tell. */
const JUDGED = [0, 1, 3];

/** What budgets are called by the command. */
const KINDS = {
  bytes: 'leaked_bytes',
  objects: 'leaked_objects',
  handles: 'handles',
  memory: 'memory_growth',
  holes: 'holes_growth',
  types: 'leaked_bytes:type',
  stacks: 'leaked_bytes:stack',
};

/** @param {string} text */
function escaped(text) {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

/** @param {Record<string, number | Record<string, number>>} budget */
function budgetArgs(budget) {
  return Object.entries(budget).flatMap(([name, limit]) => {
    const limits = typeof limit === 'number' ? [[KINDS[name], limit]] : Object.entries(limit).map(([pattern, of]) => [`${KINDS[name]}:${pattern}`, of]);
    return limits.map(([kind, of]) => `--budget=${kind}=${of}`);
  });
}

/**
 * @param {{file: string, process: number, thread: number}} place
 * @param {import('./options.cjs').Asked} asked
 * @param {string} name of the check
 */
function argsOf({ file, process, thread }, { iterations, budget }, name) {
  return [
    'check',
    file,
    '--running',
    `--thread=${process}.${thread}`,
    // An iteration is called by its number.
    `--mark=^unfreed:leakCheck:${escaped(name)}:(\\d+)$`,
    `--mark-end=^${iterations}$`,
    '--format=json',
    ...budgetArgs(budget),
  ];
}

/** `leaked_bytes` becomes `leakedBytes`, in all of an answer. */
function renamed(value) {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, own]) => [key.replace(/_([a-z])/g, (_, letter) => letter.toUpperCase()), renamed(own)]));
}

/** @param {string} stdout of the command @param {string} file */
function resultOf(stdout, file) {
  const { outcome, rates, budgets, series, problems, suppressed, iterations } = renamed(JSON.parse(stdout));
  const { leakedBytes: bytes, leakedObjects: objects, handles, memoryGrowth: memory, holesGrowth: holes } = rates;
  return { outcome, iterations: iterations.counted, bytes, objects, handles, memory, holes, budgets, series, suppressed, problems, recording: file };
}

/**
 * Has the runs of a check read.
 * @param {object} reading of the recorder
 * @param {import('./options.cjs').Asked} asked
 * @param {string} name of the check
 */
async function readRecording(reading, asked, name) {
  const { place } = reading;
  if (!(await reading.flush())) {
    throw new NotMeasuredError('NOT_WRITTEN', `leakCheck: ${place.file} has not got all that was recorded: the disk may be full, or a thread hangs while it writes`);
  }
  const { code, stdout, stderr } = await reading.run(argsOf(place, asked, name));
  if (JUDGED.includes(code) && stdout !== '') return resultOf(stdout, place.file);
  throw new NotMeasuredError('NOT_READ', `leakCheck: unfreed check ended with ${code} and cannot read ${place.file}: ${stderr.trim()}`);
}

module.exports = { readRecording };
