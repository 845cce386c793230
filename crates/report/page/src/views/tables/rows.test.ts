import { expect, test } from 'vitest';
import { arrange, orderText, parseOrder, type Column } from './rows';

const names = ['beta', 'Alpha', 'gamma', 'alphabet'];
const sizes = [3, 1, null, 2];
const columns: Column[] = [
  { id: 'name', title: 'name', value: (row) => names[row] },
  { id: 'size', title: 'size', value: (row) => sizes[row], as: 'bytes' },
];

test('sorted by a column, unknown last', () => {
  expect(arrange(4, columns, '', { column: 'size', falling: true })).toEqual([0, 3, 1, 2]);
  expect(arrange(4, columns, '', { column: 'size', falling: false })).toEqual([1, 3, 0, 2]);
  expect(arrange(4, columns, '', { column: 'name', falling: false })).toEqual([1, 3, 0, 2]);
});

test('filtered by texts whatever the case', () => {
  expect(arrange(4, columns, 'ALPHA', { column: 'size', falling: true })).toEqual([3, 1]);
  expect(arrange(4, columns, 'none', { column: 'size', falling: true })).toEqual([]);
});

test('an order as it stands in the address', () => {
  const usual = { column: 'size', falling: true };
  expect(parseOrder('-name', columns, usual)).toEqual({ column: 'name', falling: true });
  expect(parseOrder('__proto__', columns, usual)).toEqual(usual);
  expect(orderText({ column: 'name', falling: true })).toBe('-name');
});
