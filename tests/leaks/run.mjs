// Runs one case: node run.mjs CASE [ROUNDS]. Prints what the module computed.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { cases as ofHandles } from './handles.mjs';

function compile(module) {
  return new WebAssembly.Module(readFileSync(new URL(`${module}.wasm`, import.meta.url)));
}

function load(module) {
  const { exports } = new WebAssembly.Instance(compile(module));
  exports._initialize?.();
  return exports;
}

// Three pages in a round, none of which was asked for before.
function newPages(get, round) {
  return get(3 * round) + get(3 * round + 1) + get(3 * round + 2);
}

// The fourth round has the longest list.
function length(round) {
  return [20, 900, 40, 5000, 300, 10][(round - 1) % 6];
}

function filled() {
  const wasm = load('fragmentation');
  wasm.fill();
  return wasm;
}

function start({ threads, memory }) {
  const { exports } = new WebAssembly.Instance(threads, { env: { memory } });
  exports.__wbindgen_start();
  return exports;
}

// Starts a thread, as wasm-bindgen's do, and waits for its end.
async function inThread(shared, round, destroy) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { ...shared, round, destroy } });
  const ended = once(worker, 'exit');
  const [result] = await once(worker, 'message');
  await ended;
  return result;
}

function sharedModule() {
  const shared = {
    threads: compile('worker_stacks'),
    memory: new WebAssembly.Memory({ initial: 16, maximum: 16, shared: true }),
  };
  start(shared);
  return shared;
}

// What a case loads, and what it does in a round.
const cases = {
  'plain-leak': [() => load('plain'), (wasm, round) => wasm.forget(round)],
  'plain-freed': [() => load('plain'), (wasm, round) => wasm.tidy(round)],
  'plain-sometimes': [() => load('plain'), (wasm, round) => (round % 3 ? wasm.tidy : wasm.forget)(round)],
  'two-callers': [() => load('two_callers'), (wasm) => wasm.read_header() + wasm.read_body()],
  'delayed-free': [() => load('delayed'), (wasm, round) => wasm.keep(round)],
  'batch-freed': [() => load('delayed'), (wasm, round) => wasm.collect(round)],
  'cache-unbounded': [() => load('cache'), (wasm, round) => newPages(wasm.get_unbounded, round)],
  'cache-bounded': [() => load('cache'), (wasm, round) => newPages(wasm.get_bounded, round)],
  'rc-cycle': [() => load('rc_cycle'), (wasm, round) => wasm.cycle(round)],
  'rc-weak': [() => load('rc_cycle'), (wasm, round) => wasm.tree(round)],
  'box-forgotten': [() => load('forgotten_box'), (wasm, round) => Math.sign(wasm.open(round))],
  'box-closed': [() => load('forgotten_box'), (wasm, round) => wasm.close(wasm.open(round))],
  'vec-capacity': [() => load('vec_capacity'), (wasm, round) => wasm.keep_capacity(length(round))],
  'vec-shrunk': [() => load('vec_capacity'), (wasm, round) => wasm.shrink(length(round))],
  'fragmentation': [filled, (wasm, round) => wasm.replace(round)],
  'fragmentation-none': [filled, (wasm) => wasm.replace_same()],
  'huge-temporary': [() => load('huge_temporary'), (wasm, round) => wasm.sum(round === 5 ? 8192 : 16)],
  'realloc-growth': [() => load('realloc_growth'), (wasm, round) => wasm.append(round)],
  'realloc-truncated': [
    () => load('realloc_growth'),
    (wasm, round) => {
      const first = wasm.append(round) + wasm.append(round);
      wasm.truncate();
      return first;
    },
  ],
  'worker-stacks': [sharedModule, (shared, round) => inThread(shared, round, false)],
  'worker-stacks-freed': [sharedModule, (shared, round) => inThread(shared, round, true)],
  'second-module': [
    () => ({ main: load('plain'), plugin: load('plugin') }),
    ({ main, plugin }, round) => main.tidy(round) + Math.sign(plugin.draw(round)),
  ],
  'second-module-freed': [
    () => ({ main: load('plain'), plugin: load('plugin') }),
    ({ main, plugin }, round) => main.tidy(round) + (plugin.erase(plugin.draw(round)) ?? 0),
  ],
  'static-table': [() => load('static_table'), (wasm, round) => wasm.square(round)],
  'list-lost': [() => load('list'), (wasm) => wasm.lose(5)],
  'list-freed': [() => load('list'), (wasm) => wasm.use(5)],
  'interior-kept': [() => load('interior'), (wasm, round) => wasm.keep(round)],
  'interior-freed': [() => load('interior'), (wasm, round) => wasm.replace(round)],
  ...ofHandles,
};

if (isMainThread) {
  const [name, rounds = 12] = process.argv.slice(2);
  if (!Object.hasOwn(cases, name)) {
    console.error(`no case ${name}; there are: ${Object.keys(cases).join(' ')}`);
    process.exit(2);
  }
  const [setUp, inRound] = cases[name];
  const loaded = setUp();
  const results = [];
  for (let round = 1; round <= rounds; round++) {
    globalThis.unfreed?.mark(`round ${round}`);
    results.push(await inRound(loaded, round));
  }
  globalThis.unfreed?.mark('end of rounds');
  console.log(name, results.join(' '));
} else {
  const wasm = start(workerData);
  parentPort.postMessage(wasm.work(workerData.round));
  if (workerData.destroy) wasm.__wbindgen_thread_destroy();
}
