'use strict';

/**
 * Loaders of the program: those of `--experimental-loader` and `module.register`. In some
 * Nodes (22.15 to 22.23 at least) no module can be loaded when there are hooks of
 * `module.registerHooks` beside them, so the hook gives its own up.
 */

const Module = require('node:module');
const { getEnvironmentData, setEnvironmentData } = require('node:worker_threads');
const { callHidden } = require('../stack.cjs');
const { replace } = require('../webassembly.cjs');

/** Says to the workers of a thread that it has loaders, which are theirs, too. */
const LOADERS = '\u0000unfreed loaders';

/** @returns {boolean} whether the thread begins with loaders */
function hasLoaders() {
  const options = [...process.execArgv, process.env.NODE_OPTIONS ?? ''];
  return getEnvironmentData(LOADERS) === true || options.some((option) => /--(?:experimental-)?loader\b/.test(option));
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
