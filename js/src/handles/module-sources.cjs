'use strict';

/**
 * Has ECMAScript modules patched in Node 18.19 to 22.14, which has no hook for it that
 * runs in the thread itself: those of `module.register` start a thread with a loader of its own.
 * Node's loader looks `readFile` of `fs.promises` up for each module that it loads. So that
 * is a getter, which answers the loader with another function, and all others with the one there is.
 */

const fs = require('node:fs');
const { takeStack } = require('../stack.cjs');

// The program may replace these.
const { then } = Promise.prototype;
const { URL } = globalThis;

/** Where Node has the function that reads the source of a module. */
const LOADER = /\(node:internal\/modules\/esm\//;
/** Files that are no source. */
const NO_SOURCE = /\.(?:wasm|json|node)$/;

/** @param {unknown} option of Node */
function isPolicy(option) {
  return String(option).includes('--experimental-policy');
}

/**
 * @param {(bytes: Buffer, url: URL) => Buffer | string} patched gives a source as it shall be; must not throw
 */
function hookModuleSources(patched) {
  // With a policy Node compares the source with a hash.
  if (process.execArgv.some(isPolicy) || isPolicy(process.env.NODE_OPTIONS)) return;
  const { promises } = fs;
  let { readFile } = promises;

  function get() {
    if (!LOADER.test(takeStack(get, 1)[0])) return readFile;
    const original = readFile;
    return function readSource(url, ...rest) {
      const read = Reflect.apply(original, this, [url, ...rest]);
      if (!(url instanceof URL) || rest.length > 0 || NO_SOURCE.test(url.pathname)) return read;
      return Reflect.apply(then, read, [(bytes) => (Buffer.isBuffer(bytes) ? patched(bytes, url) : bytes)]);
    };
  }
  function set(value) {
    if (this === promises) readFile = value;
    else Object.defineProperty(this, 'readFile', { value, writable: true, enumerable: true, configurable: true });
  }
  Object.defineProperty(promises, 'readFile', { get, set, enumerable: true, configurable: true });
}

module.exports = { hookModuleSources };
