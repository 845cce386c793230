'use strict';

/**
 * What the hook gives to the engine in place of the program's import object.
 * The engine reads each import once, in the module's order, by two reads: of
 * the namespace and of the value. Both are passed on to the program's objects
 * as they come, so getters and proxies of the program see what they would see
 * without the hook.
 */

/** The import namespace and custom section of rewritten modules. */
const OURS = 'unfreed';

function nothing() {}

/** @param {unknown} value */
function isObject(value) {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/**
 * @param {unknown} imports of the program; undefined: none
 * @param {Record<string, Function>} functions of the hook
 * @param {(value: unknown) => void} seen is told each value that the module imports
 * @param {(name: string) => void} asked is told each function of the hook that it imports
 * @returns {object}
 */
function joinImports(imports, functions, seen, asked) {
  const own = new Proxy(Object.create(null), {
    get(_, name) {
      asked(name);
      // A newer rewriter may report more than this hook knows.
      return functions[name] ?? nothing;
    },
  });
  return new Proxy(Object.create(null), {
    get(_, namespace) {
      if (namespace === OURS) return own;
      const values = imports === undefined ? undefined : Reflect.get(imports, namespace);
      return isObject(values) ? watched(values, seen) : values;
    },
  });
}

/**
 * @param {object} values
 * @param {(value: unknown) => void} seen
 */
function watched(values, seen) {
  return new Proxy(Object.create(null), {
    get(_, name) {
      const value = Reflect.get(values, name);
      seen(value);
      return value;
    },
  });
}

module.exports = { joinImports, isObject, OURS };
