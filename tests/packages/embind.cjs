'use strict';

/**
 * Makes handles of clipper2-wasm, whose glue is embind's, and does with them all that
 * can be done. With COUNTS set to a file, the glue is one patched by hand, and what was
 * made and deleted of each class is written there.
 */

const fs = require('node:fs');
const path = require('node:path');

const file = require.resolve('clipper2-wasm');
const counts = {};

function counted() {
  const count = (handle, what) => {
    const of = (counts[handle.$$.ptrType.registeredClass.name] ??= { made: 0, deleted: 0 });
    of[what] += 1;
    return handle;
  };
  let source = fs.readFileSync(file, 'utf8');
  for (const [from, to] of [
    ['Object.create(prototype,{$$:{value:record,writable:true}})', '__made($&)'],
    ['Object.create(Object.getPrototypeOf(this),{$$:{value:shallowCopyInternalPointer(this.$$)}})', '__made($&)'],
    ['detachFinalizer(this);', '$&__deleted(this);'],
  ]) {
    if (source.split(from).length !== 2) throw new Error(`not once in the glue: ${from}`);
    source = source.replace(from, to);
  }
  const module = { exports: {} };
  const scope = { module, exports: module.exports, require, __filename: file, __dirname: path.dirname(file) };
  scope.__made = (handle) => count(handle, 'made');
  scope.__deleted = (handle) => count(handle, 'deleted');
  new Function(...Object.keys(scope), source)(...Object.values(scope));
  return module.exports;
}

const load = process.env.COUNTS ? counted() : require('clipper2-wasm');

async function collect() {
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

function square(M, size) {
  const path64 = new M.Path64();
  for (const [x, y] of [[0, 0], [size, 0], [size, size], [0, size]]) {
    const point = new M.Point64(BigInt(x), BigInt(y), 0n);
    path64.push_back(point);
    point.delete();
  }
  return path64;
}

function intersect(M, round) {
  const subject = new M.Paths64();
  const clip = new M.Paths64();
  for (const [paths, size] of [[subject, 100], [clip, 10 + round]]) {
    const one = square(M, size);
    paths.push_back(one);
    one.delete();
  }
  const found = M.Intersect64(subject, clip, M.FillRule.NonZero);
  const [shared] = [found.clone()];
  found.delete();
  const first = shared.get(0);
  console.log(round, shared.size(), first.size(), M.AreaPath64(first));
  for (const handle of [first, shared, subject, clip]) handle.delete();
}

/** Two that are forgotten, and one of which only a clone is. */
function forget(M) {
  square(M, 5);
  square(M, 6);
  const half = new M.Paths64();
  half.clone();
  half.delete();
}

async function main() {
  const M = await load();
  globalThis.kept = [];
  for (let round = 1; round <= 6; round += 1) {
    globalThis.unfreed?.mark(`round ${round}`);
    intersect(M, round);
    forget(M);
    const kept = new M.Paths64();
    globalThis.kept.push(kept, kept.clone());
    await collect();
  }
  const deleted = square(M, 1);
  deleted.delete();
  try {
    deleted.delete();
  } catch (error) {
    console.log(error.message, error.stack.split('\n').length, deleted.isDeleted());
  }
  new M.Point64(1n, 2n, 3n);
  if (process.env.COUNTS) fs.writeFileSync(process.env.COUNTS, JSON.stringify(counts));
}

main();
