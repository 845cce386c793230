'use strict';

/** What callers may ask of `leakCheck`. */

/** A prime, so that growth by once per iteration is not taken for something else, and the least with which
 * the interval is 95 % sure after the engine has left out one iteration as warm-up. */
const ITERATIONS = 7;
const WARMUP = 2;

const OPTIONS = new Set(['iterations', 'warmup', 'budget', 'optional', 'label']);
const BUDGETS = new Set(['bytes', 'objects', 'handles', 'memory', 'holes', 'types', 'stacks']);

/**
 * @typedef {object} Asked
 * @property {number} iterations
 * @property {number} warmup
 * @property {Record<string, unknown>} budget
 * @property {boolean | undefined} optional
 * @property {string} label
 */

/** @param {string} message */
function refuse(message) {
  throw new TypeError(`leakCheck: ${message}`);
}

function known(object, names, what) {
  for (const key of Object.keys(object)) {
    if (!names.has(key)) refuse(`there is no ${what} "${key}"; there are ${[...names].join(', ')}`);
  }
}

function count(value, least, name) {
  if (Number.isSafeInteger(value) && value >= least) return value;
  return refuse(`"${name}" is ${String(value)}; it must be a whole number, ${least} or more`);
}

function limit(value, name) {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  return refuse(`the budget "${name}" is ${String(value)}; it must be a number, 0 or more`);
}

function limits(budget) {
  known(budget, BUDGETS, 'budget');
  const given = Object.entries(budget).filter(([, value]) => value !== undefined);
  return Object.fromEntries(given.map(([name, value]) => {
    if (name !== 'types' && name !== 'stacks') return [name, limit(value, name)];
    if (typeof value !== 'object' || value === null) refuse(`the budget "${name}" must be an object of patterns and bytes`);
    for (const [pattern, bytes] of Object.entries(value)) {
      if (pattern === '') refuse(`a pattern of the budget "${name}" is empty`);
      limit(bytes, `${name}: ${pattern}`);
    }
    return [name, value];
  }));
}

/**
 * @param {unknown} fn
 * @param {unknown} options
 * @returns {Asked}
 */
function readOptions(fn, options = {}) {
  if (typeof fn !== 'function') refuse('the first argument must be the function to run');
  if (typeof options !== 'object' || options === null) refuse('the second argument must be an object of options');
  known(options, OPTIONS, 'option');
  const { iterations = ITERATIONS, warmup = WARMUP, budget = {}, optional, label } = options;
  if (typeof budget !== 'object' || budget === null) refuse('"budget" must be an object');
  const asked = limits(budget);
  return {
    iterations: count(iterations, 1, 'iterations'),
    warmup: count(warmup, 0, 'warmup'),
    budget: Object.keys(asked).length === 0 ? { bytes: 0 } : asked,
    optional,
    label: label ?? (fn.name || 'The function'),
  };
}

module.exports = { readOptions };
