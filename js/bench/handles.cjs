'use strict';

/**
 * What a handle costs that is made and freed: glue whose allocator is a counter, as it
 * is and patched, in turns, in one process. Nearly all that is measured is the
 * recorder; in a program, a handle comes with calls to wasm.
 *
 *     node --expose-gc bench/handles.cjs [handles per round] [file]
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'unfreed-bench-'));
const file = process.argv[3] ?? path.join(folder, 'bench.unfreed');
fs.writeFileSync(file, Buffer.alloc(16));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));

const { FinalizationRegistry } = globalThis;
const { glue, LAYOUTS } = require('../fixtures/support/glue.cjs');
const { embind, LAYOUTS: EMBIND } = require('../fixtures/support/embind.cjs');

const HANDLES = Number(process.argv[2] ?? 200_000);
const ROUNDS = 9;

/** Glue without the hook: by the names that the hook has not replaced. */
function plain(source) {
  const module = { exports: {} };
  new Function('module', 'FinalizationRegistry', source)(module, FinalizationRegistry);
  return module.exports;
}

function patched(name, source) {
  const place = path.join(folder, name);
  fs.writeFileSync(place, source);
  return require(place);
}

const sources = {
  'wasm-bindgen without registry': [glue(LAYOUTS['0.2.80']), ({ Thing }) => new Thing().free()],
  'wasm-bindgen with registry': [glue(LAYOUTS['0.2.125']), ({ Thing }) => new Thing().free()],
  embind: [embind(EMBIND['3.1']), ({ Shape }) => new Shape().delete()],
  'embind, shared_ptr': [embind(EMBIND['3.1']), ({ Circle }) => Circle.shared().delete()],
};
const before = Object.values(sources).map(([source]) => plain(source));

process.env.UNFREED_RECORDING = JSON.stringify({ file, binary: process.execPath, cache: folder });
require('../src/hook.cjs');

/** @returns {number} nanoseconds of a handle */
function time(exports, live) {
  globalThis.gc?.();
  const begin = process.hrtime.bigint();
  for (let number = 0; number < HANDLES; number += 1) live(exports);
  const elapsed = Number(process.hrtime.bigint() - begin) / HANDLES;
  if (fs.statSync(file).isFile()) fs.truncateSync(file, 16);
  return elapsed;
}

Object.entries(sources).forEach(([title, [source, live]], index) => {
  const recorded = patched(`glue${index}.cjs`, source);
  const times = { without: [], recorded: [] };
  time(before[index], live);
  time(recorded, live);
  for (let round = 0; round < ROUNDS; round += 1) {
    times.without.push(time(before[index], (exports) => live(exports)));
    times.recorded.push(time(recorded, (exports) => live(exports)));
  }
  const median = (list) => list.sort((a, b) => a - b)[ROUNDS >> 1];
  const [a, b] = [median(times.without), median(times.recorded)];
  console.log(`${title}: ${a.toFixed(0)} ns, recorded ${b.toFixed(0)} ns a handle, ${(b - a).toFixed(0)} ns more`);
});
