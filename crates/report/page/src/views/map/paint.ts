import { mix, type Palette, type Rgb } from '../../draw/palette';
import { BEYOND, FREE, type Raster, type Window } from './raster';

/** Puts a raster on the screen, each cell as a square. With `only` other groups are dimmed. */
export function paint(
  context: CanvasRenderingContext2D,
  window: Window,
  { group, used }: Raster,
  colours: Rgb[],
  only: number | null,
  palette: Palette,
  cell: number,
): void {
  const { columns, rows } = window;
  const image = new ImageData(columns, rows);
  const pixels = new Uint32Array(image.data.buffer);
  const shades = colours.map((colour, index) => {
    const shown = only === null || only === index ? colour : mix(palette.free, colour, 0.18);
    // What is used in part is lighter, but never as light as free.
    return Array.from({ length: 256 }, (_, share) =>
      packed(mix(palette.free, shown, share === 0 ? 0 : 0.3 + (0.7 * share) / 255)),
    );
  });
  const free = packed(palette.free);
  const beyond = packed(palette.beyond);
  for (let index = 0; index < pixels.length; index += 1) {
    const name = group[index];
    pixels[index] = name === FREE ? free : name === BEYOND ? beyond : shades[name][used[index]];
  }
  const small = new OffscreenCanvas(columns, rows);
  small.getContext('2d')!.putImageData(image, 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, columns * cell, rows * cell);
}

/** Red, green, blue and full opacity in the order of bytes that ImageData has. */
function packed([red, green, blue]: Rgb): number {
  return ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** Cells in which addresses lie, those that are seen. */
export function growCells(window: Window, addresses: number[]): { column: number; row: number }[] {
  const cells = window.columns * window.rows;
  return addresses.flatMap((address) => {
    const cell = Math.floor((address - window.begin) / window.scale);
    if (cell < 0 || cell >= cells) return [];
    return [{ column: cell % window.columns, row: Math.floor(cell / window.columns) }];
  });
}
