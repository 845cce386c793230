'use strict';

/**
 * Handles of embind. Each is one object of JS; those that `clone` makes of one share what
 * it owns, which goes with the last of them. What they keep of it is a record of embind's own.
 */

const { getHandle } = require('./stamp.cjs');
const { Shape } = require('./handles.cjs');

// The program may replace them.
const { Table } = WebAssembly;
const { WeakRef } = globalThis;

/** No block is there. */
const NOWHERE = 1;
/** The largest pointer that a recording can have. */
const LAST_POINTER = 0xffffffff;

/** Embind's handles of one thread. */
class Embind {
  /** @param {import('./handles.cjs').Handles} handles */
  constructor(handles) {
    this.handles = handles;
    /** @type {WeakMap<object, {shape: Shape, isWrapper: boolean}>} by what embind knows of a class */
    this.classes = new WeakMap();
    /** @type {WeakMap<object, import('../instances.cjs').Instance | null>} by the prototype that all handles of one glue have */
    this.roots = new WeakMap();
    /** @type {{table: WeakRef<WebAssembly.Table>, instance: import('../instances.cjs').Instance}[]} */
    this.tables = [];
    /** What a wrapper's handle that was made last keeps, until a class of JS takes it over. @type {WeakRef<object> | null} */
    this.wrapped = null;
    /** @type {import('./handles.cjs').Handle | null} of it */
    this.wrapper = null;
  }

  /**
   * @param {object} exports
   * @param {import('../instances.cjs').Instance} instance
   */
  addTables(exports, instance) {
    for (const name of Object.keys(exports)) {
      if (exports[name] instanceof Table) this.tables.push({ table: new WeakRef(exports[name]), instance });
    }
  }

  /**
   * @param {import('./embind-patch.cjs').EmbindShape} names
   * @param {string} place file of the glue
   * @param {object} object
   * @param {Function} below as for `takeStack`
   */
  made(names, place, object, below) {
    const kept = object[names.record];
    if (typeof kept !== 'object' || kept === null) return;
    if (this.wrapped?.deref() === kept) {
      this.handles.move(this.wrapper, object);
      this.wrapped = null;
      this.wrapper = null;
      return;
    }
    const type = names.name === null ? undefined : kept[names.name[0]];
    const described = type?.[names.name[1]] ?? Object.getPrototypeOf(object);
    let known = this.classes.get(described);
    if (known === undefined) {
      known = this.#describe(names, place, object, described);
      this.classes.set(described, known);
    }
    const pointer = Number((names.smart === null ? undefined : kept[names.smart]) || kept[names.pointer]);
    const isPointer = pointer > 0 && pointer <= LAST_POINTER;
    this.handles.make(known.shape, object, isPointer ? pointer : NOWHERE, undefined, below);
    if (known.isWrapper) {
      this.wrapped = new WeakRef(kept);
      this.wrapper = getHandle(object);
    }
  }

  /**
   * @param {import('./embind-patch.cjs').EmbindShape} names
   * @param {object} object that is about to give up what it has
   */
  deleted(names, object) {
    const handle = getHandle(object);
    if (!handle?.isHeld) return;
    // Of an object of a class of JS, `clone` gives the object itself.
    if (handle.isMoved && names.count !== null && object[names.record][names.count[0]][names.count[1]] > 1) return;
    this.handles.drop(handle);
  }

  #describe(names, place, object, described) {
    const name = names.name === null ? undefined : described[names.name[2]];
    const shape = new Shape({ name: typeof name === 'string' ? name : (object.constructor?.name ?? ''), free: 'delete' }, place);
    const root = rootOf(object);
    if (!this.roots.has(root)) this.roots.set(root, this.#instanceOf(described));
    this.handles.describe(shape, this.roots.get(root));
    // Classes of JS can extend a class that has a wrapper with this method.
    return { shape, isWrapper: 'notifyOnDestruction' in object };
  }

  /**
   * The only instance with a table, or that whose table has the class's destructor.
   * @returns {import('../instances.cjs').Instance | null} null: not known
   */
  #instanceOf(described) {
    this.tables = this.tables.filter(({ table }) => table.deref() !== undefined);
    if (new Set(this.tables.map(({ instance }) => instance)).size === 1) return this.tables[0].instance;
    const functions = new Set(Object.values(described).filter((value) => typeof value === 'function'));
    for (const { table, instance } of this.tables) {
      if (hasAny(table.deref(), functions)) return instance;
    }
    return null;
  }
}

/** The prototype below that of all objects. */
function rootOf(object) {
  let root = object;
  for (let next = Object.getPrototypeOf(root); next !== null && next !== Object.prototype; next = Object.getPrototypeOf(root)) root = next;
  return root;
}

function hasAny(table, functions) {
  for (let at = 0; at < table.length; at += 1) {
    if (functions.has(table.get(at))) return true;
  }
  return false;
}

module.exports = { Embind };
