'use strict';

/**
 * Exports whose calls are marks. The engine's exports object is frozen, so an
 * instance that has such an export shows another one: frozen too, with the same
 * keys and values but for those functions. Only used when asked for.
 */

/**
 * @param {import('./start.cjs').Thread} thread
 * @param {typeof WebAssembly.Instance} InstanceClass
 * @param {() => object} exportsGetter the engine's
 * @returns {(instance: object) => void} to be called with each new instance
 */
function createOwnExports(thread, InstanceClass, exportsGetter) {
  const names = new Set(thread.config.mark_calls ?? []);
  if (names.size === 0) return () => {};
  /** @type {WeakMap<object, object>} */
  const replaced = new WeakMap();
  const property = Object.getOwnPropertyDescriptor(InstanceClass.prototype, 'exports');
  const get = new Proxy(exportsGetter, {
    apply: (target, self, args) => replaced.get(self) ?? Reflect.apply(target, self, args),
  });
  Object.defineProperty(InstanceClass.prototype, 'exports', { ...property, get });

  return function showOwn(instance) {
    const real = Reflect.apply(exportsGetter, instance, []);
    if (!Object.keys(real).some((key) => names.has(key) && typeof real[key] === 'function')) return;
    const shown = Object.create(null);
    for (const key of Object.keys(real)) {
      const value = real[key];
      shown[key] = names.has(key) && typeof value === 'function' ? marked(key, value) : value;
    }
    replaced.set(instance, Object.freeze(shown));
  };

  function marked(name, original) {
    return new Proxy(original, {
      apply(target, self, args) {
        thread.mark(name);
        return Reflect.apply(target, self, args);
      },
    });
  }
}

module.exports = { createOwnExports };
