'use strict';

/** CRC-32 (IEEE), as zlib has it: from zlib itself where Node offers that, else by tables. */

const zlib = require('node:zlib');

/** Bytes taken at once. */
const SLICES = 8;

/**
 * Tables for several bytes at once ("slicing by 8", M. Kounavis and F. Berry,
 * 2005): entry `256 * n + b` is the checksum of byte `b` before `n` zeros.
 */
const TABLE = new Int32Array(256 * SLICES);
for (let byte = 0; byte < 256; byte += 1) {
  let value = byte;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  TABLE[byte] = value;
}
for (let at = 256; at < TABLE.length; at += 1) {
  TABLE[at] = (TABLE[at - 256] >>> 8) ^ TABLE[TABLE[at - 256] & 0xff];
}

/** @returns {number} the state after whole groups of 8 bytes, which are aligned words */
function wholeGroups(words, state) {
  let crc = state;
  for (let at = 0; at + 1 < words.length; at += 2) {
    const first = crc ^ words[at];
    const second = words[at + 1];
    crc =
      TABLE[1792 + (first & 0xff)] ^
      TABLE[1536 + ((first >>> 8) & 0xff)] ^
      TABLE[1280 + ((first >>> 16) & 0xff)] ^
      TABLE[1024 + (first >>> 24)] ^
      TABLE[768 + (second & 0xff)] ^
      TABLE[512 + ((second >>> 8) & 0xff)] ^
      TABLE[256 + ((second >>> 16) & 0xff)] ^
      TABLE[second >>> 24];
  }
  return crc;
}

/**
 * @param {Uint8Array} bytes
 * @returns {number} unsigned
 */
function byTable(bytes) {
  let crc = -1;
  let at = 0;
  if (bytes.byteOffset % 4 === 0) {
    const groups = Math.floor(bytes.length / SLICES);
    crc = wholeGroups(new Int32Array(bytes.buffer, bytes.byteOffset, groups * 2), crc);
    at = groups * SLICES;
  }
  for (; at < bytes.length; at += 1) crc = TABLE[(crc ^ bytes[at]) & 0xff] ^ (crc >>> 8);
  return (crc ^ -1) >>> 0;
}

/** @type {(bytes: Uint8Array) => number} Node has it from 20.15 and 22.2 on. */
const crc32 = typeof zlib.crc32 === 'function' ? (bytes) => zlib.crc32(bytes) : byTable;

module.exports = { crc32, byTable };
