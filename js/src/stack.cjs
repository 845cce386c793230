'use strict';

/** Takes the stack as text, whatever the program has done to `Error`. */

const path = require('node:path');

const RealError = Error;
const { captureStackTrace } = Error;

/** Frames taken. Deeper stacks are cut by V8. */
const FRAMES = 1000;
/** What the frames of the hook have in their line: files, and events.wat. */
const OWN = __dirname + path.sep;
const OWN_WASM = 'wasm://wasm/unfreed-';

/**
 * Sets a property for a moment.
 * @param {object} object
 * @param {string} key
 * @param {unknown} value
 * @returns {() => void} puts back what was there, be it a getter, read-only or nothing
 */
function setForNow(object, key, value) {
  const before = Reflect.getOwnPropertyDescriptor(object, key);
  const during =
    before === undefined || before.configurable
      ? { value, writable: true, enumerable: true, configurable: true }
      : { value };
  if (!Reflect.defineProperty(object, key, during)) return () => {};
  return () => {
    if (before === undefined) Reflect.deleteProperty(object, key);
    else Reflect.defineProperty(object, key, before);
  };
}

/** @type {NodeJS.CallSite[] | null} */
let captured = null;

/** Stands for `Error.prepareStackTrace` while a stack is taken. */
function keepSites(_, sites) {
  captured = sites;
  return '';
}

/**
 * The stack above a function, innermost frame first, without frames of the hook.
 * @param {Function} below the frames up to and including this function are left out
 * @param {number} [frames] at most so many
 * @returns {string[]} lines as in `Error.stack`, without its first; none if little stack is left
 */
function takeStack(below, frames = FRAMES) {
  // Only Node's own text has places in the sources that a source map names.
  const prepare = process.sourceMapsEnabled ? undefined : keepSites;
  const undo = [setForNow(RealError, 'stackTraceLimit', frames), setForNow(RealError, 'prepareStackTrace', prepare)];
  const shown = globalThis.Error;
  if (shown !== RealError && typeof shown === 'function') undo.push(setForNow(shown, 'prepareStackTrace', prepare));
  try {
    const holder = {};
    captureStackTrace(holder, below);
    const text = holder.stack;
    return captured === null ? withoutOwn(String(text)) : linesOf(captured);
  } catch {
    // Little stack is left, or the program's own code threw.
    return [];
  } finally {
    captured = null;
    for (const restore of undo.reverse()) restore();
  }
}

/**
 * Lines of the functions of modules, by script and offset, which tell one line
 * from all others; the line of a function of the hook is ''. To write a line anew costs
 * much more than to find it, and most stacks consist of known ones.
 * @type {Map<string, Map<number, string>>}
 */
const wasmLines = new Map();
/** Offsets that are kept of all modules together. */
const WASM_LINES_LIMIT = 100_000;
let wasmLinesKept = 0;

/** @param {NodeJS.CallSite} site of a module's function */
function wasmLine(site) {
  const script = site.getFileName();
  const offset = site.getPosition();
  let lines = wasmLines.get(script);
  if (lines === undefined) wasmLines.set(script, (lines = new Map()));
  let line = lines.get(offset);
  if (line === undefined) {
    line = String(script).startsWith(OWN_WASM) ? '' : `    at ${site}`;
    if (wasmLinesKept < WASM_LINES_LIMIT) {
      wasmLinesKept += 1;
      lines.set(offset, line);
    }
  }
  return line;
}

/** @param {NodeJS.CallSite} site */
function isOwn(site) {
  return site?.getFileName()?.startsWith(OWN);
}

/**
 * @param {NodeJS.CallSite[]} sites
 * @returns {string[]} lines as `Error.stack` has them, without those of the hook
 */
function linesOf(sites) {
  const lines = [];
  for (const [index, site] of sites.entries()) {
    // For the function of a module this is its number.
    if (typeof site.getFunction() === 'number') {
      const line = wasmLine(site);
      if (line !== '') lines.push(line);
    } else if (!isOwn(site)) {
      const line = `    at ${site}`;
      // The hook calls originals through Reflect.
      if (!(line.startsWith('    at Reflect.') && isOwn(sites[index + 1]))) lines.push(line);
    }
  }
  return lines;
}

/** @param {string} text of `Error.stack` */
function withoutOwn(text) {
  const lines = text.split('\n').filter((line) => line.startsWith('    at '));
  return lines.filter((line, index) => {
    if (line.includes(OWN) || line.includes(OWN_WASM)) return false;
    // The hook calls originals through Reflect.
    return !(line.startsWith('    at Reflect.') && lines[index + 1]?.includes(OWN));
  });
}

/**
 * Calls an original. Errors that it throws by itself look as if the hook were not there.
 * @template T
 * @param {() => T} original
 * @param {Function} below as for `takeStack`
 * @returns {T}
 */
function callHidden(original, below) {
  try {
    return original();
  } catch (error) {
    hideFromError(error, below);
    throw error;
  }
}

/**
 * Has an error that an original threw into the hook look as if the hook were
 * not there. Errors that passed through more than the hook stay as they are.
 * @param {unknown} error
 * @param {Function} below as for `takeStack`
 */
function hideFromError(error, below) {
  try {
    const first = /^ {4}at .*$/m.exec(error.stack)?.[0];
    if (first !== undefined && (first.includes(OWN) || first.startsWith('    at Reflect.'))) {
      captureStackTrace(error, below);
    }
  } catch {
    // Not an error, or frozen.
  }
}

/**
 * @param {Function} below as for `takeStack`
 * @returns {string | null} the file that called, as `file:line:column`
 */
function takeOrigin(below) {
  for (const line of takeStack(below)) {
    const place = /((?:file:\/\/|node:|[A-Za-z]:\\|\/).*:\d+:\d+)\)?$/.exec(line)?.[1];
    if (place !== undefined) return place;
  }
  return null;
}

module.exports = { takeStack, takeOrigin, callHidden };
