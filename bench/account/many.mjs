// 10 million events that leave 1 million blocks live.
import { readFileSync } from 'node:fs';

const module_ = new WebAssembly.Module(readFileSync(new URL('../../tests/leaks/plain.wasm', import.meta.url)));
const { exports } = new WebAssembly.Instance(module_);
exports._initialize?.();
const LIVE = 1_000_000;
const ROUNDS = 10;
for (let round = 0; round < ROUNDS; round += 1) {
  globalThis.unfreed?.mark(`round ${round}`);
  for (let block = 0; block < LIVE / ROUNDS; block += 1) {
    exports.forget(block);
    // Four and a half.
    for (let more = 0; more < 4 + (block & 1); more += 1) exports.tidy(more);
  }
}
