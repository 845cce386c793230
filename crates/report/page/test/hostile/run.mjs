// Every name that a recording takes from a program is meant to do harm: those of the module and its functions, of
// scripts and theirs, of threads and marks. Run where files may be written: node run.mjs PLAIN_WASM
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const plain = readFileSync(process.argv[2]);
// The last one is in the section of names; the one before is that of the export.
plain.write('<img/>', plain.lastIndexOf('forget'), 'latin1');
const wasm = '<img src=wasm onerror=globalThis.harmed=1>.wasm';
writeFileSync(wasm, plain);
const script = './<img src=script onerror=globalThis.harmed=1>.cjs';
writeFileSync(
  script,
  `const { readFileSync } = require('node:fs');
const { Worker, isMainThread } = require('node:worker_threads');
const { exports: wasm } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(${JSON.stringify(wasm)})));
wasm._initialize?.();
const made = { ['<img src=function onerror=globalThis.harmed=1>'](block) { return wasm.forget(block); } };
for (let round = 0; round < 4; round += 1) {
  globalThis.unfreed?.mark('<img src=mark onerror=globalThis.harmed=1>');
  for (let block = 0; block < 10; block += 1) made['<img src=function onerror=globalThis.harmed=1>'](block);
}
if (isMainThread) new Worker(__filename, { name: '<img src=thread onerror=globalThis.harmed=1>' });
`,
);
createRequire(`${process.cwd()}/`)(script);
