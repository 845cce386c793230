import { expect, test } from 'vitest';
import { windowOf } from './window';

test('only what is seen is drawn, and some more', () => {
  expect(windowOf(0, 100, 10, 1000)).toEqual({ begin: 0, end: 18 });
  expect(windowOf(5000, 100, 10, 1000)).toEqual({ begin: 492, end: 518 });
  expect(windowOf(9999, 100, 10, 5)).toEqual({ begin: 5, end: 5 });
});
