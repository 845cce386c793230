// Runs a build: node run.mjs BUILD [ROUNDS]. Prints what the module computed.
import { readFileSync } from 'node:fs';

const [build, rounds = 12] = process.argv.slice(2);
const file = new URL(`${build}/app.wasm`, import.meta.url);
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)));
exports._initialize();
let sum = 0;
for (let round = 1; round <= rounds; round++) {
  globalThis.unfreed?.mark(`round ${round}`);
  sum += exports.round(round);
}
globalThis.unfreed?.mark('end of rounds');
console.log(sum);
