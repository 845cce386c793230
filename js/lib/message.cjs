'use strict';

/** The short text of a failure: what leaks, how much, what is allowed, and who allocated it. */

/** Culprits, and frames of each, that a message shows; `error.result` has all. */
const MOST_CULPRITS = 3;
const MOST_FRAMES = 8;

/** @param {number} value */
function amount(value) {
  const digits = Number.isInteger(value) ? 0 : 1;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** @param {number} count @param {string} noun @param {string} [nouns] */
function counted(count, noun, nouns = `${noun}s`) {
  return `${amount(count)} ${count === 1 ? noun : nouns}`;
}

/** @param {import('./index.d.cts').Budget} budget */
function measured({ measured: figure, unit }) {
  if (figure === null) return 'not measured';
  if (figure.exact) return `exactly ${amount(figure.growth)} ${unit}`;
  if (figure.low === null) return `${amount(figure.growth)} ${unit}`;
  const sure = `${Math.floor(figure.confidence * 100)} % sure`;
  return `${amount(figure.growth)} ${unit} (${amount(figure.low)} to ${amount(figure.high)}, ${sure})`;
}

/** @param {import('./index.d.cts').Frame} frame */
function spelled({ function: name, file, line, column, module, offset }) {
  const place = [file ?? module, ...(file === null ? [] : [line, column])].filter((part) => part !== null && part !== undefined).join(':');
  const where = file === null && offset !== null ? `${place}:0x${offset.toString(16)}` : place;
  return [name ?? '(unknown)', where].filter((part) => part !== '').join('  ');
}

/** @param {import('./index.d.cts').Culprit} culprit */
function culpritLines({ type, stack, bytesPerIteration, blocksPerIteration, why, nextStep }) {
  const shown = stack.slice(0, MOST_FRAMES);
  const more = stack.length - shown.length;
  return [
    `  ${type}: ${counted(bytesPerIteration, 'byte')} in ${counted(blocksPerIteration, 'block')} per iteration, allocated by`,
    ...shown.map((frame) => `    - ${spelled(frame)}`),
    ...(more > 0 ? [`    - (${counted(more, 'more frame')})`] : []),
    ...(why ? [`    why it stays: ${why}`] : []),
    ...(nextStep ? [`    next step: ${nextStep}`] : []),
  ];
}

/** @param {import('./index.d.cts').Budget} budget */
function budgetLines(budget) {
  const more = budget.culprits.length - MOST_CULPRITS;
  return [
    `${budget.name}: ${measured(budget)} per iteration, ${amount(budget.limit)} allowed`,
    ...budget.culprits.slice(0, MOST_CULPRITS).flatMap(culpritLines),
    ...(more > 0 ? [`  (${counted(more, 'more site')} in error.result)`] : []),
  ];
}

/**
 * @param {import('./index.d.cts').LeakResult} result of the outcome "fail" or "unknown"
 * @param {import('./options.cjs').Asked} asked
 */
function explain(result, asked) {
  const isFail = result.outcome === 'fail';
  const after = asked.warmup === 0 ? '' : ` after ${amount(asked.warmup)} of warm-up`;
  const said = isFail ? `${asked.label} leaks` : `whether ${asked.label} leaks cannot be told`;
  const budgets = result.budgets.filter(({ outcome }) => (isFail ? outcome === 'fail' : outcome !== 'pass'));
  return [
    `${said}: ${counted(asked.iterations, 'iteration')}${after}`,
    ...budgets.flatMap(isFail ? budgetLines : ({ name, outcome }) => [`${name}: ${outcome.replaceAll('_', ' ')}`]),
    ...result.problems,
    `The recording: ${result.recording}`,
  ].join('\n');
}

module.exports = { explain };
