import { expect, test } from 'vitest';
import { blocksIn, firstBehind, liveAt, nextBlock, momentOfMap, wholeBlocks } from './blocks';
import { bytesAt, rangesAt } from './ranges';
import { BEYOND, FREE, moved, raster, wholeScale, zoomed } from './raster';

const map = {
  at: [0, 3],
  size: [4096, 8192],
  address: [1024, 64, 64, 512],
  length: [60, 32, 200, 100],
  site: [0, 1, 2, 0],
  first: [0, 0, 1, 1],
  last: [1, 0, 1, 1],
  born: [0, 0, 2, 3],
  fixed: [{ begin: 0, end: 1024, class: 0 }],
};

test('addresses are added up, and moments picked', () => {
  const blocks = wholeBlocks(map);
  expect([...blocks.begin]).toEqual([1024, 1088, 1152, 1664]);
  expect([...liveAt(blocks, 0).begin]).toEqual([1024, 1088]);
  expect([...liveAt(blocks, 1).begin]).toEqual([1024, 1152, 1664]);
  expect(momentOfMap(map.at, 2)).toBe(0);
  expect(momentOfMap(map.at, 3)).toBe(1);
});

test('the block at an address', () => {
  const blocks = liveAt(wholeBlocks(map), 1);
  expect(firstBehind(blocks, 1083)).toBe(0);
  expect(firstBehind(blocks, 1084)).toBe(1);
  expect(blocksIn(blocks, 1000, 1300)).toEqual({ largest: 1, count: 2 });
  expect(blocksIn(blocks, 4000, 5000)).toEqual({ largest: -1, count: 0 });
});

test('the blocks before and after an address', () => {
  const blocks = liveAt(wholeBlocks(map), 1);
  expect(nextBlock(blocks, 0, 1)).toBe(0);
  expect(nextBlock(blocks, 1024, 1)).toBe(1);
  expect(nextBlock(blocks, 1100, -1)).toBe(0);
  expect(nextBlock(blocks, 5000, 1)).toBe(-1);
});

test('above the heap classes are told by the partition', () => {
  const memory = {
    name: 'memory-0',
    model: 'dlmalloc',
    classes: ['static data', 'free at the top', 'never touched', 'holes'],
    partitions: [null, null, null, [1024, 2048, 4096, 7]],
    map,
  };
  const names = rangesAt(memory, 1, true).map(({ begin, end, name }) => [name, begin, end]);
  expect(names).toEqual([
    ['static data', 0, 1024],
    ['never touched', 4096, 8192],
    ['free at the top', 2048, 4096],
  ]);
  expect(rangesAt(memory, 1, false).length).toBe(1);
  expect(rangesAt(memory, 0, true).length).toBe(1);
  expect([bytesAt(memory, 1, 'holes'), bytesAt(memory, 0, 'holes')]).toEqual([7, null]);
});

test('each cell has the group that takes most of it', () => {
  const blocks = liveAt(wholeBlocks(map), 1);
  const window = { begin: 0, scale: 512, columns: 4, rows: 5 };
  const { group, used } = raster(window, 8192, blocks, (block) => blocks.site[block], [
    { begin: 0, end: 1024, group: 9 },
  ]);
  expect([...group]).toEqual([9, 9, 2, 0, ...Array(12).fill(FREE), ...Array(4).fill(BEYOND)]);
  expect([used[0], used[2], used[4]]).toEqual([255, Math.round((255 * 260) / 512), 0]);
});

test('one cell per byte shows each block where it is', () => {
  const blocks = liveAt(wholeBlocks(map), 1);
  const window = { begin: 1020, scale: 1, columns: 70, rows: 1 };
  const { group } = raster(window, 8192, blocks, () => 5, []);
  expect([...group].filter((name) => name === 5).length).toBe(60);
  expect([group[3], group[4], group[63], group[64]]).toEqual([FREE, 5, 5, FREE]);
});

test('zoom keeps the address, and stays inside', () => {
  expect(wholeScale(8192, 20)).toBe(412);
  expect(wholeScale(8192, 16)).toBe(512);
  expect(wholeScale(10, 20)).toBe(1);
  const whole = { begin: 0, scale: 512, columns: 4, rows: 4 };
  const near = zoomed(whole, 8192, 0.25, 4096);
  expect(near.scale).toBe(128);
  expect(near.begin).toBeLessThanOrEqual(4096);
  expect(near.begin + 16 * 128).toBeGreaterThan(4096);
  expect(zoomed(near, 8192, 100, 4096)).toEqual(whole);
  expect(moved(near, 8192, 1e9).begin).toBe(8192 - 16 * 128);
  expect(moved(near, 8192, -1e9).begin).toBe(0);
});
