'use strict';

/**
 * Snapshots: copies of the linear memories that a thread knows, taken when no
 * module runs on it. Only when asked for: without, a thread has none of this.
 *
 * A copy is written as the pages that are not all zero, and behind them what it
 * is a copy of, with the globals of the thread's instances that have the memory.
 * Its place among the events of the thread is where it stands in the file; among
 * those of other threads it is behind the last sequence number.
 */

const { isMainThread } = require('node:worker_threads');
const { Globals } = require('./globals.cjs');
const { BLOCK, HEADER_BYTES, microseconds, writeHeader } = require('./format.cjs');
const { CELL, SHARED } = require('./pool.cjs');

// The program may replace these.
const { compare } = Buffer.prototype;
const { now } = Date;
const { on } = process;

/** Bytes of a page of a snapshot. */
const PAGE_BYTES = 4096;
/** Pages that are looked at, and written, at once. */
const PIECE_PAGES = 256;
const PIECE_BYTES = PIECE_PAGES * PAGE_BYTES;
const NUMBER_BYTES = 4;
const ZERO = Buffer.alloc(PAGE_BYTES);

/**
 * When to take them.
 * @typedef {object} Asked
 * @property {boolean} end
 * @property {boolean} marks at every mark
 * @property {string[]} names at marks of these names
 * @property {boolean} signal
 */

/** The snapshots of one thread. */
class Snapshots {
  /**
   * @param {import('./start.cjs').Thread} thread
   * @param {Asked} asked
   */
  constructor(thread, asked) {
    this.thread = thread;
    this.asked = asked;
    this.count = 0;
    this.globals = new Globals();
    /** A piece of a memory: others may write to that while it is looked at. */
    this.piece = Buffer.alloc(PIECE_BYTES);
    this.block = Buffer.alloc(HEADER_BYTES + (2 + PIECE_PAGES) * NUMBER_BYTES + PIECE_BYTES);
    if (asked.signal && isMainThread) Reflect.apply(on, process, ['SIGUSR2', () => this.#takeAll('signal', '')]);
  }

  /**
   * Its first instance has been made: so it is known which words of static data are as the module has them.
   * @param {import('./memories.cjs').Memory} memory
   */
  atBegin(memory) {
    const { buffer } = memory;
    if (buffer !== null && (isMainThread || !memory.shared)) this.#take(memory, buffer, { reason: 'begin', mark: '' });
  }

  /** @param {string} name */
  atMark(name) {
    if (this.asked.marks || this.asked.names.includes(name)) this.#takeAll('mark', name);
  }

  /** A memory that threads share outlives a worker. */
  atEnd() {
    if (this.asked.end) this.#takeAll('end', '', (memory) => isMainThread || !memory.shared);
  }

  #takeAll(reason, mark, isMeant = () => true) {
    for (const memory of this.thread.memories.all.filter(isMeant)) {
      const { buffer } = memory;
      if (buffer !== null) this.#take(memory, buffer, { reason, mark });
    }
  }

  /**
   * @param {import('./memories.cjs').Memory} memory
   * @param {ArrayBuffer | SharedArrayBuffer} buffer
   * @param {{reason: string, mark: string}} why
   */
  #take(memory, buffer, why) {
    const { recorder, chunk, output, pool } = this.thread;
    this.count += 1;
    // All records so far are of events before it.
    recorder.drain();
    const isDrained = chunk.cells[CELL.COUNT] === 0;
    const globals = this.globals.of(memory, this.thread.undescribed);
    const sequence = Atomics.load(pool.shared, SHARED.SEQUENCE);
    const threads = memory.shared ? this.#others() : 0;
    const written = isDrained ? this.#writePages(new Uint8Array(buffer)) : { pages: 0, error: output.reason || 'not written' };
    const events = memory.shared ? (Atomics.load(pool.shared, SHARED.SEQUENCE) - sequence) >>> 0 : 0;
    output.json(BLOCK.SNAPSHOT, {
      snapshot: this.count,
      ...why,
      memory: memory.number,
      bytes: buffer.byteLength,
      ...written,
      sequence: sequence >>> 0,
      threads,
      events,
      ...globals,
    });
  }

  /** How many other threads record and have not ended. */
  #others() {
    const { pool, id } = this.thread;
    return pool.chunks.filter(({ owner, cells }) => owner >= 0 && owner !== id && cells[CELL.ENDED] === 0).length;
  }

  /**
   * @param {Uint8Array} bytes of a memory
   * @returns {{pages: number, error: string}} how many are not zero, and why they are not all written
   */
  #writePages(bytes) {
    let pages = 0;
    let error = '';
    for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
      const piece = bytes.subarray(at, at + PIECE_BYTES);
      this.piece.set(piece);
      this.piece.fill(0, piece.length);
      const found = this.#pagesOfPiece();
      pages += found.length;
      if (error === '' && found.length > 0 && !this.#writePiece(at / PAGE_BYTES, found)) {
        error = this.thread.output.reason || 'not written';
      }
    }
    return { pages, error };
  }

  /** @returns {number[]} the pages of the piece that are not zero */
  #pagesOfPiece() {
    const found = [];
    for (let page = 0; page < PIECE_PAGES; page += 1) {
      const from = page * PAGE_BYTES;
      const difference = Reflect.apply(compare, this.piece, [ZERO, 0, PAGE_BYTES, from, from + PAGE_BYTES]);
      if (difference !== 0) found.push(page);
    }
    return found;
  }

  /**
   * @param {number} first the number of the piece's first page
   * @param {number[]} found
   * @returns {boolean} whether the file has them
   */
  #writePiece(first, found) {
    const { block, piece, thread } = this;
    let at = HEADER_BYTES;
    for (const number of [this.count, found.length, ...found.map((page) => first + page)]) {
      block.writeUInt32LE(number, at);
      at += NUMBER_BYTES;
    }
    for (const page of found) {
      piece.copy(block, at, page * PAGE_BYTES, (page + 1) * PAGE_BYTES);
      at += PAGE_BYTES;
    }
    const { low, high } = microseconds(now());
    const header = { kind: BLOCK.PAGES, pid: thread.output.pid, thread: thread.id, low, high, count: 0 };
    writeHeader(block, 0, at - HEADER_BYTES, header);
    return thread.output.write(block.subarray(0, at));
  }
}

module.exports = { Snapshots };
