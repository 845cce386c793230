'use strict';

/**
 * Loaders of the program: those of `--experimental-loader` and `module.register`. In some
 * Nodes (22.15 to 22.23 at least) modules cannot be loaded when there are hooks of
 * `module.registerHooks` beside them, neither in the thread that Node starts for loaders nor,
 * in some, in any other. So the hook gives its own up.
 */

const Module = require('node:module');
const { getEnvironmentData, setEnvironmentData, isInternalThread } = require('node:worker_threads');
const { callHidden } = require('../stack.cjs');
const { replace } = require('../webassembly.cjs');

/** Says to the workers of a thread that it has loaders, which are theirs, too. */
const LOADERS = '\u0000unfreed loaders';

/** Options of Node that add loaders, or modules that may: tsx comes by `--import`. */
const OPTION = /(?:^|\s)--(?:(?:experimental-)?loader|import)(?:[=\s]|$)/;

/** @returns {boolean} whether the thread begins with loaders, or may, or is the one that has them */
function hasLoaders() {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ''];
  return isInternalThread === true || getEnvironmentData(LOADERS) === true || options.some((option) => OPTION.test(option));
}

/** @param {() => void} act called before the program's first loader is there */
function whenLoaderComes(act) {
  let isFirst = true;
  function register(target, self, args) {
    if (isFirst) {
      isFirst = false;
      setEnvironmentData(LOADERS, true);
      act();
    }
    return callHidden(() => Reflect.apply(target, self, args), register);
  }
  replace(Module, 'register', new Proxy(Module.register, { apply: register }));
}

module.exports = { hasLoaders, whenLoaderComes };
