'use strict';

/** The one thing the hook must know of a module's bytes before the engine has compiled them. */

const IMPORT_SECTION = 2;
const HEADER_BYTES = 8;

/**
 * @param {Uint8Array} bytes
 * @param {number} at
 * @returns {[value: number, next: number]} an unsigned LEB128 number
 */
function readNumber(bytes, at) {
  let value = 0;
  let next = at;
  for (let factor = 1; next < bytes.length; factor *= 128) {
    const byte = bytes[next];
    next += 1;
    value += (byte & 0x7f) * factor;
    if (byte < 0x80) break;
  }
  return [value, next];
}

/**
 * @param {Uint8Array} bytes of a valid module
 * @returns {boolean} whether it imports anything
 */
function importsAnything(bytes) {
  let at = HEADER_BYTES;
  while (at < bytes.length) {
    const id = bytes[at];
    const [length, content] = readNumber(bytes, at + 1);
    if (id === IMPORT_SECTION) return readNumber(bytes, content)[0] > 0;
    at = content + length;
  }
  return false;
}

module.exports = { importsAnything };
