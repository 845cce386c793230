// Makes the objects of o1js that JavaScript owns by handles, and frees each:
//   node handles.mjs          between the marks `held NAME` and `freed NAME` live
//                             bytes go down by what the object retains
//   node handles.mjs --list   the names of those that are weighed
// It prints a line of JSON for each, and one of what was made and given up where the
// glue counts that (scripts/case-o1js-handles.sh).
import { createRequire } from 'node:module';

const FIELDS = ['Fp', 'Fq'];
/** Columns of a witness. */
const COLUMNS = 15;
/** Gates of the circuit. All are of the kind that is always satisfied. */
const GATES = 20;
/** Points of a reference string. */
const DEPTH = 1024;
/** Bytes of an element of a field. */
const ELEMENT = 32;

/** What is weighed of each field, in this order. */
const PER_FIELD = [
  'Srs',
  'PolyComm',
  'PolyComm vector',
  'Gate',
  'GateVector',
  'VecVec',
  'LookupTable',
  'RuntimeTableCfg',
  'RuntimeTable',
  'PlonkVerificationEvals',
  'Domain',
  'Shifts',
  'PlonkVerifierIndex',
  'ProverCommitments',
  'OpeningProof',
  'ProverProof',
  'RandomOracles',
  'Oracles',
  'PlonkIndex',
];
const names = FIELDS.flatMap((field) => PER_FIELD.map((name) => `${field} ${name}`));

/** Lets objects be weighed: they must be all of their class that there are. */
function weigh(name, ...objects) {
  if (!names.includes(name)) throw new Error(`${name} is not among the names`);
  console.log(JSON.stringify({ name, class: objects[0].constructor.name, objects: objects.length }));
  globalThis.unfreed?.mark(`held ${name}`);
  for (const object of objects) object.free();
  globalThis.unfreed?.mark(`freed ${name}`);
}

/** The objects of a class that a function gives as pointers. */
const wrapped = (type, pointers) => [...pointers].map((pointer) => type.__wrap(pointer));

function ofField(wasm, Field) {
  const field = Field.toLowerCase();
  const call = (name, ...given) => wasm[`caml_${name.replace('*', field)}`](...given);
  const weighed = (name, ...objects) => weigh(`${Field} ${name}`, ...objects);
  const type = (name) => wasm[`Wasm${Field}${name}`];
  const pasta = (name) => wasm[`WasmPasta${Field}${name}`];
  const columns = (count, rows) => {
    const all = new wasm[`WasmVecVec${Field}`](count);
    for (let i = 0; i < count; i++) all.push(new Uint8Array(rows * ELEMENT));
    return all;
  };
  const gate = (row) => {
    const wires = Array.from({ length: 7 }, (_, column) => wasm.Wire.create(row, column));
    return new (type('Gate'))(0, new wasm.WasmGateWires(...wires), new Uint8Array(2 * ELEMENT));
  };

  weighed('Srs', call('*_srs_create', DEPTH));
  const srs = call('*_srs_create', DEPTH);
  weighed('PolyComm', call('*_srs_b_poly_commitment', srs, new Uint8Array(10 * ELEMENT)));
  call('*_srs_add_lagrange_basis', srs, 10);
  weighed('PolyComm vector', ...wrapped(type('PolyComm'), call('*_srs_get_lagrange_basis', srs, DEPTH)));

  const gates = call('pasta_*_plonk_gate_vector_create');
  for (let row = 0; row < GATES; row++) call('pasta_*_plonk_gate_vector_add', gates, gate(row));
  weighed('Gate', call('pasta_*_plonk_gate_vector_get', gates, 0));
  const others = call('pasta_*_plonk_gate_vector_create');
  for (let row = 0; row < GATES; row++) call('pasta_*_plonk_gate_vector_add', others, gate(row));
  const index = call('pasta_*_plonk_index_create', gates, 0, new Uint32Array(), new Uint32Array(), 0, srs, false);
  gates.free();
  weighed('GateVector', others);

  weighed('VecVec', columns(COLUMNS, GATES));
  weighed('LookupTable', new (pasta('LookupTable'))(3, columns(2, 100)));
  weighed('RuntimeTableCfg', new (pasta('RuntimeTableCfg'))(4, new Uint8Array(100 * ELEMENT)));
  weighed('RuntimeTable', new (type('RuntimeTable'))(4, new Uint8Array(100 * ELEMENT)));

  const verifier = call('pasta_*_plonk_verifier_index_create', index);
  weighed('PlonkVerificationEvals', verifier.evals);
  weighed('Domain', verifier.domain);
  weighed('Shifts', verifier.shifts);
  weighed('PlonkVerifierIndex', verifier);

  const none = new Uint32Array();
  const prove = () =>
    call('pasta_*_plonk_proof_create', index, columns(COLUMNS, GATES), none, new Uint8Array(), none);
  const proof = prove();
  weighed('ProverCommitments', proof.commitments);
  weighed('OpeningProof', proof.proof);
  weighed('ProverProof', proof);
  const oracles = wasm[`${field}_oracles_create`](none, call('pasta_*_plonk_verifier_index_create', index), prove());
  weighed('RandomOracles', oracles.o);
  weighed('Oracles', oracles);
  weighed('PlonkIndex', index);
  srs.free();
}

if (process.argv[2] === '--list') {
  console.log(names.join('\n'));
} else {
  const o1js = './node_modules/o1js/dist/node';
  const { initializeBindings, withThreadPool } = await import(`${o1js}/bindings.js`);
  const { setNumberOfWorkers } = await import(`${o1js}/lib/proof-system/workers.js`);
  const wasm = createRequire(import.meta.url)(`${o1js}/bindings/compiled/_node_bindings/plonk_wasm.cjs`);
  setNumberOfWorkers(1);
  await initializeBindings();
  await withThreadPool(async () => {
    for (const field of FIELDS) ofField(wasm, field);
  });
  if (globalThis.countedHandles) console.log(JSON.stringify({ counted: globalThis.countedHandles }));
  process.exit(0);
}
