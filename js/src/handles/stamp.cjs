'use strict';

/**
 * Keeps a handle's record with its object: in a private field, which the program
 * cannot see, which costs a fraction of a WeakMap, and which ends with the object.
 */

/** Gives back what it is called with, so that the derived class adds its field to that. */
function existing(object) {
  return object;
}

class Stamp extends existing {
  #handle;

  /**
   * @param {object} object
   * @param {object} handle
   */
  constructor(object, handle) {
    super(object);
    this.#handle = handle;
  }

  /** @param {object} object */
  static get(object) {
    return #handle in object ? object.#handle : undefined;
  }

  /**
   * @param {object} object
   * @param {object} handle
   */
  static set(object, handle) {
    if (#handle in object) object.#handle = handle;
    else new Stamp(object, handle);
  }
}

module.exports = { getHandle: Stamp.get, setHandle: Stamp.set };
