// What every proof of o1js does, without the proof: start the thread pool, have
// it work, stop it. Everything that is created here is freed.
// CYCLES and WORKERS may be set in the environment.
import { createRequire } from 'node:module';

const o1js = './node_modules/o1js/dist/node';
const { initializeBindings, withThreadPool } = await import(`${o1js}/bindings.js`);
const { setNumberOfWorkers } = await import(`${o1js}/lib/proof-system/workers.js`);
const wasm = createRequire(import.meta.url)(`${o1js}/bindings/compiled/_node_bindings/plonk_wasm.cjs`);

const cycles = Number(process.env.CYCLES ?? 6);
setNumberOfWorkers(Number(process.env.WORKERS ?? 4));
await initializeBindings();
for (let cycle = 1; cycle <= cycles; cycle++) {
  globalThis.unfreed?.mark(`cycle ${cycle}`);
  await withThreadPool(async () => {
    const srs = wasm.caml_fp_srs_create(1024);
    const commitment = wasm.caml_fp_srs_b_poly_commitment(srs, new Uint8Array(16 * 32));
    commitment.free();
    srs.free();
  });
  const mebibytes = wasm.get_memory_byte_length() / 2 ** 20;
  console.log(`cycle ${cycle}: linear memory ${mebibytes.toFixed(2)} MiB`);
}
process.exit(0);
