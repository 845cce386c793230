'use strict';

/**
 * Sees handles of glue whose source nobody could patch, by the registries in
 * which glue has them: of each class one, whose callback calls the export that
 * frees. Registering tells what is made, and unregistering what is given up. That
 * it was by `free` is told by the class's own `free`, replaced when its first object comes.
 */

const { getHandle } = require('./stamp.cjs');
const { Shape } = require('./handles.cjs');
const { Closures, isForClosures } = require('./closures.cjs');
const { nameOf } = require('./patch.cjs');
const { replace } = require('../webassembly.cjs');

const { toString } = Function.prototype;

/** @returns {string} of a function; '' if it has none that can be read */
function sourceOf(callback) {
  if (typeof callback !== 'function') return '';
  try {
    return Reflect.apply(toString, callback, []);
  } catch {
    return '';
  }
}

/**
 * @param {object} registry
 * @param {string} free
 * @param {import('./handles.cjs').Handles} handles
 */
function watchClass(registry, free, handles) {
  /** @type {Shape | null} */
  let shape = null;

  function see(object, pointer) {
    if (getHandle(object)?.isHeld) {
      // The class is patched, and tells itself.
      if (shape === null) untell(registry);
      return;
    }
    shape ??= newShape(object, free, handles);
    handles.make(shape, object, Number(pointer), undefined, see);
  }

  tell(
    registry,
    (object, pointer) => see(object, pointer),
    (object) => handles.giveUp(object),
  );
}

/**
 * @param {object} registry of closures
 * @param {import('./handles.cjs').Handles} handles
 */
function watchClosures(registry, handles) {
  handles.closures ??= new Closures(handles);
  const { closures } = handles;
  tell(
    registry,
    function registered(real, state) {
      closures.made(real, state, registered);
    },
    (state) => closures.dropped(state),
  );
}

/**
 * @param {object} registry
 * @param {(object: object, value: unknown) => void} registered
 * @param {(token: object) => void} unregistered
 */
function tell(registry, registered, unregistered) {
  for (const [key, told] of [['register', registered], ['unregister', unregistered]]) {
    const value = new Proxy(registry[key], {
      apply(target, self, args) {
        const result = Reflect.apply(target, self, args);
        attempt(() => told(args[0], args[1]));
        return result;
      },
    });
    Object.defineProperty(registry, key, { value, writable: true, configurable: true });
  }
}

/** Leaves a registry as it was. */
function untell(registry) {
  delete registry.register;
  delete registry.unregister;
}

/** What is done for the recording alone must not trouble the program. */
function attempt(act) {
  try {
    act();
  } catch {
    // Then the handle is not recorded.
  }
}

function newShape(object, free, handles) {
  const prototype = Object.getPrototypeOf(object);
  const original = prototype.free;
  const proxy = new Proxy(original, {
    apply(target, self, args) {
      attempt(() => handles.free(self));
      return Reflect.apply(target, self, args);
    },
  });
  replace(prototype, 'free', proxy);
  // Newer glue has the same function there; a method of its own calls `free`.
  if (Symbol.dispose && prototype[Symbol.dispose] === original) replace(prototype, Symbol.dispose, proxy);
  return new Shape({ name: nameOf(prototype.constructor?.name ?? '', free), free }, '');
}

/**
 * @param {import('./handles.cjs').Handles} handles
 * @param {typeof globalThis} realm whose registries are watched
 */
function hookRegistries(handles, realm = globalThis) {
  const { FinalizationRegistry } = realm;
  const proxy = new Proxy(FinalizationRegistry, {
    construct(target, args, newTarget) {
      const registry = Reflect.construct(target, args, newTarget);
      const source = sourceOf(args[0]);
      const free = /\b__wbg_[\w$]+_free\b/.exec(source)?.[0];
      if (free !== undefined) attempt(() => watchClass(registry, free, handles));
      else if (isForClosures(source)) attempt(() => watchClosures(registry, handles));
      return registry;
    },
  });
  replace(FinalizationRegistry.prototype, 'constructor', proxy);
  replace(realm, 'FinalizationRegistry', proxy);
}

module.exports = { hookRegistries };
