// The scenario of demo/pool.mjs as a test of CI, once as programs have it and once as
// they should: node gate.mjs leaking|fixed [CYCLES] [WORKERS]. What is leaking starts and
// stops the thread pool in each cycle, as o1js does for each proof; what is fixed starts
// it once and keeps it.
import { createRequire } from 'node:module';

const o1js = './node_modules/o1js/dist/node';
const { initializeBindings, withThreadPool } = await import(`${o1js}/bindings.js`);
const { setNumberOfWorkers } = await import(`${o1js}/lib/proof-system/workers.js`);
const wasm = createRequire(import.meta.url)(`${o1js}/bindings/compiled/_node_bindings/plonk_wasm.cjs`);

const [how, cycles = '6', workers = '2'] = process.argv.slice(2);

function work() {
  const srs = wasm.caml_fp_srs_create(1024);
  const commitment = wasm.caml_fp_srs_b_poly_commitment(srs, new Uint8Array(16 * 32));
  commitment.free();
  srs.free();
}

async function cycle(number, run) {
  globalThis.unfreed?.mark(`cycle ${number}`);
  await run();
}

setNumberOfWorkers(Number(workers));
await initializeBindings();
if (how === 'leaking') {
  for (let number = 1; number <= cycles; number++) {
    await cycle(number, () => withThreadPool(async () => work()));
  }
  globalThis.unfreed?.mark('end');
} else {
  await withThreadPool(async () => {
    for (let number = 1; number <= cycles; number++) await cycle(number, work);
    globalThis.unfreed?.mark('end');
  });
}
process.exit(0);
