'use strict';

/** The handles of one thread: objects of classes of wasm-bindgen and embind, from when they are made to when they are gone. */

const { BLOCK, RECORD } = require('../format.cjs');
const { SHARED } = require('../pool.cjs');
const { getHandle, setHandle } = require('./stamp.cjs');
const { Sampler, Samples } = require('./stacks.cjs');
const { Slabs } = require('./slabs.cjs');

// The program may replace it, and the hook does.
const { FinalizationRegistry } = globalThis;

/** What becomes of a handle. */
const WHAT = Object.freeze({ MADE: 0, FREED: 1, CONSUMED: 2, COLLECTED: 3 });

/** A class of an instance. */
class Kind {
  /**
   * @param {number} number unique in its thread, from 1
   * @param {import('../instances.cjs').Instance | null} instance null: not known
   */
  constructor(number, instance) {
    this.number = number;
    this.instance = instance;
    this.samples = new Samples();
  }
}

/** What is known of one object. Must not lead to it. */
class Handle {
  /**
   * @param {number} number unique in its thread, from 1
   * @param {Kind} kind
   * @param {number} pointer
   */
  constructor(number, kind, pointer) {
    this.number = number;
    this.kind = kind;
    this.pointer = pointer;
    this.isHeld = true;
    /** Whether it has come from another object. */
    this.isMoved = false;
    /** @type {{cnt: number} | null} of a closure: how many use it */
    this.state = null;
  }
}

/** A class as its source has it, and its classes by instance. */
class Shape {
  /**
   * @param {import('./patch.cjs').ClassShape} shape
   * @param {string} place file of the source
   */
  constructor({ name, free }, place) {
    this.name = name;
    this.free = free;
    this.place = place;
    /** @type {WeakMap<object, Kind>} by the exports of the instance */
    this.kinds = new WeakMap();
    /** @type {Kind | null} where the exports are not known */
    this.other = null;
  }
}

/** The handles of one thread. */
class Handles {
  /** @param {import('../start.cjs').Thread} thread */
  constructor(thread) {
    this.thread = thread;
    this.classes = 0;
    this.made = 0;
    /** Handles that are held. */
    this.held = 0;
    /** Whether garbage was collected at the end. */
    this.isSettled = false;
    /** The number of the handle whose `free` was called. */
    this.freeing = 0;
    /** @type {WeakMap<object, import('../instances.cjs').Instance>} */
    this.byExports = new WeakMap();
    /** @type {Map<string, import('../instances.cjs').Instance | null>} by the export that frees; null: of several */
    this.byFree = new Map();
    /** @type {Sampler | null} */
    this.sampler = null;
    this.slabs = new Slabs(thread);
    /** @type {import('./closures.cjs').Closures | null} */
    this.closures = null;
    /** @type {import('./embind.cjs').Embind | null} */
    this.embind = null;
    this.collected = new FinalizationRegistry((handle) => {
      if (handle.isHeld) this.#end(handle, handle.state?.cnt === 0 ? WHAT.FREED : WHAT.COLLECTED);
    });
  }

  /**
   * @param {object} exports of an instance
   * @param {import('../instances.cjs').Instance} instance
   */
  instantiated(exports, instance) {
    this.byExports.set(exports, instance);
    this.slabs.addTables(exports, instance.number);
    this.embind?.addTables(exports, instance);
    for (const name of Object.keys(exports)) {
      if (/^__wbg_.+_free$/.test(name)) this.byFree.set(name, this.byFree.has(name) ? null : instance);
    }
  }

  /**
   * @param {Shape} shape
   * @param {object} object the handle; is given back its number
   * @param {number} pointer
   * @param {unknown} wasm exports of the module, if known
   * @param {Function} below as for `takeStack`
   */
  make(shape, object, pointer, wasm, below) {
    const before = getHandle(object);
    // Both the patch and the registry tell of it.
    if (before?.isHeld || pointer === 0) return;
    const kind = this.#kindOf(shape, wasm);
    this.made += 1;
    const handle = new Handle(this.made, kind, pointer);
    setHandle(object, handle);
    this.held += 1;
    this.collected.register(object, handle);
    this.#record(handle, WHAT.MADE);
    this.sampler.see(kind, handle.number, below);
  }

  /**
   * What a handle has is another object's from here on.
   * @param {Handle} handle
   * @param {object} object
   */
  move(handle, object) {
    if (!handle.isHeld) return;
    handle.isHeld = false;
    const next = new Handle(handle.number, handle.kind, handle.pointer);
    next.isMoved = true;
    setHandle(object, next);
    this.collected.register(object, next);
  }

  /** @param {object} object whose `free` was called */
  free(object) {
    this.freeing = getHandle(object)?.number ?? 0;
  }

  /** @param {object} object that does not have its pointer any more */
  giveUp(object) {
    const handle = getHandle(object);
    if (!handle?.isHeld) return;
    this.#end(handle, handle.number === this.freeing ? WHAT.FREED : WHAT.CONSUMED);
    this.freeing = 0;
  }

  /** @param {Handle} handle that is freed */
  drop(handle) {
    if (handle.isHeld) this.#end(handle, WHAT.FREED);
  }

  /**
   * Looks at what nobody tells of.
   * @param {number} mark at which; 0: at the end
   */
  look(mark) {
    this.closures?.look();
    this.slabs.write(mark);
  }

  /** Says that what is collected from here on was held until the program had nothing left to do, or was lost. */
  lastCollection() {
    this.isSettled = true;
    const { recorder, pool } = this.thread;
    const isOrdered = Atomics.load(pool.shared, SHARED.SEQUENCE) !== 0;
    recorder.append(isOrdered ? this.thread.nextSequence() : 0, 0, 0, RECORD.HANDLE | (1 << 3));
  }

  #end(handle, what) {
    handle.isHeld = false;
    this.held -= 1;
    this.#record(handle, what);
  }

  #record({ number, kind, pointer }, what) {
    const { recorder } = this.thread;
    const sequence = this.#isOrdered(kind) ? this.thread.nextSequence() : 0;
    recorder.append(sequence, pointer | 0, number | 0, RECORD.HANDLE | ((((kind.number << 2) | what) + 1) << 3));
  }

  /** Whether other threads have the memory. Where it is not known, an order of all threads does no harm. */
  #isOrdered({ instance }) {
    if (instance?.memory) return instance.memory.shared;
    return Atomics.load(this.thread.pool.shared, SHARED.SEQUENCE) !== 0;
  }

  /** @returns {Kind} */
  #kindOf(shape, wasm) {
    const isKnown = typeof wasm === 'object' && wasm !== null && this.byExports.has(wasm);
    const known = isKnown ? shape.kinds.get(wasm) : shape.other;
    if (known) return known;
    if (!isKnown) return this.describe(shape, this.byFree.get(shape.free) ?? null);
    const kind = this.#newKind(shape, this.byExports.get(wasm));
    shape.kinds.set(wasm, kind);
    return kind;
  }

  /**
   * @param {Shape} shape
   * @param {import('../instances.cjs').Instance | null} instance of its handles whose exports are not known
   * @returns {Kind}
   */
  describe(shape, instance) {
    shape.other = this.#newKind(shape, instance);
    return shape.other;
  }

  #newKind({ name, free, place }, instance) {
    const thread = this.thread.ready();
    this.sampler ??= new Sampler(thread);
    this.classes += 1;
    const kind = new Kind(this.classes, instance);
    thread.output.json(BLOCK.HANDLE_CLASS, { class: kind.number, name, free, instance: instance?.number ?? 0, place });
    return kind;
  }
}

module.exports = { Handles, Handle, Shape };
