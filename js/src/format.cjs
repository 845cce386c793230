'use strict';

/**
 * The raw recording file: kinds of blocks and records, and the block header.
 *
 * Header, 40 bytes, little-endian: "UFBK", u8 kind, u8 codec (0 plain), u16 0,
 * u32 process, u32 thread, u32 payload bytes, u32 CRC-32 of the payload, u64
 * begin in microseconds since the Unix epoch, u32 count of records, u32 CRC-32
 * of the 36 bytes before it.
 */

const { crc32 } = require('./crc32.cjs');

// The program may replace Date by a fake, or count its calls.
const { now } = Date;

/** Bytes of a block header. */
const HEADER_BYTES = 40;

/** Bytes of an event record: four u32 `sequence, a, b, tag`. */
const RECORD_BYTES = 16;

/** Kinds of blocks. */
const BLOCK = Object.freeze({
  PROCESS: 1,
  THREAD: 2,
  MODULE: 3,
  INSTANCE: 4,
  STACK: 5,
  EVENTS: 6,
  MARK: 7,
  LOST: 8,
  THREAD_END: 9,
  PROCESS_END: 10,
  SAMPLE: 11,
  PAGES: 12,
  SNAPSHOT: 13,
  HANDLE_CLASS: 16,
  HANDLE_STACK: 17,
  JS_VALUES: 18,
});

/** Kinds of event records: the low three bits of `tag`; the others are a number. */
const RECORD = Object.freeze({
  ALLOCATE: 0,
  FREE: 1,
  BEGIN_REALLOCATE: 2,
  END_REALLOCATE: 3,
  GROW: 4,
  MARK: 5,
  TIME: 6,
  /** With the number 0; with others it is of a handle. */
  WIDE: 7,
  HANDLE: 7,
});

/**
 * What a header says.
 * @typedef {object} Header
 * @property {number} kind one of `BLOCK`
 * @property {number} pid
 * @property {number} thread
 * @property {number} low time, low 32 bits
 * @property {number} high time, high 32 bits
 * @property {number} count records, for events
 */

/**
 * Writes the header of the payload that begins 40 bytes after `at`.
 * @param {Uint8Array} bytes
 * @param {number} at
 * @param {number} length bytes of the payload
 * @param {Header} header
 */
function writeHeader(bytes, at, length, header) {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, HEADER_BYTES);
  const payload = bytes.subarray(at + HEADER_BYTES, at + HEADER_BYTES + length);
  view.setUint32(0, 0x5546424b);
  view.setUint8(4, header.kind);
  view.setUint8(5, 0);
  view.setUint16(6, 0, true);
  view.setUint32(8, header.pid, true);
  view.setUint32(12, header.thread, true);
  view.setUint32(16, length, true);
  view.setUint32(20, crc32(payload), true);
  view.setUint32(24, header.low, true);
  view.setUint32(28, header.high, true);
  view.setUint32(32, header.count, true);
  view.setUint32(36, crc32(bytes.subarray(at, at + 36)), true);
}

/**
 * @param {number} milliseconds since the Unix epoch
 * @returns {{low: number, high: number}} the halves of the same in microseconds
 */
function microseconds(milliseconds) {
  const value = Math.floor(milliseconds * 1000);
  return { low: value % 0x100000000 | 0, high: Math.floor(value / 0x100000000) };
}

/**
 * A whole block whose payload is one JSON object.
 * @param {number} kind
 * @param {number} pid
 * @param {number} thread
 * @param {string} json
 * @returns {Buffer}
 */
function jsonBlock(kind, pid, thread, json) {
  const length = Buffer.byteLength(json);
  const block = Buffer.allocUnsafe(HEADER_BYTES + length);
  block.write(json, HEADER_BYTES);
  const { low, high } = microseconds(now());
  writeHeader(block, 0, length, { kind, pid, thread, low, high, count: 0 });
  return block;
}

module.exports = { BLOCK, RECORD, HEADER_BYTES, RECORD_BYTES, writeHeader, microseconds, jsonBlock };
