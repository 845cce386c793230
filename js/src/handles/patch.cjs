'use strict';

/**
 * Recognises glue in a source and has it tell the life of its handles; for that of
 * Emscripten see embind-patch.cjs. In classes of wasm-bindgen, what is said of a handle is an assignment to its
 * pointer: of a value where it is made, of 0 where it is given up. So
 *
 *     obj.__wbg_ptr = ptr;      becomes  obj.__wbg_ptr = __unfreed_handle(obj,ptr,0,wasm);
 *     this.__wbg_ptr = 0;       becomes  this.__wbg_ptr = __unfreed_handle(this,0,0);
 *     free() {                  becomes  free() {__unfreed_handle(this,-1,0);
 *     heap.push(undefined,      becomes  __unfreed_slab(heap).push(undefined,
 *
 * with the class's number last. All stays on its line. The functions are declared
 * at the end, where they move nothing, and give back what they are for whatever happens.
 */

const vm = require('node:vm');
const { Code } = require('./code.cjs');
const { findEmbind, patchEmbind, mayHaveEmbind, CALL: EMBIND } = require('./embind-patch.cjs');

// The program may replace it.
const { Script } = vm;

/** The functions that patched sources call. */
const CALL = '__unfreed_handle';
const SLAB = '__unfreed_slab';
/** What glue puts first into its array of JS values. */
const HEAP = /(?<![.\w$])([A-Za-z_$][\w$]*)\.push\(\s*(?:undefined|void 0)\s*,\s*null\s*,\s*(?:true|!0)\s*,\s*(?:false|!1)\s*\)/g;
/** Where patched sources find the recorder. */
const KEY = 'unfreed handles';

/**
 * A class of handles as the source has it.
 * @typedef {object} ClassShape
 * @property {string} name
 * @property {string | null} free the export that frees one
 */

/**
 * @typedef {object} Insertion
 * @property {number} at
 * @property {string} text
 */

/**
 * A cheap test: nearly all sources fail it.
 * @param {string | Buffer} source
 */
function mayHaveGlue(source) {
  return source.includes('__wbindgen_') || source.includes('__wbg_') || mayHaveEmbind(source);
}

/**
 * @param {string} source of a script or module
 * @param {string} place what the recorder knows the source by
 * @returns {{source: string, classes: ClassShape[], embind: import('./embind-patch.cjs').EmbindShape[]} | null} null: nothing to patch
 */
function patch(source, place) {
  const wanted = [...source.matchAll(/(?<![.\w$])__destroy_into_raw\s*\(\s*\)\s*\{/g)].map((found) => found.index);
  const heaps = [...source.matchAll(HEAP)];
  const embind = findEmbind(source);
  if (wanted.length + heaps.length + embind.length === 0 || source.includes(CALL)) return null;
  const code = new Code(source, wanted);
  /** @type {ClassShape[]} */
  const classes = [];
  /** @type {Insertion[]} */
  const all = [];
  for (const found of code.places) {
    const insertions = patchClass(code, found, classes.length);
    if (insertions === null || !parses(source, found, insertions)) continue;
    classes.push(shapeOf(source, found));
    all.push(...insertions);
  }
  for (const heap of heaps.filter((found) => code.isCode(found.index))) {
    all.push({ at: heap.index, text: `${SLAB}(` }, { at: heap.index + heap[1].length, text: ')' });
  }
  const { shapes, insertions } = patchEmbind(code, embind);
  all.push(...insertions);
  if (all.length === 0) return null;
  all.sort((a, b) => a.at - b.at);
  return { source: `${insert(source, 0, source.length, all)}\n${declaration(place)}`, classes, embind: shapes };
}

/**
 * @param {Code} code
 * @param {import('./code.cjs').Place} found its `__destroy_into_raw`
 * @param {number} number of the class
 * @returns {Insertion[] | null} null: not the shape of a class of handles
 */
function patchClass(code, found, number) {
  const { source } = code;
  const body = source.slice(found.open, found.close);
  const property = /this\.([\w$]+)\s*=\s*0\b/.exec(body.slice(found.at - found.open))?.[1];
  if (property === undefined || !/\bclass\b[^{}()]*$/.test(source.slice(Math.max(found.open - 300, 0), found.open))) return null;
  const wasm = exportsOf(body);
  const insertions = [];
  const assignment = new RegExp(`(?<![\\w$.])([A-Za-z_$][\\w$]*)\\.${property.replaceAll('$', '\\$')}\\s*=(?![=>])\\s*`, 'g');
  for (const assigned of body.matchAll(assignment)) {
    const from = found.open + assigned.index + assigned[0].length;
    const end = endOfExpression(code, from, found.close);
    if (!code.isCode(found.open + assigned.index) || end === from) continue;
    const givesUp = source.slice(from, end).trim() === '0';
    insertions.push({ at: from, text: `${CALL}(${assigned[1]},` });
    insertions.push({ at: end, text: givesUp || wasm === null ? `,${number})` : `,${number},${wasm})` });
  }
  for (const free of body.matchAll(/(?<![.\w$])free\s*\(\s*\)\s*\{/g)) {
    const at = found.open + free.index + free[0].length;
    if (code.isCode(found.open + free.index)) insertions.push({ at, text: `${CALL}(this,-1,${number});` });
  }
  return insertions.sort((a, b) => a.at - b.at);
}

/**
 * The name of the module's exports inside a class. A minifier may have given the same
 * name to a variable of a method; then it is used other than before a dot, and is not told.
 * @param {string} body
 */
function exportsOf(body) {
  const name = /(?<![\w$.])([\w$]+)\.__wbg_[\w$]+_free\b/.exec(body)?.[1];
  if (name === undefined) return null;
  if (name === 'wasm') return name;
  return new RegExp(`(?<![\\w$.])${name.replaceAll('$', '\\$')}(?![\\w$]|\\s*\\.)`).test(body) ? null : name;
}

/** @returns {number} where the expression ends that begins at `from` */
function endOfExpression(code, from, limit) {
  const { source } = code;
  let depth = 0;
  for (let at = from; at < limit; at += 1) {
    const char = source[at];
    if (!'()[]{},;\n'.includes(char) || !code.isCode(at)) continue;
    if ('([{'.includes(char)) depth += 1;
    else if (depth > 0) depth -= ')]}'.includes(char) ? 1 : 0;
    else if (char !== '\n' || /^\s*[\w$}/]/.test(source.slice(at, at + 200))) return at;
  }
  return from;
}

/** Whether a class still is one when it is patched: the code has been read without a parser. */
function parses(source, found, insertions) {
  try {
    // Compiled, never run. With a base, so that `super` is allowed.
    new Script(`(class extends Object ${insert(source, found.open, found.close + 1, insertions)})`);
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} source
 * @param {number} from
 * @param {number} to
 * @param {Insertion[]} insertions in order
 */
function insert(source, from, to, insertions) {
  let text = '';
  let at = from;
  for (const insertion of insertions) {
    text += source.slice(at, insertion.at) + insertion.text;
    at = insertion.at;
  }
  return text + source.slice(at, to);
}

/** @returns {ClassShape} */
function shapeOf(source, found) {
  const header = source.slice(Math.max(found.open - 300, 0), found.open);
  const written = /\bclass\s+([\w$]+)[^{}()]*$/.exec(header)?.[1] ?? '';
  const free = /__wbg_[\w$]+_free\b/.exec(source.slice(found.open, found.close))?.[0] ?? null;
  return { name: nameOf(written === 'extends' ? '' : written, free), free };
}

/**
 * Minifiers rename classes, and never exports; exports have the name in small letters.
 * @param {string} written name of the class in the source
 * @param {string | null} free the export that frees
 */
function nameOf(written, free) {
  const exported = free === null ? '' : free.slice('__wbg_'.length, -'_free'.length);
  const bare = written.replace(/^_+/, '');
  const plain = bare.replace(/\d+$/, '');
  for (const name of [written, bare, plain]) {
    if (name !== '' && name.toLowerCase() === exported) return name;
  }
  // Long names were not made by a minifier.
  return plain.length > 3 || exported === '' ? written || 'unnamed class' : exported;
}

function declaration(place) {
  const listener = `globalThis[Symbol.for(${JSON.stringify(KEY)})]?.(${JSON.stringify(place)})`;
  return (
    `var ${CALL}_to;function ${CALL}(object,pointer,number,wasm){` +
    `try{(${CALL}_to??=${listener}??(()=>{}))(object,pointer,number,wasm)}catch{}return pointer}` +
    `function ${EMBIND}(object,number,deleted){try{(${CALL}_to??=${listener}??(()=>{}))(object,deleted?-4:-3,number)}catch{}return object}` +
    `function ${SLAB}(heap){try{${listener}?.(heap,-2)}catch{}return heap}\n`
  );
}

module.exports = { patch, mayHaveGlue, nameOf, KEY };
