'use strict';

/**
 * Writes whole blocks to the recording file, and copes when that fails: the
 * program goes on, the trouble is said once, and what was lost is counted.
 */

const fs = require('node:fs');
const { BLOCK, HEADER_BYTES, jsonBlock } = require('./format.cjs');
const { SHARED } = require('./pool.cjs');

// The program may replace the functions of fs.
const { writeSync } = fs;

/** Bytes of blocks other than events that wait for the disk to have room again. */
const WAITING_LIMIT = 64 * 1024 * 1024;

/** How far back in the file a block is looked for that was being written a moment ago. */
const SEARCH_LIMIT = 64 * 1024 * 1024;

/** The recording file as one thread writes it. */
class Output {
  /**
   * @param {{fd: number, file: string, pid: number, thread: number}} place
   * @param {import('./pool.cjs').Pool} pool
   */
  constructor(place, pool) {
    this.fd = place.fd;
    this.file = place.file;
    this.pid = place.pid;
    this.thread = place.thread;
    this.pool = pool;
    /** @type {Uint8Array[]} blocks that must come before any later one */
    this.waiting = [];
    this.waitingBytes = 0;
    /** Why the latest write failed. */
    this.reason = '';
  }

  /**
   * Writes a block of JSON, now or as soon as that is possible again.
   * @param {number} kind one of `BLOCK`
   * @param {object} object
   */
  json(kind, object) {
    this.jsonText(kind, JSON.stringify(object));
  }

  /**
   * As `json`, for an object that is text already.
   * @param {number} kind
   * @param {string} text
   * @returns {boolean} false: the file will not have it
   */
  jsonText(kind, text) {
    const block = jsonBlock(kind, this.pid, this.thread, text);
    if (this.write(block)) return true;
    if (this.waitingBytes + block.length > WAITING_LIMIT) return false;
    this.waiting.push(block);
    this.waitingBytes += block.length;
    return true;
  }

  /**
   * Writes one whole block.
   * @param {Uint8Array} block header and payload
   * @returns {boolean} false: the file does not have it
   */
  write(block) {
    while (this.waiting.length > 0) {
      if (!this.#put(this.waiting[0])) return false;
      this.waitingBytes -= this.waiting.shift().length;
    }
    return this.#put(block);
  }

  /**
   * Says in the file that records are missing.
   * @param {Int32Array} counter a cell that counts them; 0 afterwards
   * @param {number} index of the cell
   */
  reportLost(counter, index) {
    const events = Atomics.exchange(counter, index, 0);
    if (events !== 0) this.json(BLOCK.LOST, { events: events >>> 0, reason: this.reason || 'not written' });
  }

  /**
   * One write per block keeps blocks of several threads apart. A write that was
   * cut short leaves a block with a wrong checksum, which readers skip, and the
   * block is written again: its rest would stand behind what others wrote.
   * @param {Uint8Array} block
   */
  #put(block) {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      try {
        if (writeSync(this.fd, block, 0, block.length) === block.length) return true;
        this.reason = 'write cut short';
      } catch (error) {
        this.reason = String(error?.code ?? error);
        break;
      }
    }
    this.#complain();
    return false;
  }

  #complain() {
    if (Atomics.exchange(this.pool.shared, SHARED.REPORTED, 1) !== 0) return;
    const text = `unfreed: cannot write ${this.file} (${this.reason}); the recording will have gaps\n`;
    try {
      writeSync(2, text);
    } catch {
      // Nobody can be told.
    }
  }

  /**
   * Whether the file has a block with just this header. Asked about a thread
   * that was ended while it wrote.
   * @param {Uint8Array} header
   */
  has(header) {
    const step = 1 << 20;
    const own = Buffer.from(header);
    let fd;
    try {
      fd = fs.openSync(this.file, 'r');
      const piece = Buffer.alloc(step + HEADER_BYTES);
      const size = fs.fstatSync(fd).size;
      const oldest = Math.max(size - SEARCH_LIMIT, 0);
      for (let at = size - step; at > oldest - step; at -= step) {
        const from = Math.max(at, 0);
        const read = fs.readSync(fd, piece, 0, piece.length, from);
        if (piece.subarray(0, read).includes(own)) return true;
      }
    } catch {
      // Unknown. The block is then written, perhaps once more.
    } finally {
      if (fd !== undefined) fs.closeSync(fd);
    }
    return false;
  }
}

module.exports = { Output };
