// A loop of proofs that frees what it remembers to free.
//   node run.mjs [probes|by-hand|silent] [rounds]
import { createRequire } from 'node:module';

// The glue of o1js is older than the use of FinalizationRegistry: what is not
// freed by hand is never freed.
globalThis.FinalizationRegistry = undefined;

const [how = 'probes', rounds = '12'] = process.argv.slice(2);
const wasm = createRequire(import.meta.url)('./pkg/probes_o1js.js');
const memory = () => console.log(`@MEMORY wasm ${wasm.memory_bytes()}`);
const logs = how !== 'silent';
if (how === 'probes') wasm.log_by_probes();
if (how === 'by-hand') wasm.log_by_hand();

if (logs) memory();
const srs = new wasm.SrsHandle(8192);
const witness = Uint32Array.from({ length: 4096 }, (_, i) => (i * 2654435761) >>> 0);
let sum = 0n;
for (let round = 0; round < Number(rounds); round += 1) {
  if (logs) console.log(`@MARK proof ${round}`);
  const index = new wasm.Index(srs, 1024);
  const other = srs.another();
  // Freed: a proof that is given back by value.
  sum += wasm.verify(wasm.prove(index, other, witness));
  // Forgotten, as published: the proof that was only looked at...
  const proof = wasm.prove(index, other, witness);
  sum += wasm.check(proof);
  // ...one that was turned into a pointer, and the handle that it was made with.
  wasm.into_raw(wasm.prove(index, other, witness));
  index.free();
  if (logs) memory();
}
if (logs) console.log('@MARK end');
console.log(`sum ${(sum & 0xffffffffffffffffn).toString(16)}`);
