'use strict';

/**
 * Recognises embind in Emscripten's glue and has its handles tell their life. All of them
 * keep what they own in one property, and each version and minifier leaves these places:
 *
 *     Object.create(prototype,{$$:{value:record}})        where one is made, by `clone` too
 *     Object.defineProperties(this,{$$:{value:$$}})       where a class of JS takes one over
 *     releaseClassHandle(this.$$)                         in `delete`, behind its checks
 *
 * The first two are put into `__unfreed_embind(…,0)`, and `this` of the last into
 * `__unfreed_embind(this,0,1)`, with the number of the shape. The properties have other names where
 * Closure was at work; they are read from code that has survived everywhere.
 */

const vm = require('node:vm');

// The program may replace it.
const { Script } = vm;

/** The function that patched sources call. */
const CALL = '__unfreed_embind';
/** A method that users of embind call, so that its name survives. */
const SIGN = 'isAliasOf';
/** Characters before `delete` gives up its pointer, in which it begins. */
const LONGEST_DELETE = 1000;

/**
 * Names of properties in a source. Those of the record: `record.pointer` and so on.
 * @typedef {object} EmbindShape
 * @property {string} record of the handle: `$$`
 * @property {string} pointer `ptr`
 * @property {string | null} smart `smartPtr`
 * @property {[string, string, string] | null} name `ptrType`, `registeredClass`, `name`
 * @property {[string, string] | null} count `count`, `value`
 */

/** @param {string | Buffer} source */
function mayHaveEmbind(source) {
  return source.includes(SIGN);
}

function escaped(name) {
  return name.replaceAll('$', '\\$');
}

/**
 * @param {string} source
 * @returns {{shape: EmbindShape, makes: number[], deletes: number[]}[]} `makes` where calls begin, `deletes` where `this` does
 */
function findEmbind(source) {
  if (!mayHaveEmbind(source)) return [];
  /** @type {Map<string, {pointer: string, deletes: number[]} | null>} by the record's name; null: several names of pointers */
  const records = new Map();
  // `isDeleted`
  for (const [, record, pointer] of source.matchAll(/\{\s*return\s*!\s*this\.([\w$]+)\.([\w$]+)\s*;?\s*\}/g)) {
    const before = records.get(record);
    if (before === null || before?.pointer === pointer) continue;
    const deletes = findDeletes(source, record, pointer);
    if (deletes.length > 0) records.set(record, before === undefined ? { pointer, deletes } : null);
  }
  const found = [];
  for (const [record, known] of records) {
    const makes = known === null ? [] : findMakes(source, record);
    if (makes.length > 0) found.push({ shape: shapeOf(source, record, known.pointer), makes, deletes: known.deletes });
  }
  return found;
}

/** The last of `delete` is to clear the pointer; where that is, it begins somewhat before. */
function findDeletes(source, record, pointer) {
  const own = `this\\.${escaped(record)}`;
  const cleared = new RegExp(`${own}\\.${escaped(pointer)}\\s*=\\s*(?:undefined|void 0)\\b`, 'g');
  const released = new RegExp(`this(?=\\.${escaped(record)}(?:(?![\\w$.])|\\.[\\w$]+\\.[\\w$]+\\s*-=\\s*1))|(?<=--\\s*)${own}\\.`);
  const places = [];
  for (const { index } of source.matchAll(cleared)) {
    const before = source.slice(Math.max(index - LONGEST_DELETE, 0), index);
    const begin = [...before.matchAll(/\(\s*\)\s*\{/g)].at(-1);
    if (begin === undefined) continue;
    const release = released.exec(before.slice(begin.index));
    if (release !== null) places.push(index - before.length + begin.index + release.index);
  }
  return places;
}

function findMakes(source, record) {
  const argument = '(?:[^{}();]|\\([^{}();]*\\))*';
  const callee = '(?<![\\w$.])(?:Object\\.(?:create|defineProperties)|[\\w$]+\\.call)';
  const make = new RegExp(`${callee}\\(${argument},\\s*\\{\\s*["']?${escaped(record)}["']?\\s*:\\s*\\{\\s*value\\s*:`, 'g');
  return [...source.matchAll(make)].map((found) => found.index);
}

/** @returns {EmbindShape} */
function shapeOf(source, record, pointer) {
  const own = `\\.${escaped(record)}\\.`;
  const smart = new RegExp(`this${own}([\\w$]+)\\s*=\\s*(?:undefined|void 0)\\s*[,;]\\s*this${own}${escaped(pointer)}\\s*=`).exec(source);
  const name = new RegExp(`${own}([\\w$]+)\\.([\\w$]+)\\.([\\w$]+)[\\s\\S]{0,200}? instance already deleted`).exec(source);
  const count = new RegExp(`this${own}([\\w$]+)\\.([\\w$]+)\\s*(?:\\+=\\s*1\\b|\\+\\+)`).exec(source);
  return {
    record,
    pointer,
    smart: smart?.[1] ?? null,
    name: name === null ? null : [name[1], name[2], name[3]],
    count: count === null ? null : [count[1], count[2]],
  };
}

/**
 * @param {import('./code.cjs').Code} code
 * @returns {{shapes: EmbindShape[], insertions: import('./patch.cjs').Insertion[]}}
 */
function patchEmbind(code, found) {
  /** @type {EmbindShape[]} */
  const shapes = [];
  /** @type {import('./patch.cjs').Insertion[]} */
  const insertions = [];
  for (const { shape, makes, deletes } of found) {
    const number = shapes.length;
    const own = [];
    for (const at of makes.filter((place) => code.isCode(place))) {
      const end = endOfCall(code, at);
      if (end < 0 || !parses(code.source.slice(at, end))) continue;
      own.push({ at, text: `${CALL}(` }, { at: end, text: `,${number})` });
    }
    const ends = deletes.filter((place) => code.isCode(place));
    if (own.length === 0 || ends.length === 0) continue;
    for (const at of ends) own.push({ at, text: `${CALL}(` }, { at: at + 'this'.length, text: `,${number},1)` });
    shapes.push(shape);
    insertions.push(...own);
  }
  return { shapes, insertions };
}

/** @returns {number} behind the parenthesis that ends the call that begins at `at`; -1: none does */
function endOfCall(code, at) {
  const { source } = code;
  let depth = 0;
  const bracket = /[()[\]{}]/g;
  bracket.lastIndex = at;
  for (let next = bracket.exec(source); next !== null; next = bracket.exec(source)) {
    if (!code.isCode(next.index)) continue;
    depth += '([{'.includes(next[0]) ? 1 : -1;
    if (depth === 0) return next.index + 1;
  }
  return -1;
}

/** Whether it is one call: the code has been read without a parser. */
function parses(call) {
  try {
    // Compiled, never run.
    new Script(`(function(){return ${CALL}(${call},0)})`);
    return true;
  } catch {
    return false;
  }
}

module.exports = { findEmbind, patchEmbind, mayHaveEmbind, CALL };
