// Workers that share one memory, each with a stack and thread-locals of its own.
//   node run.mjs objects|heap LOG [workers] [rounds]
//   node run.mjs count - [workers] [rounds]
// Each line is appended by one synchronous write: console.log of a worker goes by way
// of the main thread, and so later.
import { openSync, readFileSync, writeSync } from 'node:fs';
import { Worker, isMainThread, workerData } from 'node:worker_threads';

const STACK = 1 << 18;
const bytes = readFileSync(new URL('./pkg/probes_threads.wasm', import.meta.url));

async function instantiate(memory, path) {
  const log = path === '-' ? undefined : openSync(path, 'a');
  const text = new TextDecoder();
  const host = {
    write_line(at, length) {
      // A decoder takes no shared bytes.
      const line = text.decode(new Uint8Array(memory.buffer, at, length).slice());
      writeSync(log, `${line}\n`);
    },
  };
  const { instance } = await WebAssembly.instantiate(bytes, { env: { memory }, host });
  return instance.exports;
}

if (isMainThread) {
  const [how, path, workers = '4', rounds = '50'] = process.argv.slice(2);
  const memory = new WebAssembly.Memory({ initial: 64, maximum: 1024, shared: true });
  const wasm = await instantiate(memory, path);
  const places = Array.from({ length: Number(workers) }, () => ({
    stack: wasm.reserve(STACK, 16) + STACK,
    tls: wasm.reserve(wasm.__tls_size.value, wasm.__tls_align.value),
  }));
  ({ objects: wasm.log_objects, heap: wasm.log_heap, count: wasm.count_heap })[how]();
  // All begin at once, when the last one is ready.
  const gate = new Int32Array(new SharedArrayBuffer(4));
  const ended = places.map(
    (place) =>
      new Promise((resolve, reject) => {
        const worker = new Worker(new URL(import.meta.url), {
          workerData: { memory, path, gate, workers: Number(workers), rounds: Number(rounds), ...place },
        });
        worker.on('error', reject).on('exit', resolve);
      }),
  );
  await Promise.all(ended);
  wasm.clear_exchange();
  if (how === 'count') console.log(`${wasm.allocations()} ${wasm.live_bytes()}`);
  wasm.stop();
} else {
  const { memory, path, gate, workers, rounds, stack, tls } = workerData;
  const wasm = await instantiate(memory, path);
  wasm.__stack_pointer.value = stack;
  wasm.__wasm_init_tls(tls);
  if (Atomics.add(gate, 0, 1) === workers - 1) Atomics.notify(gate, 0);
  for (let ready; (ready = Atomics.load(gate, 0)) < workers; ) Atomics.wait(gate, 0, ready);
  wasm.work(rounds);
}
