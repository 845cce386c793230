// heaptrack: heaptrack_print, with the sums of the flame graphs that it writes.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { exported, has, inputs, ledger, printed, without } from './common.mjs';

const quiet = ['--disable-builtin-suppressions', '--disable-embedded-suppressions'];

function sum(file, cost) {
  const folded = `${file}.${cost}`;
  printed('heaptrack_print', ['-f', file, '-F', folded, '--flamegraph-cost-type', cost, ...quiet]);
  const lines = readFileSync(folded, 'utf8').split('\n').filter(Boolean);
  return lines.reduce((all, line) => all + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
}

test('heaptrack_print counts each allocation', { skip: without(has('heaptrack_print'), 'heaptrack_print') }, (t) => {
  for (const input of inputs) {
    const expected = ledger(input);
    const file = exported(input, 'heaptrack', 'heaptrack');
    // A reallocation is a free and an allocation.
    const allocations = sum(file, 'allocations');
    assert.equal(allocations, expected.allocations + expected.reallocations);
    const leaked = sum(file, 'leaked');
    assert.equal(leaked, expected.leakedBytes);
    t.diagnostic(`${input}: leaked ${leaked}, allocations ${allocations}`);
  }
});
