import { expect, test } from 'vitest';
import { groupSums, sumChanges, total } from './sums';

// Site 0: two blocks at moment 1, one freed by 2; site 1: made at 2 and at 3.
const changes = {
  moment: [1, 2, 2, 3],
  site: [0, 0, 1, 1],
  allocations: [2, 0, 5, 1],
  allocated_bytes: [20, 0, 50, 10],
  live: [2, -1, 3, 1],
  live_bytes: [20, -10, 30, 10],
};

test('sums between two moments', () => {
  const sums = sumChanges(changes, 2, 1, 2);
  expect([...sums.liveBefore]).toEqual([2, 0]);
  expect([...sums.live]).toEqual([1, 3]);
  expect([...sums.growthBytes]).toEqual([-10, 30]);
  expect([...sums.allocations]).toEqual([0, 5]);
  expect([...sums.allocatedBytes]).toEqual([0, 50]);
});

test('of the whole run growth is what is live at the end', () => {
  const sums = sumChanges(changes, 2, 0, 3);
  expect([...sums.growth]).toEqual([1, 4]);
  expect([...sums.live]).toEqual([1, 4]);
  expect(total(sums.allocatedBytes)).toBe(80);
});

test('of nothing nothing grows', () => {
  expect(total(sumChanges(changes, 2, 3, 3).growth)).toBe(0);
});

test('groups add up', () => {
  const types = groupSums(sumChanges(changes, 2, 0, 3), [0, 0], 1);
  expect(types.liveBytes[0]).toBe(50);
});
