'use strict';

/** Marks, stacks and growth in a program that has changed what the hook builds on. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { run } = require('../fixtures/support/run.cjs');

const plain = run('user.cjs', { hooked: false });

test('a program that replaces Error settings, Date and fs is recorded and sees its own', async () => {
  const result = await run('user.cjs');
  assert.equal(result.stdout, (await plain).stdout);
  assert.equal(result.stderr, '');
  assert.equal(result.skipped, 0);
  assert.equal(result.count('allocate'), 3003);
  const stacks = result.of('stack').map((block) => block.data);
  // With its limit of 0 frozen, no more stacks can be had.
  for (const { stack } of stacks.slice(0, 3)) assert.match(stack, /user\.cjs:\d+:\d+/);
  assert.ok(stacks.every(({ stack }) => !stack.includes('src/')), 'frames of the hook');
  assert.ok(stacks.some(({ low }) => low === 2999));
  const contexts = new Set(result.records.filter((record) => record.kind === 'allocate').map((record) => record.number));
  assert.equal(contexts.size, 3000);
  assert.ok(result.of('events').every((block) => block.time > 1.6e15));
});

test('growth by the module and by JS is recorded in its order', async () => {
  const result = await run('user.cjs');
  const grown = result.records.filter((record) => record.kind === 'grow').map((record) => [record.a, record.b]);
  assert.deepEqual(grown, [[1, 2], [3, 1], [4, 4]]);
});

test('marks by hand, by line, by call and by clock', async () => {
  const config = { mark_stdout: '^iteration \\d+$', mark_calls: ['free'], mark_every_ms: 100000 };
  const result = await run('user.cjs', { config });
  assert.equal(result.stdout, (await plain).stdout);
  const marks = result.of('mark').map((block) => block.data);
  assert.deepEqual(marks.map(({ mark, name }) => [mark, name]), [[1, 'iteration 1'], [2, 'by hand'], [3, 'free'], [4, 'iteration 2']]);
  for (const { rss, heap_used: heap } of marks) assert.ok(rss > heap && heap > 0);
  const kinds = result.records.map((record) => record.kind).filter((kind) => kind !== 'time');
  const third = result.records.findIndex((record) => record.kind === 'mark' && record.number === 3);
  assert.equal(result.records[third + 1].kind, 'free');
  assert.ok(kinds.indexOf('mark') > 2);
  // Growth by JS is seen at the latest at the next mark.
  const grown = result.records.map((record, index) => (record.kind === 'grow' && record.b === 4 ? index : -1)).find((index) => index >= 0);
  assert.ok(grown < third);
});

test('exports whose calls are marks look like those of the engine', async () => {
  const result = await run('load.cjs', { config: { mark_calls: ['free'] } });
  assert.equal(result.stdout, (await run('load.cjs', { hooked: false })).stdout);
});
