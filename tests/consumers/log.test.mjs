// The log: unfreed analyze, with the same findings.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { exported, inputs, ledger } from './common.mjs';

test('unfreed analyze finds the same in a log', (t) => {
  for (const input of inputs) {
    const found = ledger(exported(input, 'log', 'log'));
    const expected = ledger(input);
    // A file of heaptrack counts as heaptrack does.
    const { temporary } = input.includes('heaptrack') ? found : expected;
    assert.deepEqual(found, { ...expected, temporary });
    t.diagnostic(`${input}: ${found.leakedBytes} bytes in ${found.leaked} blocks leaked`);
  }
});
