import { expect, test } from 'vitest';
import { makeReport } from '../../data/report';
import { momentNames } from '../../data/moment';
import { MAP_COLOURS } from '../../select/state';
import { makeData, SMALL } from '../../../test/fixture/make';
import { liveAt, wholeBlocks } from './blocks';
import { groupBlocks, verdictKind } from './groups';

const report = makeReport(makeData(SMALL));
const map = report.data.memories[0].map!;
const blocks = liveAt(wholeBlocks(map), 2);
const names = momentNames(report.data.moments);
const all = blocks.length.reduce((sum, bytes) => sum + bytes, 0);

test.each(MAP_COLOURS)('groups by %s have all blocks, each in one', (by) => {
  const { of, list } = groupBlocks(report, blocks, by, names, -1);
  const bytes = list.map(() => 0);
  for (let block = 0; block < blocks.count; block += 1) bytes[of(block)] += blocks.length[block];
  expect(bytes).toEqual(list.map((group) => group.bytes));
  expect(bytes.reduce((sum, part) => sum + part, 0)).toBe(all);
});

test('the chosen site has a colour of its own', () => {
  const smallest = blocks.site[0];
  const { of, list } = groupBlocks(report, blocks, 'site', names, smallest);
  expect(of(0)).toBe(0);
  expect(list.length).toBe(8);
});

test('ages are named by the moments around them', () => {
  const { list } = groupBlocks(report, blocks, 'age', names, -1);
  expect(list[0].name).toBe('allocated from start to cycle 2');
  // None of these blocks was allocated after the last mark.
  expect(list.at(-1)!.name).toBe('allocated from cycle 5 to cycle 6');
});

test('iterations are between marks, and many of them share a colour', () => {
  const { list } = groupBlocks(report, blocks, 'iteration', names, -1);
  expect(list.slice(0, 3).map(({ name }) => name)).toEqual([
    'allocated from start to cycle 1',
    'allocated from cycle 1 to cycle 2',
    'allocated from cycle 2 to cycle 4',
  ]);
  const moments = Array.from({ length: 42 }, (_, at) => ({
    kind: at === 0 ? ('start' as const) : at === 41 ? ('end' as const) : ('mark' as const),
    name: `m${at}`,
    events: at,
    time: null,
  }));
  const long = { ...report, data: { ...report.data, moments } };
  const born = blocks.born.map((_, block) => 1 + (block % 41));
  const many = groupBlocks(long, { ...blocks, born }, 'iteration', momentNames(moments), -1).list;
  expect(many.length).toBeLessThanOrEqual(12);
  expect(many[0].name).toBe('allocated from start to m4');
  expect(many.at(-1)!.name).toBe('allocated from m40 to end');
  expect(many.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(all);
});

test('thread stacks are a class of their own', () => {
  const { list } = groupBlocks(report, blocks, 'class', names, -1);
  const ofThreads = [...blocks.site].filter((site) => report.data.sites.starts_threads[site] === 1);
  expect(list.map(({ name, blocks }) => [name, blocks])).toEqual([
    ['live payload', blocks.count - ofThreads.length],
    ['thread shadow stacks and TLS', ofThreads.length],
  ]);
});

test('verdicts by what they begin with', () => {
  expect(verdictKind('systematic: exactly 8 per iteration')).toBe(0);
  expect(verdictKind('one-off (setup)')).toBe(3);
  expect(verdictKind('')).toBe(-1);
});
