'use strict';

/** The short text of a failure: what leaks, how much, what is allowed, and who allocated it. */

/** Culprits that a message shows, and frames of each: where it is allocated, and by whom. `error.result` has all. */
const MOST_CULPRITS = 3;
const INNERMOST = 2;
const OUTERMOST = 5;
/** Frames of this package, and of who has called it, tell nothing. */
const OWN = /(^|\/)lib\/leak-check\.cjs$/;

/** @param {number} value */
function amount(value) {
  return value.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** @param {number} count @param {string} noun */
function counted(count, noun) {
  return `${amount(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** @param {import('./index.d.cts').Frame} frame */
function spelled({ function: name, file, line, module, offset }) {
  const isInModule = file === null && offset !== null;
  const place = isInModule ? `${module}:0x${offset.toString(16)}` : [file ?? module, line].filter((part) => part !== null).join(':');
  return [name, place].filter((part) => part !== '').join('  ');
}

/** @param {import('./index.d.cts').Frame[]} stack */
function stackLines(stack) {
  const own = stack.findIndex(({ file }) => OWN.test(file ?? ''));
  const above = own < 0 ? stack : stack.slice(0, own);
  const between = above.length - INNERMOST - OUTERMOST;
  const lines = above.map(spelled);
  if (between > 1) lines.splice(INNERMOST, between, `(${counted(between, 'frame')})`);
  return lines.map((line) => `    - ${line}`);
}

/** @param {import('./index.d.cts').Culprit} culprit @param {string} kind of the budget */
function culpritLines({ type, stack, bytesPerIteration: bytes, blocksPerIteration, why }, kind) {
  const [thing, who] = kind === 'handles' ? ['handle', 'made by'] : ['block', 'allocated by'];
  const things = counted(blocksPerIteration, thing);
  return [
    `  ${type}: ${bytes === 0 ? things : `${counted(bytes, 'byte')} in ${things}`} per iteration, ${who}`,
    ...stackLines(stack),
    ...(why ? [`    why it stays: ${why}`] : []),
  ];
}

/** @param {import('./index.d.cts').JudgedBudget} budget */
function budgetLines({ name, sentence, kind, culprits }) {
  const more = culprits.length - MOST_CULPRITS;
  return [
    `${name}: ${sentence}`,
    ...culprits.slice(0, MOST_CULPRITS).flatMap((culprit) => culpritLines(culprit, kind)),
    ...(more > 0 ? [`  (${counted(more, 'more site')} in error.result)`] : []),
  ];
}

/** @param {import('./index.d.cts').JudgedBudget[]} budgets */
function nextSteps(budgets) {
  const shown = budgets.flatMap(({ culprits }) => culprits.slice(0, MOST_CULPRITS));
  return [...new Set(shown.map(({ nextStep }) => nextStep))].map((step) => `Next: ${step}`);
}

/**
 * @param {import('./index.d.cts').MeasuredResult} result of the outcome "fail" or "unknown"
 * @param {import('./options.cjs').Asked} asked
 */
function explain(result, { label }) {
  const isFail = result.outcome === 'fail';
  const budgets = result.budgets.filter(({ outcome }) => (isFail ? outcome === 'fail' : outcome !== 'pass'));
  return [
    isFail ? `${label} leaks.` : `Whether ${label} leaks cannot be told.`,
    ...result.problems,
    ...budgets.flatMap(budgetLines),
    ...nextSteps(budgets),
    `The recording: ${result.recording}`,
  ].join('\n');
}

module.exports = { explain };
