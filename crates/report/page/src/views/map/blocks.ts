import type { MemoryMap } from '../../data/types';

/** Blocks of a map with whole addresses, sorted by address. */
export interface Blocks {
  count: number;
  /** First byte. */
  begin: Float64Array;
  /** In bytes. */
  length: Float64Array;
  site: Int32Array;
  first: Int32Array;
  last: Int32Array;
  born: Int32Array;
}

export function wholeBlocks(map: MemoryMap): Blocks {
  const count = map.address.length;
  const begin = new Float64Array(count);
  let address = 0;
  for (let block = 0; block < count; block += 1) {
    address += map.address[block];
    begin[block] = address;
  }
  return {
    count,
    begin,
    length: Float64Array.from(map.length),
    site: Int32Array.from(map.site),
    first: Int32Array.from(map.first),
    last: Int32Array.from(map.last),
    born: Int32Array.from(map.born),
  };
}

/** Blocks that were live at one moment of the map (into `MemoryMap.at`). They do not overlap. */
export function liveAt(blocks: Blocks, at: number): Blocks {
  const live: number[] = [];
  for (let block = 0; block < blocks.count; block += 1) {
    if (blocks.first[block] <= at && at <= blocks.last[block]) live.push(block);
  }
  const pick = <C extends Float64Array | Int32Array>(column: C, make: (count: number) => C): C => {
    const picked = make(live.length);
    for (let index = 0; index < live.length; index += 1) picked[index] = column[live[index]];
    return picked;
  };
  const float = (count: number) => new Float64Array(count);
  const int = (count: number) => new Int32Array(count);
  return {
    count: live.length,
    begin: pick(blocks.begin, float),
    length: pick(blocks.length, float),
    site: pick(blocks.site, int),
    first: pick(blocks.first, int),
    last: pick(blocks.last, int),
    born: pick(blocks.born, int),
  };
}

/** The last of the map's moments that is not after a moment of the report; the first if all are. */
export function momentOfMap(at: number[], moment: number): number {
  let best = 0;
  for (let index = 0; index < at.length; index += 1) if (at[index] <= moment) best = index;
  return best;
}

/** The first block that ends behind an address; `count` if none does. */
export function firstBehind(blocks: Blocks, address: number): number {
  let low = 0;
  let high = blocks.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (blocks.begin[middle] + blocks.length[middle] > address) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The largest of the blocks that are in part in [begin, end), and how many there are; -1 of 0. */
export function blocksIn(blocks: Blocks, begin: number, end: number): { largest: number; count: number } {
  let largest = -1;
  let most = 0;
  let count = 0;
  for (
    let block = firstBehind(blocks, begin);
    block < blocks.count && blocks.begin[block] < end;
    block += 1
  ) {
    count += 1;
    const inside =
      Math.min(end, blocks.begin[block] + blocks.length[block]) - Math.max(begin, blocks.begin[block]);
    if (inside > most) {
      most = inside;
      largest = block;
    }
  }
  return { largest, count };
}

/** Where the last block ends; 0 without blocks. */
export function lastEnd(blocks: Blocks): number {
  const last = blocks.count - 1;
  return last < 0 ? 0 : blocks.begin[last] + blocks.length[last];
}

/** The block after or before an address; -1 without one. */
export function nextBlock(blocks: Blocks, here: number, step: 1 | -1): number {
  const behind = firstBehind(blocks, here);
  if (step === 1) {
    const next = behind < blocks.count && blocks.begin[behind] <= here ? behind + 1 : behind;
    return next < blocks.count ? next : -1;
  }
  return behind - 1;
}
