'use strict';

/**
 * Closures of Rust that JS can call. Glue has all of them in one registry: `state`
 * says where the closure lies, counts its users, and does not lead to the function.
 * Where Rust drops one, only its count says so, so that is looked at now and then.
 */

const { getHandle, setHandle } = require('./stamp.cjs');
const { Shape } = require('./handles.cjs');

/** @param {string} source of a registry's callback */
function isForClosures(source) {
  return /\.a\b/.test(source) && /\.b\b/.test(source) && /\bdtor\b|__wbindgen_destroy_closure\b/.test(source);
}

/** The closures of one thread. */
class Closures {
  /** @param {import('./handles.cjs').Handles} handles */
  constructor(handles) {
    this.handles = handles;
    this.shape = new Shape({ name: 'Closure', free: null }, '');
    /** @type {Set<import('./handles.cjs').Handle>} */
    this.held = new Set();
  }

  /**
   * @param {object} real the function
   * @param {{a: number, cnt: number}} state
   * @param {Function} below as for `takeStack`
   */
  made(real, state, below) {
    const { handles } = this;
    handles.make(this.shape, real, Number(state.a), undefined, below);
    const handle = getHandle(real);
    if (handle === undefined) return;
    handle.state = state;
    setHandle(state, handle);
    this.held.add(handle);
  }

  /** @param {object} state that glue has done with */
  dropped(state) {
    const handle = getHandle(state);
    if (handle === undefined) return;
    this.held.delete(handle);
    this.handles.drop(handle);
  }

  /** Finds those that Rust has dropped. */
  look() {
    for (const handle of this.held) {
      if (handle.isHeld && handle.state.cnt === 0) this.handles.drop(handle);
      if (!handle.isHeld) this.held.delete(handle);
    }
  }
}

module.exports = { Closures, isForClosures };
