// Finds the heaps in a linear memory by the records their allocators keep, and
// says which blocks are in use by the headers before them.
//
// dlmalloc (of C and of Rust; W is the size of a pointer). A segment record is
// {base, size, next, flags}. From `base` on there is one chunk behind another:
//   chunk + 0   size of the chunk before, if that is free
//   chunk + W   size of this chunk | 1 if the one before is in use | 2 if this is
//   chunk + 2W  what malloc returned
// The newest segment ends with the top chunk, which is free, and a header with
// a size and no bits. An older one ends with a chunk in use that holds its
// segment record (dlmalloc's own, of no caller) and headers of W | 3.
//
// emmalloc. A region is {size, …, size | 1 if free}; malloc returned region + 4.
// A root region is {size, next root, end}, in use itself; so is the last one.
//
// wee_alloc. A cell is {next cell | 1 if in use | 2 if none follows, cell before};
// what malloc returned stands behind. Small blocks stand in cells within a
// large one, which is of no caller.
//
// The TLSF of AssemblyScript. A block is {size | 1 if free | 2 if the one before
// is free}; what __alloc returned stands behind. The last has size 0, and its
// address is the word before the first one.
//
// Every header is checked against its neighbours, to the very end of a segment,
// so four words that look like a segment record by chance are not taken for one.
'use strict';

function blocksInUse(buffer) {
  for (const [allocator, find] of [
    ['dlmalloc', () => [4, 8].flatMap((W) => segments(new Words(buffer, W)))],
    ['TLSF', () => tlsfHeaps(new Words(buffer, 4))],
    ['wee_alloc', () => weeHeaps(new Words(buffer, 4))],
    ['emmalloc', () => emmallocRoots(new Words(buffer, 4))],
  ]) {
    const found = find();
    if (found.length > 0) return { allocator, segments: found.length, blocks: found.flat() };
  }
  return { allocator: null, segments: 0, blocks: [] };
}

// The memory as unsigned words of W bytes.
class Words {
  constructor(buffer, W) {
    this.W = W;
    this.bytes = buffer.byteLength;
    this.halves = new Uint32Array(buffer, 0, buffer.byteLength >>> 2);
  }

  at(address) {
    const low = this.halves[address >>> 2];
    return this.W === 4 ? low : low + this.halves[(address >>> 2) + 1] * 2 ** 32;
  }
}

function segments(words) {
  const { W, halves, bytes } = words;
  const step = W / 4;
  const byBase = new Map();
  for (let i = 256; i + 4 * step <= halves.length; i += step) {
    const base = halves[i];
    const size = halves[i + step];
    // Most words fail here.
    if (base < 1024 || base % 8 !== 0 || size < 64 || base + size > bytes || halves[i + 3 * step] > 8) continue;
    const address = i * 4;
    if (words.at(address) !== base || words.at(address + W) !== size) continue;
    const next = words.at(address + 2 * W);
    if (next % W !== 0 || next >= bytes) continue;
    for (const alignment of [8, 16]) {
      const first = base + ((alignment - ((base + 2 * W) % alignment)) % alignment);
      const blocks = chunks(words, first, base + size);
      if (blocks !== null) byBase.set(base, blocks);
    }
  }
  return [...byBase.values()];
}

// The blocks in use of a segment, or null if this is none.
function chunks(words, first, end) {
  const { W } = words;
  const blocks = [];
  let previousInUse = true;
  let previousSize = 0;
  for (let chunk = first; ; ) {
    if (chunk + 2 * W > end) return null;
    const head = words.at(chunk + W);
    const [size, inUse] = [head - (head % 8), (head & 2) !== 0];
    // The header behind top.
    if ((head & 3) === 0 && chunk + size === end && size > 2 * W && !previousInUse) return blocks;
    if (((head & 1) !== 0) !== previousInUse) return null;
    if (head === (W | 3)) {
      if (end - chunk > 8 * W) return null;
      blocks.pop();
      return blocks;
    }
    if (size < 4 * W || chunk + size + 2 * W > end) return null;
    if (!previousInUse && words.at(chunk) !== previousSize) return null;
    if (inUse) blocks.push([chunk + 2 * W, size - W]);
    previousInUse = inUse;
    previousSize = size;
    chunk += size;
  }
}

function emmallocRoots(words) {
  const { halves, bytes } = words;
  const roots = [];
  for (let i = 256; i + 4 <= halves.length; i++) {
    const [size, next, end] = [halves[i], halves[i + 1], halves[i + 2]];
    if (size < 16 || size > 32 || size % 4 !== 0) continue;
    if (next >= bytes || next % 4 !== 0 || end <= i * 4 + 2 * size || end > bytes) continue;
    const blocks = regions(words, i * 4, end);
    if (blocks === null) continue;
    roots.push(blocks);
    i = end / 4 - 1;
  }
  return roots;
}

function regions(words, root, end) {
  const blocks = [];
  let region = root;
  while (region < end) {
    const size = words.at(region);
    if (size < 16 || size % 4 !== 0 || region + size > end) return null;
    const foot = words.at(region + size - 4);
    if (foot !== size && foot !== size + 1) return null;
    if (foot === size) blocks.push([region + 4, size - 8]);
    region += size;
  }
  // The root and the region at the end are emmalloc's own.
  return blocks.slice(1, -1);
}

function tlsfHeaps(words) {
  const heaps = [];
  for (let i = 256; i < words.halves.length; i++) {
    const tail = words.halves[i];
    // The heap ends with a page.
    if (tail % 65536 !== 65532 || tail >= words.bytes) continue;
    const first = Math.ceil((i * 4 + 8) / 16) * 16 - 4;
    const blocks = tlsfBlocks(words, first, tail);
    if (blocks !== null) heaps.push(blocks);
  }
  return heaps;
}

function tlsfBlocks(words, first, tail) {
  const blocks = [];
  let previousFree = false;
  let block = first;
  while (block < tail) {
    const head = words.at(block);
    const size = head - (head % 4);
    if (size % 16 !== 12 || ((head & 2) !== 0) !== previousFree) return null;
    previousFree = (head & 1) !== 0;
    if (!previousFree) blocks.push([block + 4, size]);
    block += 4 + size;
  }
  return block === tail && words.at(tail) < 4 ? blocks : null;
}

// Memory is asked of the host in whole pages, each time a row of cells of its own.
function weeHeaps(words) {
  const heaps = [];
  for (let page = 65536; page < words.bytes; page += 65536) {
    const cells = weeCells(words, page, (end) => end % 65536 === 0);
    if (cells === null) continue;
    heaps.push(
      cells.flatMap(([block, size]) => weeCells(words, block, (end) => end === block + size) ?? [[block, size]]),
    );
  }
  return heaps;
}

function weeCells(words, first, isEnd) {
  const cells = [];
  let [cell, before] = [first, 0];
  for (;;) {
    if (cell + 8 > words.bytes) return null;
    const [bits, previous] = [words.at(cell), words.at(cell + 4)];
    const next = bits - (bits % 4);
    if (next < cell + 8 || next > words.bytes || previous - (previous % 4) !== before) return null;
    if (bits & 1) cells.push([cell + 8, next - cell - 8]);
    if (bits & 2) return isEnd(next) ? cells : null;
    [cell, before] = [next, cell];
  }
}

module.exports = { blocksInUse };
