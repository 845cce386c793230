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

/**
 * The stack above a function, innermost frame first, without frames of the hook.
 * @param {Function} below the frames up to and including this function are left out
 * @returns {string} lines as in `Error.stack`, without its first
 */
function takeStack(below) {
  const constructors = new Set([RealError, globalThis.Error]);
  const undo = [setForNow(RealError, 'stackTraceLimit', FRAMES)];
  for (const constructor of constructors) {
    if (typeof constructor === 'function') undo.push(setForNow(constructor, 'prepareStackTrace', undefined));
  }
  try {
    const holder = {};
    captureStackTrace(holder, below);
    return withoutOwn(String(holder.stack));
  } catch {
    // Little stack is left, or the program's own code threw.
    return '';
  } finally {
    for (const restore of undo.reverse()) restore();
  }
}

/** @param {string} text of `Error.stack` */
function withoutOwn(text) {
  const lines = text.split('\n').filter((line) => line.startsWith('    at '));
  const kept = lines.filter((line, index) => {
    if (line.includes(OWN) || line.includes(OWN_WASM)) return false;
    // The hook calls originals through Reflect.
    return !(line.startsWith('    at Reflect.') && lines[index + 1]?.includes(OWN));
  });
  return kept.join('\n');
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
  for (const line of takeStack(below).split('\n')) {
    const place = /((?:file:\/\/|node:|[A-Za-z]:\\|\/).*:\d+:\d+)\)?$/.exec(line)?.[1];
    if (place !== undefined) return place;
  }
  return null;
}

module.exports = { takeStack, takeOrigin, callHidden };
