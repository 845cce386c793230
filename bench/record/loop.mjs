// Nanoseconds per allocation or free, each in a loop of nothing else: the
// fastest of many rounds, each short enough to be left alone by the system and
// long enough to have dozens of writes to the file.
import { readFileSync } from 'node:fs';

const EVENTS = 100_000;
const ROUNDS = 60;

function fastest(loop) {
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round += 1) {
    const begin = performance.now();
    loop(EVENTS / 2);
    best = Math.min(best, performance.now() - begin);
  }
  return (best * 1e6) / EVENTS;
}

const load = (name) =>
  new WebAssembly.Instance(new WebAssembly.Module(readFileSync(new URL(name, import.meta.url)))).exports;
const own = load('loop.wasm');
const shared = load('loop-shared.wasm');
console.log(JSON.stringify({ one: fastest(own.one), many: fastest(own.many), shared: fastest(shared.many) }));
