'use strict';

/**
 * What an event costs: a module that calls functions that do nothing, against
 * the same module with those of the hook, in turns, in one process. Includes
 * the call from wasm and writing the file. With /dev/null as the file, the rest
 * can be told from what the disk costs.
 *
 *     node bench/hook.cjs [events per round] [file]
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'unfreed-bench-'));
const file = process.argv[3] ?? path.join(folder, 'bench.unfreed');
fs.writeFileSync(file, Buffer.alloc(16));
process.on('exit', () => fs.rmSync(folder, { recursive: true }));

const Original = WebAssembly.Instance;
process.env.UNFREED_RECORDING = JSON.stringify({ file, binary: process.execPath, cache: folder });
require('../src/hook.cjs');

const EVENTS = Number(process.argv[2] ?? 3_000_000);
const ROUNDS = 9;
const modules = path.join(__dirname, '..', 'fixtures', 'modules');
const load = (name) => new WebAssembly.Module(fs.readFileSync(path.join(modules, name)));
const memory = new WebAssembly.Memory({ initial: 1, maximum: 100, shared: true });
const env = { step() {}, memory };
const nothing = { allocate() {}, free() {}, begin_reallocate() {}, end_reallocate() {}, grow() {} };

/** @param {() => void} round */
function time(round) {
  const begin = process.hrtime.bigint();
  round();
  const elapsed = Number(process.hrtime.bigint() - begin) / EVENTS;
  if (fs.statSync(file).isFile()) fs.truncateSync(file, 16);
  return elapsed;
}

function compare(title, name, contexts) {
  const module = load(name);
  const without = new Original(module, { env, unfreed: nothing }).exports;
  const recorded = new WebAssembly.Instance(module, { env }).exports;
  const each = Math.floor(EVENTS / contexts);
  const call = (exports) => () => {
    for (let context = 1; context <= contexts; context += 1) exports.allocate(each, Math.imul(context, 0x9e3779b1));
  };
  const times = { without: [], recorded: [] };
  call(recorded)();
  for (let round = 0; round < ROUNDS; round += 1) {
    times.without.push(time(call(without)));
    times.recorded.push(time(call(recorded)));
  }
  const median = (list) => list.sort((a, b) => a - b)[ROUNDS >> 1];
  const [a, b] = [median(times.without), median(times.recorded)];
  console.log(`${title}: no-op import ${a.toFixed(1)} ns, recorded ${b.toFixed(1)} ns/event, ratio ${(b / a).toFixed(2)}`);
}

compare('one context', 'heap.rewritten.wasm', 1);
compare('1000 contexts', 'heap.rewritten.wasm', 1000);
compare('shared memory', 'shared.rewritten.wasm', 1000);
