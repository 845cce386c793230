// Compiles a program of o1js and proves with it in a loop, as a service does.
// PROOFS and WORKERS may be set in the environment.
import { createRequire } from 'node:module';
import { Field, Poseidon, ZkProgram, setNumberOfWorkers } from 'o1js';

const require = createRequire(import.meta.url);
const wasm = require('./node_modules/o1js/dist/node/bindings/compiled/_node_bindings/plonk_wasm.cjs');

const proofs = Number(process.env.PROOFS ?? 10);
if (process.env.WORKERS) setNumberOfWorkers(Number(process.env.WORKERS));

const HASHES = 50;
const Chain = ZkProgram({
  name: 'hash-chain',
  publicInput: Field,
  publicOutput: Field,
  methods: {
    hash: {
      privateInputs: [],
      async method(start) {
        let last = start;
        for (let i = 0; i < HASHES; i++) last = Poseidon.hash([last]);
        return { publicOutput: last };
      },
    },
  },
});

/** Says what the memory's size is. @param {string} when */
function show(when) {
  const mebibytes = wasm.get_memory_byte_length() / 2 ** 20;
  console.log(`${when}: linear memory ${mebibytes.toFixed(2)} MiB`);
}

await Chain.compile();
show('compiled');
for (let i = 1; i <= proofs; i++) {
  globalThis.unfreed?.mark(`proof ${i}`);
  const { proof } = await Chain.hash(Field(i));
  if (!(await Chain.verify(proof))) throw new Error(`proof ${i} does not verify`);
  show(`proof ${i}`);
}
process.exit(0);
