'use strict';

/**
 * Puts the hook in front of `WebAssembly.Module`, `Instance`, `compile` and
 * `instantiate`. The replacements are proxies of the originals, so that names,
 * lengths, prototypes, `instanceof` and errors for wrong arguments stay the
 * originals' own.
 */

const { Instance } = require('./instances.cjs');
const { OURS, isObject } = require('./imports.cjs');
const { importsAnything } = require('./sections.cjs');
const { callHidden } = require('./stack.cjs');
const { installStreaming } = require('./streaming.cjs');
const { createOwnExports } = require('./exports.cjs');

const { then } = Promise.prototype;

/**
 * Replaces a property and keeps all else of it.
 * @param {object} object
 * @param {string} key
 * @param {unknown} value
 */
function replace(object, key, value) {
  const before = Reflect.getOwnPropertyDescriptor(object, key);
  Reflect.defineProperty(object, key, { ...before, value });
}

/**
 * Has something done when a promise is settled, before its user hears of it.
 * @template T
 * @param {Promise<T>} promise
 * @param {(value: T) => void} kept
 * @param {() => void} broken
 * @returns {Promise<T>}
 */
function onSettled(promise, kept, broken) {
  return Reflect.apply(then, promise, [
    (value) => {
      kept(value);
      return value;
    },
    (error) => {
      broken();
      throw error;
    },
  ]);
}

/** The originals, and what the replacements have in common. */
class Hooked {
  /**
   * @param {typeof WebAssembly} wasm
   * @param {import('./start.cjs').Thread} thread
   */
  constructor(wasm, thread) {
    this.thread = thread;
    this.Module = wasm.Module;
    this.customSections = wasm.Module.customSections;
    this.moduleImports = wasm.Module.imports;
    this.exportsGetter = Object.getOwnPropertyDescriptor(wasm.Instance.prototype, 'exports').get;
    this.ownExports = createOwnExports(thread, wasm.Instance, this.exportsGetter);
  }

  /**
   * @param {unknown} module
   * @returns {string | null} the id of a rewritten module, wherever it was compiled; null: another, or none
   */
  idOf(module) {
    try {
      const [section] = this.customSections(module, OURS);
      return section === undefined ? null : String(JSON.parse(Buffer.from(section).toString()).id);
    } catch {
      return null;
    }
  }

  /**
   * @param {unknown} module rewritten
   * @param {unknown} imports
   * @returns {boolean} whether the engine would refuse them for the original; it shall say so itself
   */
  refuses(module, imports) {
    if (imports !== undefined) return !isObject(imports);
    return this.moduleImports(module).some((entry) => entry.module !== OURS);
  }

  /**
   * @param {unknown} module
   * @param {unknown} imports
   * @returns {Instance | null} null: leave it to the original
   */
  prepare(module, imports) {
    const id = this.idOf(module);
    if (id === null || this.refuses(module, imports)) return null;
    return this.prepareFor(id, imports);
  }

  prepareFor(id, imports) {
    return new Instance(this.thread.ready(), id, imports);
  }

  /**
   * @param {Instance} prepared
   * @param {object} instance what the engine made of it
   */
  made(prepared, instance) {
    prepared.made(Reflect.apply(this.exportsGetter, instance, []));
    this.ownExports(instance);
  }

  /** Waits for the instance that a promise will give. */
  whenMade(prepared, promise, instanceOf) {
    return onSettled(
      promise,
      (result) => this.made(prepared, instanceOf(result)),
      () => prepared.describe(),
    );
  }
}

/**
 * @param {Hooked} hooked
 * @returns {ProxyHandler<typeof WebAssembly.Module>}
 */
function moduleHandler(hooked) {
  return {
    construct(target, args, newTarget) {
      const rewritten = hooked.thread.rewriter.rewrite(args[0], this.construct);
      const given = rewritten === null ? args : [rewritten.bytes, ...args.slice(1)];
      return callHidden(() => Reflect.construct(target, given, newTarget), this.construct);
    },
  };
}

/**
 * @param {Hooked} hooked
 * @returns {ProxyHandler<typeof WebAssembly.Instance>}
 */
function instanceHandler(hooked) {
  return {
    construct(target, args, newTarget) {
      const prepared = hooked.prepare(args[0], args[1]);
      const given = prepared === null ? args : [args[0], prepared.imports, ...args.slice(2)];
      try {
        const instance = callHidden(() => Reflect.construct(target, given, newTarget), this.construct);
        if (prepared !== null) hooked.made(prepared, instance);
        return instance;
      } catch (error) {
        prepared?.describe();
        throw error;
      }
    },
  };
}

/** @param {Hooked} hooked */
function compileHandler(hooked) {
  return {
    apply(target, self, args) {
      const rewritten = hooked.thread.rewriter.rewrite(args[0], this.apply);
      return Reflect.apply(target, self, rewritten === null ? args : [rewritten.bytes, ...args.slice(1)]);
    },
  };
}

/** @param {Hooked} hooked */
function instantiateHandler(hooked) {
  return {
    apply(target, self, args) {
      const [source, imports, ...rest] = args;
      const fromModule = hooked.prepare(source, imports);
      if (fromModule !== null) {
        const promise = Reflect.apply(target, self, [source, fromModule.imports, ...rest]);
        return hooked.whenMade(fromModule, promise, (instance) => instance);
      }
      const rewritten = hooked.thread.rewriter.rewrite(source, this.apply);
      if (rewritten === null) return Reflect.apply(target, self, args);
      const refused = imports === undefined ? importsAnything(rewritten.original) : !isObject(imports);
      if (refused) return Reflect.apply(target, self, args);
      const prepared = hooked.prepareFor(rewritten.id, imports);
      const promise = Reflect.apply(target, self, [rewritten.bytes, prepared.imports, ...rest]);
      return hooked.whenMade(prepared, promise, (result) => result.instance);
    },
  };
}

/**
 * Hides what the rewriter has added from those who ask what a module is.
 * @param {typeof WebAssembly.Module} Module the original
 */
function hideAdditions(Module) {
  const { imports, customSections } = Module;
  replace(Module, 'imports', new Proxy(imports, {
    apply(target, self, args) {
      const found = callHidden(() => Reflect.apply(target, self, args), this.apply);
      return found.filter((entry) => entry.module !== OURS);
    },
  }));
  replace(Module, 'customSections', new Proxy(customSections, {
    apply(target, self, args) {
      const found = callHidden(() => Reflect.apply(target, self, args), this.apply);
      return args[1] === OURS ? [] : found;
    },
  }));
}

/**
 * @param {typeof WebAssembly} wasm
 * @param {import('./start.cjs').Thread} thread
 */
function install(wasm, thread) {
  const hooked = new Hooked(wasm, thread);
  const { Module } = wasm;
  for (const [name, handler] of [['Module', moduleHandler(hooked)], ['Instance', instanceHandler(hooked)]]) {
    const original = wasm[name];
    const proxy = new Proxy(original, handler);
    replace(original.prototype, 'constructor', proxy);
    replace(wasm, name, proxy);
  }
  replace(wasm, 'compile', new Proxy(wasm.compile, compileHandler(hooked)));
  replace(wasm, 'instantiate', new Proxy(wasm.instantiate, instantiateHandler(hooked)));
  installStreaming(wasm, hooked, replace);
  hideAdditions(Module);
}

module.exports = { install, replace };
