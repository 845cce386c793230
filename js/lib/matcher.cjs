'use strict';

/** The matcher of `expect` in vitest and jest. */

const { measureOrFail } = require('./leak-check.cjs');
const { explain } = require('./message.cjs');

/**
 * `await expect(fn).not.toLeakWasm({ ... })`
 * @this {{isNot: boolean}}
 * @param {unknown} fn
 * @param {object} [options] as of `leakCheck`
 */
async function toLeakWasm(fn, options) {
  const { result, asked } = await measureOrFail(fn, options);
  // Whatever was expected: nothing was measured, and that may be.
  if (result.outcome === 'skipped') return { pass: !this.isNot, message: () => result.reason };
  const leaks = result.outcome === 'fail';
  const clean = `${asked.label} was expected to leak, and each budget holds`;
  return { pass: leaks, message: () => (leaks ? explain(result, asked) : clean) };
}

module.exports = { toLeakWasm };
