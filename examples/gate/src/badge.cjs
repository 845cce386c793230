'use strict';

/** Draws badges: a bar of a color, filled as far as a share says. */

const { readFileSync } = require('node:fs');
const { initWasm, Resvg } = require('@resvg/resvg-wasm');

const ready = initWasm(readFileSync(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));

function svg(share, color) {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="120" height="20">
    <rect width="120" height="20" rx="4" fill="#ddd"/>
    <rect width="${120 * share}" height="20" rx="4" fill="${color}"/>
  </svg>`;
}

/**
 * @param {number} share from 0 to 1
 * @param {string} [color]
 * @returns {Promise<Uint8Array>} a PNG
 */
async function badge(share, color = 'seagreen') {
  await ready;
  const drawing = new Resvg(svg(share, color));
  const image = drawing.render();
  return image.asPng();
}

module.exports = { badge };
