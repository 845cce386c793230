'use strict';

/** Threads: one memory, one order, and nothing lost when workers are terminated. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { run } = require('../fixtures/support/run.cjs');

const terminated = run('workers.cjs');
const counted = (result) => Number(/counted (\d+)/.exec(result.stdout)[1]);

/** What was recorded for the memory that the program counts in. */
function allocations(result) {
  return result.records.filter((record) => record.kind === 'allocate');
}

test('each event of terminated workers arrives', async () => {
  const result = await terminated;
  assert.equal(result.code, 0, result.stderr);
  assert.equal(result.skipped, 0);
  const recorded = allocations(result).length;
  // A worker may be stopped after an event is recorded and before the program counts it.
  assert.ok(recorded >= counted(result) && recorded <= counted(result) + 6, `${recorded} of ${counted(result)}`);
  const sequences = result.records.map((record) => record.sequence).filter((sequence) => sequence > 0).sort((a, b) => a - b);
  // No number is there twice, and only numbers taken at the moment of a termination are missing.
  assert.equal(new Set(sequences).size, sequences.length);
  assert.ok(sequences.at(-1) - sequences.length <= 6);
});

test('a memory has one number in all threads, another memory another', async () => {
  const result = await terminated;
  const numbers = new Map();
  for (const { thread, data } of result.of('instance')) numbers.set(`${thread}.${data.instance}`, data.memory);
  assert.equal(numbers.size, 14);
  for (const [key, number] of numbers) assert.equal(number, key.endsWith('.1') ? 1 : 2, key);
  assert.ok(result.of('instance').every((block) => block.data.shared));
});

test('ends of threads are told, also of nested ones', async () => {
  const result = await terminated;
  const ended = new Map(result.of('thread_end').map((block) => [block.data.thread, block.data]));
  const own = result.of('thread').filter((block) => block.data.started_by === 0);
  assert.equal(own.length, 6);
  for (const { data } of own) assert.deepEqual(ended.get(data.thread), { thread: data.thread, terminated: true, exit_code: 1 });
});

test('growth of a shared memory by JS is recorded once', async () => {
  const result = await terminated;
  const grown = result.records.filter((record) => record.kind === 'grow');
  assert.equal(grown.length, 1);
  assert.deepEqual([grown[0].a, grown[0].b], [1, 3]);
  const stack = result.of('stack').find((block) => block.thread === 0 && block.data.context === grown[0].number);
  assert.match(stack.data.stack, /WebAssembly\.Memory\.grow/);
});

test('what a blocked worker has recorded is written while it waits', async () => {
  const result = await run('workers.cjs', {
    env: { WAIT: '1', ROUNDS: '1', GO_ON: '1' },
    started: (child) => child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), 200)),
  });
  assert.equal(result.signal, 'SIGKILL');
  assert.equal(allocations(result).length, counted(result));
});
