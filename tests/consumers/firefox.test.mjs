// Firefox Profiler: its command, which loads a profile as the page does.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { exported, inputs, ledger, printed } from './common.mjs';

const cli = fileURLToPath(import.meta.resolve('@firefox-devtools/profiler-cli/dist/profiler-cli.js'));
const session = `unfreed-${process.pid}`;

function profiler(...args) {
  return printed(process.execPath, [cli, ...args, '--session', session]);
}

// Its server is given half a second to start, which a busy machine may not have.
async function load(file) {
  const tries = 40;
  for (let left = tries; ; left--) {
    try {
      return left === tries ? profiler('load', file) : profiler('profile', 'info', '--json');
    } catch (error) {
      if (left === 0 || (left === tries && !error.stderr.includes('did not become ready'))) throw error;
      await new Promise((next) => setTimeout(next, 500));
    }
  }
}

// The sum of a thread's samples, or of its allocations by this strategy.
function sum(thread, strategy) {
  const options = strategy ? ['--strategy', strategy] : [];
  const { functions } = JSON.parse(profiler('thread', 'functions', '--thread', `t-${thread}`, '--json', '--limit', '0', ...options));
  return functions.reduce((all, { selfSamples }) => all + selfSamples, 0);
}

test('the Firefox Profiler loads each figure and what is retained', async (t) => {
  for (const input of inputs) {
    const expected = ledger(input);
    await load(exported(input, 'firefox', 'json'));
    try {
      const { leakedBytes, leaked, allocatedBytes, allocations, peakBytes, peak } = expected;
      const figures = [leakedBytes, leaked, allocatedBytes, allocations, peakBytes, peak];
      assert.deepEqual(figures.map((_, thread) => sum(thread)), figures);
      if (allocations > 0) {
        assert.equal(sum(0, 'native-retained-allocations'), leakedBytes);
        assert.equal(sum(0, 'native-allocations'), allocatedBytes);
      }
      const markers = JSON.parse(profiler('thread', 'markers', '--thread', 't-0', '--json'));
      assert.equal(markers.totalMarkerCount, expected.marks);
      const { counters } = JSON.parse(profiler('counter', 'list', '--json'));
      assert.ok(counters.some(({ name, unit }) => name === 'live bytes' && unit === 'bytes'));
      t.diagnostic(`${input}: retained ${leakedBytes}, ${counters.length} counters, ${markers.totalMarkerCount} marks`);
    } finally {
      profiler('stop');
    }
  }
});
