// Drawings with gradients and a blur.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import { say, rounds } from './say.mjs';

await initWasm(readFileSync(fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'))));
await rounds(4, (round) => {
  const circles = Array.from({ length: 20 }, (_, i) => `<circle cx="${i * 9}" cy="${(i * i + round) % 120}" r="${5 + i}" fill="url(#g)" stroke="black"/>`);
  const drawing = new Resvg(`<svg xmlns="http://www.w3.org/2000/svg" width="180" height="120">
    <defs><linearGradient id="g"><stop stop-color="red"/><stop offset="1" stop-color="blue"/></linearGradient>
    <filter id="f"><feGaussianBlur stdDeviation="2"/></filter></defs>
    <g filter="url(#f)">${circles.join('')}</g></svg>`);
  const picture = drawing.render();
  say('png', picture.asPng());
  say('box', [drawing.width, drawing.height, drawing.getBBox().width]);
  if (round % 2 === 0) picture.free();
  drawing.free();
  try {
    new Resvg('<svg');
  } catch (error) {
    say('error', String(error));
  }
});
