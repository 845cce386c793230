// Pictures compressed by code with SIMD instructions.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import encode, { init } from '@jsquash/webp/encode.js';
import { say, rounds } from './say.mjs';

const file = fileURLToPath(import.meta.resolve('@jsquash/webp/codec/enc/webp_enc_simd.wasm'));
await init(new WebAssembly.Module(readFileSync(file)));
const [width, height] = [160, 120];
await rounds(4, async (round) => {
  const data = Uint8ClampedArray.from({ length: width * height * 4 }, (_, i) => (i * (31 + round) + (i >> 9)) & 255);
  for (const quality of [30, 90]) {
    say(`quality ${quality}`, new Uint8Array(await encode({ data, width, height }, { quality })));
  }
});
