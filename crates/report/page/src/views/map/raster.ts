import { firstBehind, type Blocks } from './blocks';

/** What part of memory is seen: cells of `scale` bytes, in rows of `columns`. */
export interface Window {
  /** Address of the first cell. */
  begin: number;
  /** Bytes of a cell. */
  scale: number;
  columns: number;
  rows: number;
}

/** Colours of cells: groups 0 to n - 1, and these. */
export const FREE = -1;
export const BEYOND = -2;

export interface Raster {
  /** By cell: the group that has most of it, FREE, or BEYOND the end of memory. */
  group: Int16Array;
  /** By cell: the share of it that is in use, 0 to 255. */
  used: Uint8Array;
}

/** What the whole of a memory needs: bytes of a cell, in multiples of 4 where it is more. */
export function wholeScale(size: number, cells: number): number {
  const scale = Math.max(1, Math.ceil(size / cells));
  return scale > 4 ? Math.ceil(scale / 4) * 4 : scale;
}

/** Ranges other than blocks come first, so that blocks show where both are in a cell. */
export function raster(
  window: Window,
  size: number,
  blocks: Blocks,
  groupOf: (block: number) => number,
  fixed: { begin: number; end: number; group: number }[],
): Raster {
  const cells = window.columns * window.rows;
  const group = new Int16Array(cells).fill(FREE);
  const used = new Uint8Array(cells);
  const taken = new Float64Array(cells);
  const most = new Float64Array(cells);
  const { begin, scale } = window;
  const end = begin + cells * scale;

  const put = (from: number, to: number, name: number) => {
    const first = Math.max(from, begin);
    const last = Math.min(to, end);
    if (first >= last) return;
    let cell = Math.floor((first - begin) / scale);
    let at = first;
    while (at < last) {
      const next = Math.min(last, begin + (cell + 1) * scale);
      const bytes = next - at;
      taken[cell] += bytes;
      if (bytes > most[cell]) {
        most[cell] = bytes;
        group[cell] = name;
      }
      at = next;
      cell += 1;
    }
  };
  for (const range of fixed) put(range.begin, range.end, range.group);
  for (
    let block = firstBehind(blocks, begin);
    block < blocks.count && blocks.begin[block] < end;
    block += 1
  ) {
    put(blocks.begin[block], blocks.begin[block] + blocks.length[block], groupOf(block));
  }
  for (let cell = 0; cell < cells; cell += 1) {
    if (begin + cell * scale >= size) group[cell] = BEYOND;
    else used[cell] = Math.min(255, Math.round((255 * taken[cell]) / scale));
  }
  return { group, used };
}

/** Moves and zooms, always inside of memory. `around` is the address that stays where it is. */
export function zoomed(window: Window, size: number, factor: number, around: number): Window {
  const cells = window.columns * window.rows;
  const widest = wholeScale(size, cells);
  const wanted = window.scale * factor;
  const scale = wanted >= widest ? widest : 2 ** Math.max(0, Math.round(Math.log2(wanted)));
  const share = (around - window.begin) / (window.scale * cells);
  return moved({ ...window, scale, begin: around - share * scale * cells }, size, 0);
}

/** Moved by bytes. A cell begins at a multiple of its size, a row where rows begin. */
export function moved(window: Window, size: number, by: number): Window {
  const all = window.columns * window.rows * window.scale;
  const row = window.columns * window.scale;
  const wanted = Math.round((window.begin + by) / row) * row;
  const last = Math.max(0, Math.ceil((size - all) / row) * row);
  return { ...window, begin: Math.min(last, Math.max(0, wanted)) };
}
