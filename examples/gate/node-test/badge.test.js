import assert from 'node:assert/strict';
import test from 'node:test';
import { leakCheck } from 'unfreed';
import { badge } from '../src/badge.cjs';

test('a badge is a PNG', async () => {
  const png = await badge(0.5);
  assert.equal(Buffer.from(png.subarray(1, 4)).toString(), 'PNG');
});

test('badges leave nothing behind', async () => {
  await leakCheck(() => badge(0.7));
});
