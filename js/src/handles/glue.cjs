'use strict';

/** Patches glue while Node loads it, and is called by what it has patched. */

const fs = require('node:fs');
const Module = require('node:module');
const { fileURLToPath } = require('node:url');
const { patch, mayHaveGlue, KEY } = require('./patch.cjs');
const { Shape } = require('./handles.cjs');
const { Embind } = require('./embind.cjs');
const { hasLoaders, whenLoaderComes } = require('./loaders.cjs');
const { hookModuleSources } = require('./module-sources.cjs');

// The program may replace it.
const { readFileSync } = fs;

/** Formats of sources that may be glue: without one is what `require` loads of a package that has no `type`. */
const FORMATS = new Set(['module', 'commonjs', undefined, null]);

/** Patched sources of one thread. */
class Glue {
  /** @param {import('./handles.cjs').Handles} handles */
  constructor(handles) {
    this.handles = handles;
    /** @type {Map<string, {classes: import('./patch.cjs').ClassShape[], embind: import('./embind-patch.cjs').EmbindShape[]}>} */
    this.found = new Map();
  }

  /**
   * @param {string} source
   * @param {string} place file or URL
   * @returns {string} patched, or as it was
   */
  patched(source, place) {
    try {
      if (!mayHaveGlue(source)) return source;
      const done = patch(source, place);
      if (done === null) return source;
      this.found.set(place, { classes: done.classes, embind: done.embind });
      return done.source;
    } catch {
      return source;
    }
  }

  /**
   * What the function in a patched source calls.
   * @param {string} place
   */
  listener(place) {
    const { handles } = this;
    const { classes, embind } = this.found.get(place) ?? { classes: [], embind: [] };
    const shapes = classes.map((shape) => new Shape(shape, place));
    return function listen(object, pointer, number, wasm) {
      if (pointer === -3) handles.embind.made(embind[number], place, object, listen);
      else if (pointer === -4) handles.embind.deleted(embind[number], object);
      else if (pointer === -2) handles.slabs.addHeap(object, place);
      else if (pointer === -1) handles.free(object);
      else if (pointer === 0) handles.giveUp(object);
      else handles.make(shapes[number], object, pointer, wasm, listen);
    };
  }
}

/**
 * Has modules of CommonJS patched. Every module is compiled by `_compile` of the
 * prototype, and a function in its place would stand in all stacks of modules being
 * loaded. So it is looked up by a getter, which answers with another function for glue only.
 * @param {Glue} glue
 */
function hookCommonJs(glue) {
  let compile = Module.prototype._compile;
  function compilePatched(content, filename, ...rest) {
    const given = typeof content === 'string' ? glue.patched(content, filename) : content;
    return Reflect.apply(compile, this, [given, filename, ...rest]);
  }
  Object.defineProperty(Module.prototype, '_compile', {
    get() {
      return isGlueFile(this?.filename) ? compilePatched : compile;
    },
    set(value) {
      if (this === Module.prototype) compile = value;
      else Object.defineProperty(this, '_compile', { value, writable: true, enumerable: true, configurable: true });
    },
    enumerable: true,
    configurable: true,
  });
}

/** @param {unknown} file that is about to be compiled, or `undefined` */
function isGlueFile(file) {
  if (typeof file !== 'string') return false;
  try {
    return mayHaveGlue(readFileSync(file));
  } catch {
    return false;
  }
}

/**
 * Has modules of both kinds patched, by hooks of Node that leave no trace on the stack.
 * Modules of CommonJS come here when their source is read, whoever asks for them.
 * @param {Glue} glue
 * @returns {{deregister: () => void}}
 */
function hookLoading(glue) {
  return Module.registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!FORMATS.has(loaded.format) || loaded.source == null) return loaded;
      const { source } = loaded;
      const text = typeof source === 'string' ? source : textOf(source);
      const patched = text === null ? null : glue.patched(text, placeOf(url));
      return patched === text ? loaded : { ...loaded, source: patched };
    },
  });
}

/**
 * @param {Glue} glue
 * @param {Buffer} bytes of a source
 * @param {URL} url
 * @returns {Buffer | string} as it was, or patched
 */
function patchedBytes(glue, bytes, url) {
  const text = textOf(bytes);
  const patched = text === null ? null : glue.patched(text, placeOf(url.href));
  return patched === text ? bytes : patched;
}

/**
 * @param {ArrayBuffer | Uint8Array} source
 * @returns {string | null} null: it has no glue
 */
function textOf(source) {
  const bytes = Buffer.from(source.buffer ?? source, source.byteOffset, source.byteLength);
  return mayHaveGlue(bytes) ? bytes.toString() : null;
}

function placeOf(url) {
  try {
    return fileURLToPath(url);
  } catch {
    return url;
  }
}

/** @param {import('./handles.cjs').Handles} handles */
function hookGlue(handles) {
  handles.embind = new Embind(handles);
  const glue = new Glue(handles);
  Object.defineProperty(globalThis, Symbol.for(KEY), { value: (place) => glue.listener(place), configurable: true });
  const hasHooks = typeof Module.registerHooks === 'function';
  if (!hasHooks) hookModuleSources((bytes, url) => patchedBytes(glue, bytes, url));
  if (!hasHooks || hasLoaders()) return hookCommonJs(glue);
  const hooks = hookLoading(glue);
  whenLoaderComes(() => {
    hooks.deregister();
    hookCommonJs(glue);
  });
}

module.exports = { hookGlue };
