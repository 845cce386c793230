import { expect, test } from 'vitest';
import { firstOpen, openRows } from '../../ui/tree-rows';
import { heldRows } from './held';

test('what retains most comes first, and is open', () => {
  const tree = {
    names: [],
    parent: [0, 0, 0, 2, 2],
    name: [-1, -1, -1, -1, -1],
    site: [0, 1, 2, 3, 4],
    blocks: [0, 1, 1, 1, 1],
    bytes: [0, 10, 20, 30, 40],
    retained_bytes: [100, 10, 90, 30, 40],
  };
  const rows = heldRows(tree);
  expect([...(rows.depth as Int32Array)]).toEqual([0, 1, 1, 2, 2]);
  expect(openRows(rows, new Set())).toEqual([2, 1]);
  expect(openRows(rows, firstOpen(rows))).toEqual([2, 4, 3, 1]);
});
