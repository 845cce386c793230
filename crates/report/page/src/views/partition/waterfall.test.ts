import { expect, test } from 'vitest';
import { nearestPartition, shownMoments, waterfall } from './waterfall';

const memory = {
  name: 'memory-0',
  model: 'dlmalloc',
  classes: ['static data', 'live payload', 'holes', 'recorder'],
  partitions: [[100, 0, 0, 0], null, [100, 50, 30, 0], null, null, [100, 80, 10, 0]],
  map: null,
};

test('growth of classes leads from one size to the other', () => {
  const made = waterfall(memory, 2, 5)!;
  expect([made.before, made.after]).toEqual([180, 190]);
  expect(made.steps.map(({ class: name, growth, begin, end }) => [name, growth, begin, end])).toEqual([
    ['static data', 0, 180, 180],
    ['live payload', 30, 180, 210],
    ['holes', -20, 210, 190],
  ]);
});

test('a moment that was not looked at gives way to the nearest', () => {
  expect(nearestPartition(memory, 1)).toBe(0);
  expect(nearestPartition(memory, 4)).toBe(5);
  expect(waterfall({ ...memory, partitions: [null] }, 0, 0)).toBeNull();
});

test('marks have bars, and many are thinned out', () => {
  const moments = (['start', 'time', 'time', 'time', 'time', 'end'] as const).map((kind) => ({ kind }));
  expect(shownMoments(memory, moments, 10)).toEqual([0, 2, 5]);
  expect(shownMoments(memory, moments, 2)).toEqual([0, 5]);
  const marked = moments.map(({ kind }, index) => ({ kind: index === 1 ? ('mark' as const) : kind }));
  expect(shownMoments(memory, marked, 10)).toEqual([0, 5]);
});
