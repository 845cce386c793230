import { expect, test } from 'vitest';
import { firstState, fromHash, toHash } from './state';

const limits = { moments: 5, sites: 10, stacks: 20, memories: 1, against: false };

test('the first state needs no hash', () => {
  expect(toHash(firstState(limits), limits)).toBe('');
  expect(fromHash('', limits)).toEqual(firstState(limits));
});

test('a hash leads to the same state', () => {
  const state = {
    ...firstState(limits),
    view: 'flame' as const,
    from: 1,
    to: 3,
    search: 'a&b=<c>',
    zoom: [3, 7, 12],
    site: 4,
    theme: 'dark' as const,
  };
  expect(fromHash(`#${toHash(state, limits)}`, limits)).toEqual(state);
});

test('nonsense in a hash is as if it were not there', () => {
  const hash = '#view=evil&from=9&to=-1&site=1e9&zoom=1,x,2&metric=__proto__&mapScale=NaN';
  expect(fromHash(hash, limits)).toEqual({ ...firstState(limits), zoom: [1, 2] });
});

test('a page of two runs compares them unless its address says otherwise', () => {
  const two = { ...limits, against: true };
  expect(fromHash('', two).colour).toBe('against');
  expect(fromHash('#colour=kind', two).colour).toBe('kind');
  expect(fromHash('#colour=against', limits).colour).toBe('kind');
});

test('moments the wrong way round are put right', () => {
  const { from, to } = fromHash('#from=4&to=1', limits);
  expect([from, to]).toEqual([1, 4]);
});
