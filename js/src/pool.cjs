'use strict';

/**
 * The memory that all threads of a process share: the counters of the process
 * and one chunk of event records per thread. What a worker has recorded is
 * still here after it was terminated, and the thread that started it writes it
 * out.
 */

const { HEADER_BYTES, RECORD_BYTES } = require('./format.cjs');

/** Records that a chunk holds. At 64 KiB a chunk stays in the cache and a write is cheap per record. */
const CHUNK_RECORDS = 4096;
/** Threads that can record at once. The memory is only touched when they do. */
const CHUNKS = 256;
/** Shared memories whose pages are counted for the whole process. */
const COUNTED_MEMORIES = 1024;

const CHUNK_BYTES = HEADER_BYTES + CHUNK_RECORDS * RECORD_BYTES;
const CACHE_LINE = 64;
const CELLS_AT = CACHE_LINE * 2;
const PAGES_AT = CELLS_AT + CHUNKS * CACHE_LINE;
const CHUNKS_AT = PAGES_AT + COUNTED_MEMORIES * 4;

/**
 * Counters of the process. The sequence has a cache line to itself.
 * @enum {number}
 */
const SHARED = Object.freeze({
  SEQUENCE: 0,
  /** Numbers given to memories so far. */
  MEMORIES: 16,
  /** 1 while a thread finds out the number of a shared memory. */
  NUMBERING: 17,
  /** 1 after a failed write was reported. */
  REPORTED: 18,
});

/**
 * Cells of one chunk. events.wat has them as offsets.
 * @enum {number}
 */
const CELL = Object.freeze({
  /** Thread that records into it, plus 1; 0: nobody. */
  OWNER: 0,
  /** Thread that started the owner. */
  PARENT: 1,
  /** One of `LOCK`. */
  LOCK: 2,
  /** Records in the chunk. */
  COUNT: 3,
  /** How many of those the file has already. */
  WRITTEN: 4,
  /** Changes whenever the chunk is used anew. */
  GENERATION: 5,
  /** 1 when the owner came to its own end. */
  ENDED: 6,
  /** Records that could not be written and are not yet reported. */
  LOST: 7,
  /** Time of the chunk's first record, in microseconds, low and high half. */
  BEGAN_LOW: 8,
  BEGAN_HIGH: 9,
  /** The count at which the owner looks at the clock again. */
  NEXT_LOOK: 10,
  /** Address of the table of contexts, and its slots less 1. They stay with the chunk. */
  TABLE: 11,
  TABLE_MASK: 12,
});

/** Who is about to write a chunk to the file. `WRITING`: the owner has made the header, and may have written. */
const LOCK = Object.freeze({ NOBODY: 0, OWNER: 1, OTHER: 2, WRITING: 3 });

/** Bytes of a slot in a table of contexts. */
const SLOT_BYTES = 16;
const PAGE_BYTES = 65536;
/** Pages that the pool may have at most, as events.wat says too. Nearly all of it is for contexts. */
const MOST_PAGES = 16384;

/** One chunk of the pool, as views. */
class Chunk {
  /**
   * @param {SharedArrayBuffer} buffer
   * @param {number} cellsAt
   * @param {number} at address of the chunk
   */
  constructor(buffer, cellsAt, at) {
    /** Cells by `CELL`. */
    this.cells = new Int32Array(buffer, cellsAt, CACHE_LINE / 4);
    /** The records, after room for a header. */
    this.records = new Int32Array(buffer, at + HEADER_BYTES, CHUNK_RECORDS * 4);
    /** Header and records as bytes. */
    this.bytes = new Uint8Array(buffer, at, CHUNK_BYTES);
  }

  /** The thread that owns it, or -1. */
  get owner() {
    return Atomics.load(this.cells, CELL.OWNER) - 1;
  }
}

/** @returns {WebAssembly.Memory} a new pool; the system gives it real memory where it is used */
function newMemory() {
  const initial = Math.ceil((CHUNKS_AT + CHUNKS * CHUNK_BYTES) / PAGE_BYTES);
  return new WebAssembly.Memory({ initial, maximum: MOST_PAGES, shared: true });
}

/** The pool as one thread sees it. */
class Pool {
  /** @param {WebAssembly.Memory} [memory] that of the main thread; without it a new one */
  constructor(memory = newMemory()) {
    this.memory = memory;
    const { buffer } = memory;
    /** Cells by `SHARED`. */
    this.shared = new Int32Array(buffer, 0, CELLS_AT / 4);
    /** Pages of shared memories that records account for, by number of the memory. */
    this.pages = new Int32Array(buffer, PAGES_AT, COUNTED_MEMORIES);
    this.chunks = Array.from(
      { length: CHUNKS },
      (_, index) => new Chunk(buffer, CELLS_AT + index * CACHE_LINE, CHUNKS_AT + index * CHUNK_BYTES),
    );
  }

  /**
   * Gives a thread a chunk.
   * @param {number} thread
   * @param {number} parent
   * @returns {Chunk}
   */
  take(thread, parent) {
    const free = (chunk) => Atomics.compareExchange(chunk.cells, CELL.OWNER, 0, thread + 1) === 0;
    const chunk = this.chunks.find(free) ?? this.#extraChunk(thread);
    chunk.cells[CELL.PARENT] = parent;
    if (chunk.cells[CELL.TABLE] === 0) this.growTable(chunk);
    return chunk;
  }

  /** For more threads than there are chunks. What is in it is lost if the thread is terminated. */
  #extraChunk(thread) {
    const at = this.memory.grow(Math.ceil((CACHE_LINE + CHUNK_BYTES) / PAGE_BYTES)) * PAGE_BYTES;
    const chunk = new Chunk(this.memory.buffer, at, at + CACHE_LINE);
    chunk.cells[CELL.OWNER] = thread + 1;
    return chunk;
  }

  /**
   * Gives back the chunk of a thread that has ended.
   * @param {Chunk} chunk
   */
  release(chunk) {
    const { cells } = chunk;
    const generation = cells[CELL.GENERATION];
    cells.fill(0, CELL.PARENT, CELL.TABLE);
    cells[CELL.GENERATION] = generation + 1;
    Atomics.store(cells, CELL.OWNER, 0);
  }

  /**
   * The slots for contexts of the chunk's owner.
   * @param {Chunk} chunk
   * @returns {Int32Array}
   */
  tableOf({ cells }) {
    const slots = cells[CELL.TABLE_MASK] + 1;
    return new Int32Array(this.memory.buffer, cells[CELL.TABLE], (slots * SLOT_BYTES) / 4);
  }

  /**
   * Gives a chunk an empty table of twice the slots. The old one is not used
   * again: all old ones together are no larger than the new one.
   * @param {Chunk} chunk
   * @returns {boolean} false: there is no more memory
   */
  growTable({ cells }) {
    const bytes = cells[CELL.TABLE] === 0 ? PAGE_BYTES : (cells[CELL.TABLE_MASK] + 1) * SLOT_BYTES * 2;
    let at;
    try {
      at = this.memory.grow(bytes / PAGE_BYTES) * PAGE_BYTES;
    } catch {
      return false;
    }
    cells[CELL.TABLE] = at;
    cells[CELL.TABLE_MASK] = bytes / SLOT_BYTES - 1;
    return true;
  }
}

module.exports = { Pool, SHARED, CELL, LOCK, CHUNK_RECORDS, COUNTED_MEMORIES };
