'use strict';

/**
 * `WebAssembly.compileStreaming` and `instantiateStreaming`: a response that the
 * engine would accept is read whole, and the engine gets a response with the
 * rewritten bytes. All others go to the originals, which say what is wrong.
 */

const { importsAnything } = require('./sections.cjs');
const { isObject } = require('./imports.cjs');

// Getting the class loads all of fetch, so only the getter is kept.
const responseProperty = Object.getOwnPropertyDescriptor(globalThis, 'Response');

/** @returns {typeof Response | undefined} the class of Node, whatever the program has put in its place */
function responseClass() {
  return responseProperty?.get ? Reflect.apply(responseProperty.get, globalThis, []) : responseProperty?.value;
}

/**
 * @param {unknown} source
 * @returns {boolean} whether the engine would take the module from it
 */
function isUsable(source) {
  const Response = responseClass();
  if (Response === undefined || !(source instanceof Response)) return false;
  if (!source.ok || source.bodyUsed || source.body?.locked) return false;
  return source.headers.get('content-type') === 'application/wasm';
}

/**
 * @param {Uint8Array} bytes
 * @param {Response} response that they came in
 */
function responseOf(bytes, response) {
  const Response = responseClass();
  return new Response(bytes, { status: response.status, headers: { 'content-type': 'application/wasm' } });
}

/**
 * @param {typeof WebAssembly} wasm
 * @param {object} hooked the `Hooked` of webassembly.cjs
 * @param {(object: object, key: string, value: unknown) => void} replace
 */
function installStreaming(wasm, hooked, replace) {
  const { compileStreaming, instantiateStreaming } = wasm;
  if (typeof compileStreaming !== 'function' || typeof instantiateStreaming !== 'function') return;

  /** What to give to an original: `response` instead of the program's, `rewritten` if it is. */
  async function receive(source, below) {
    const given = await source;
    if (!isUsable(given)) return { response: given, rewritten: null };
    const bytes = new Uint8Array(await given.arrayBuffer());
    const rewritten = hooked.thread.rewriter.rewrite(bytes, below);
    return { response: responseOf(rewritten?.bytes ?? bytes, given), rewritten };
  }

  replace(wasm, 'compileStreaming', new Proxy(compileStreaming, {
    async apply(target, self, [source, ...rest]) {
      const { response } = await receive(source, this.apply);
      return Reflect.apply(target, self, [response, ...rest]);
    },
  }));

  replace(wasm, 'instantiateStreaming', new Proxy(instantiateStreaming, {
    async apply(target, self, [source, imports, ...rest]) {
      if (imports !== undefined && !isObject(imports)) {
        return Reflect.apply(target, self, [source, imports, ...rest]);
      }
      const { response, rewritten } = await receive(source, this.apply);
      if (rewritten === null) return Reflect.apply(target, self, [response, imports, ...rest]);
      if (imports === undefined && importsAnything(rewritten.original)) {
        return Reflect.apply(target, self, [responseOf(rewritten.original, response), imports, ...rest]);
      }
      const prepared = hooked.prepareFor(rewritten.id, imports);
      const promise = Reflect.apply(target, self, [response, prepared.imports, ...rest]);
      return hooked.whenMade(prepared, promise, (result) => result.instance);
    },
  }));
}

module.exports = { installStreaming };
