'use strict';

/**
 * A context of `node:vm` has a global object, and a `WebAssembly` and a `FinalizationRegistry`,
 * of its own: jest runs each test file in one. The hook is put in front of those too, as soon
 * as there is a context.
 */

const vm = require('node:vm');
const { install, replace } = require('./webassembly.cjs');
const { hookRegistries } = require('./handles/registry.cjs');

// The program may replace these.
const { createContext, isContext, runInContext } = vm;

/** What options for creating a context are called by the functions that also run code in it. */
const CREATION = {
  contextName: 'name',
  contextOrigin: 'origin',
  contextCodeGeneration: 'codeGeneration',
  microtaskMode: 'microtaskMode',
};

/** @param {unknown} options of a function that runs code */
function creationOptions(options) {
  if (typeof options !== 'object' || options === null) return {};
  const given = Object.entries(CREATION).filter(([key]) => options[key] !== undefined);
  return Object.fromEntries(given.map(([key, name]) => [name, options[key]]));
}

/** @param {import('./start.cjs').Thread} thread */
function hookRealms(thread) {
  const hooked = new WeakSet([WebAssembly]);

  function hookRealm(context) {
    try {
      // This is the program's own object if it has put one there.
      const wasm = runInContext('WebAssembly', context);
      if (hooked.has(wasm)) return;
      hooked.add(wasm);
      install(wasm, thread);
      const realm = runInContext('globalThis', context);
      if (realm.FinalizationRegistry !== globalThis.FinalizationRegistry) hookRegistries(thread.handles, realm);
    } catch {
      // No WebAssembly or registries there, or objects of the program that are unlike them.
    }
  }

  /** Runs code in a context that exists before. */
  function inNewContext(target, self, args, index) {
    const given = args[index];
    if (given !== undefined && (typeof given !== 'object' || given === null || isContext(given))) {
      return Reflect.apply(target, self, args);
    }
    let context;
    try {
      context = createContext(given, creationOptions(args[index + 1]));
    } catch {
      // The original says best what is wrong.
      return Reflect.apply(target, self, args);
    }
    hookRealm(context);
    const withContext = [...args];
    withContext[index] = context;
    return Reflect.apply(target, self, withContext);
  }

  replace(vm, 'createContext', new Proxy(createContext, {
    apply(target, self, args) {
      const known = typeof args[0] === 'object' && args[0] !== null && isContext(args[0]);
      const context = Reflect.apply(target, self, args);
      if (!known) hookRealm(context);
      return context;
    },
  }));
  replace(vm, 'runInNewContext', new Proxy(vm.runInNewContext, {
    apply: (target, self, args) => inNewContext(target, self, args, 1),
  }));
  replace(vm.Script.prototype, 'runInNewContext', new Proxy(vm.Script.prototype.runInNewContext, {
    apply: (target, self, args) => inNewContext(target, self, args, 0),
  }));
}

module.exports = { hookRealms };
