'use strict';

/**
 * The memories that a thread knows: their numbers, and how many of their pages
 * records account for. A program can also grow a memory by `memory.grow()`,
 * which no record tells; it shows as pages that nothing accounts for.
 */

const { isSharedArrayBuffer } = require('node:util').types;
const { RECORD } = require('./format.cjs');
const { COUNTED_MEMORIES } = require('./pool.cjs');
const { newNumber, numberOfShared } = require('./numbering.cjs');

const PAGE_BYTES = 65536;
const GROWN_BY_JS = '    at WebAssembly.Memory.grow (<anonymous>)';

// The program may replace these.
const MemoryConstructor = WebAssembly.Memory;
const bufferGetter = Object.getOwnPropertyDescriptor(MemoryConstructor.prototype, 'buffer').get;

/**
 * @param {unknown} value
 * @returns {ArrayBuffer | SharedArrayBuffer | null} null: not a memory
 */
function bufferOf(value) {
  if (typeof value !== 'object' || value === null) return null;
  try {
    return Reflect.apply(bufferGetter, value, []);
  } catch {
    return null;
  }
}

/** One memory as one thread knows it. */
class Memory {
  /**
   * @param {object} object the WebAssembly.Memory
   * @param {ArrayBuffer | SharedArrayBuffer} buffer
   * @param {import('./pool.cjs').Pool} pool
   */
  constructor(object, buffer, pool) {
    // Must not keep the program's memory from being collected.
    this.object = new WeakRef(object);
    this.shared = isSharedArrayBuffer(buffer);
    this.number = this.shared ? numberOfShared(buffer, pool.shared) : newNumber(pool.shared);
    /** Pages accounted for, in a cell that all threads share if they share the memory. */
    const common = this.shared && this.number < COUNTED_MEMORIES;
    this.pages = common ? pool.pages.subarray(this.number, this.number + 1) : new Int32Array(1);
    Atomics.compareExchange(this.pages, 0, 0, this.size ?? 0);
    /** Pages not accounted for when last looked at. */
    this.unexplained = 0;
    /** The instance that stands for the memory, and its context for growth by JS. */
    this.instance = 0;
    this.context = 0;
  }

  /** Its bytes; null when it was collected. */
  get buffer() {
    return bufferOf(this.object.deref());
  }

  /** Its size in pages; null when it was collected. */
  get size() {
    const { buffer } = this;
    return buffer === null ? null : buffer.byteLength / PAGE_BYTES;
  }

  /** @param {number} delta pages that a record accounts for */
  account(delta) {
    Atomics.add(this.pages, 0, delta);
  }
}

/** All memories that a thread knows. */
class Memories {
  /** @param {import('./start.cjs').Thread} thread */
  constructor(thread) {
    this.thread = thread;
    /** @type {WeakMap<object, Memory>} */
    this.byObject = new WeakMap();
    /** @type {Memory[]} */
    this.all = [];
  }

  /**
   * @param {unknown} object
   * @returns {Memory | null} null: not a memory
   */
  find(object) {
    const buffer = bufferOf(object);
    if (buffer === null) return null;
    let memory = this.byObject.get(object);
    if (memory === undefined) {
      memory = new Memory(object, buffer, this.thread.pool);
      this.byObject.set(object, memory);
      this.all.push(memory);
    }
    return memory;
  }

  /**
   * Records growth that nothing has recorded.
   * @param {boolean} final no later look will come
   */
  look(final) {
    let collected = false;
    for (const memory of this.all) {
      const size = memory.size;
      if (size === null) collected = true;
      else if (memory.instance !== 0) this.#compare(memory, size, final);
    }
    if (collected) this.all = this.all.filter((memory) => memory.size !== null);
  }

  /**
   * Called before growth by the module is accounted for, so that growth by JS
   * before it gets its place in the order.
   * @param {Memory} memory
   * @param {number} pages the size it had
   */
  growsFrom(memory, pages) {
    const known = memory.pages[0];
    if (memory.shared || memory.instance === 0 || pages <= known) return;
    memory.pages[0] = pages;
    this.#record(memory, known, pages - known);
  }

  /**
   * Another thread may have grown a shared memory and be about to record it, so
   * that only what two looks have seen counts there.
   */
  #compare(memory, size, final) {
    const known = Atomics.load(memory.pages, 0);
    const unexplained = Math.max(size - known, 0);
    const sure = memory.shared && !final ? Math.min(unexplained, memory.unexplained) : unexplained;
    memory.unexplained = unexplained - sure;
    if (sure === 0) return;
    if (Atomics.compareExchange(memory.pages, 0, known, known + sure) !== known) return;
    this.#record(memory, known, sure);
  }

  #record(memory, pages, delta) {
    const { thread } = this;
    if (memory.context === 0) {
      memory.context = thread.contexts.name(0, 0, memory.instance, [GROWN_BY_JS]);
    }
    const sequence = memory.shared ? thread.nextSequence() : 0;
    thread.recorder.append(sequence, pages, delta, RECORD.GROW | (memory.context << 3));
  }
}

module.exports = { Memories };
