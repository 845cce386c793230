// Loads the module of o1js and says how many milliseconds that took.
import { readFileSync } from 'node:fs';

const bytes = readFileSync('node_modules/o1js/dist/node/bindings/compiled/_node_bindings/plonk_wasm_bg.wasm');
const begin = performance.now();
new WebAssembly.Module(bytes);
console.log(JSON.stringify({ milliseconds: performance.now() - begin, bytes: bytes.length }));
