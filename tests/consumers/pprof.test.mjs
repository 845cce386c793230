// pprof: go tool pprof.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { exported, has, inputs, ledger, printed, without } from './common.mjs';

// The columns of `pprof -raw`, and the sums of all its samples.
function raw(file) {
  const lines = printed('go', ['tool', 'pprof', '-raw', file]).split('\n');
  const begin = lines.indexOf('Samples:') + 1;
  const columns = lines[begin].trim().split(/\s+/);
  const sums = columns.map(() => 0n);
  for (const line of lines.slice(begin + 1, lines.indexOf('Locations'))) {
    const values = /^\s*([\d ]+):/.exec(line)?.[1].trim().split(/\s+/);
    values?.forEach((value, column) => (sums[column] += BigInt(value)));
  }
  return Object.fromEntries(columns.map((column, at) => [column, Number(sums[at])]));
}

test('go tool pprof reads each figure', { skip: without(has('go', 'version'), 'go') }, (t) => {
  for (const input of inputs) {
    const expected = ledger(input);
    const file = exported(input, 'pprof', 'pb.gz');
    const found = raw(file);
    assert.deepEqual(found, {
      'alloc_objects/count': expected.allocations,
      'alloc_space/bytes': expected.allocatedBytes,
      'peak_objects/count': expected.peak,
      'peak_space/bytes': expected.peakBytes,
      'inuse_objects/count': expected.leaked,
      'inuse_space/bytes[dflt]': expected.leakedBytes,
    });
    const top = printed('go', ['tool', 'pprof', '-top', '-unit=b', '-sample_index=inuse_space', file]);
    const total = expected.leakedBytes === 0 ? /0 total/ : new RegExp(`of ${expected.leakedBytes}B total`);
    assert.match(top, total);
    t.diagnostic(`${input}: inuse_space ${found['inuse_space/bytes[dflt]']}, inuse_objects ${found['inuse_objects/count']}`);
  }
});
