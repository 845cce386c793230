'use strict';

/** Numbers of contexts: a table that grows, and a limit. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { Pool } = require('../src/pool.cjs');
const { Contexts } = require('../src/contexts.cjs');
const { Lines } = require('../src/lines.cjs');

/** A thread with a chunk, and what it has written. */
function newThread() {
  const pool = new Pool();
  const written = [];
  const jsonText = (kind, text) => written.push(JSON.parse(text)) > 0;
  return { pool, written, chunk: pool.take(0, 0), output: { jsonText } };
}

test('contexts over the limit share one number per instance, which says so', () => {
  const thread = newThread();
  const contexts = new Contexts(thread, 3);
  const add = (low, instance) => contexts.add(low, 0, instance, add);
  assert.deepEqual([add(10, 1), add(11, 1), add(10, 2)], [1, 2, 3]);
  assert.deepEqual([add(12, 1), add(13, 1), add(14, 2), add(12, 1)], [4, 4, 5, 4]);
  assert.equal(thread.written.length, 5);
  assert.match(thread.written[3].new[0], /more call paths than the 3 /);
});

test('lines of stacks are escaped as JSON has it', () => {
  const thread = newThread();
  const lines = ['    at "f" (C:\\a.js:1:2)', '    at f\u0001 (a.js:1:2)', '    at \u{1f600}é (a.js:1:2)', '    at \ud800 (a.js:1:2)'];
  new Contexts(thread).name(1, -1, 2, lines);
  const known = { context: 1, instance: 2, low: 1, high: 0xffffffff };
  assert.deepEqual(thread.written, [{ ...known, stack: [0, 1, 2, 3], first: 0, new: lines }]);
});

test('a line is written once, and again where the file cannot have it', () => {
  const thread = newThread();
  const contexts = new Contexts(thread);
  const { jsonText } = thread.output;
  const write = (lines) => contexts.name(1, 0, 1, lines);
  write(['a', 'b', 'a']);
  write(['b', 'c']);
  write(['a', 'c']);
  thread.output.jsonText = () => false;
  write(['a', 'd']);
  thread.output.jsonText = jsonText;
  write(['d', 'a']);
  assert.deepEqual(
    thread.written.map(({ context, stack, first, new: fresh }) => [context, stack, first, fresh]),
    [
      [1, [0, 1, 0], 0, ['a', 'b']],
      [2, [1, 2], 2, ['c']],
      [3, [0, 2], undefined, undefined],
      [5, [4, 5], 4, ['d', 'a']],
    ],
  );
});

test('lines over the limit get numbers that were never used', () => {
  const lines = new Lines(3);
  const spell = (stack) => JSON.parse(`{${lines.spell(stack)}}`);
  assert.deepEqual(spell(['a', 'b']), { stack: [0, 1], first: 0, new: ['a', 'b'] });
  assert.deepEqual(spell(['b', 'c', 'd']), { stack: [1, 2, 3], first: 2, new: ['c', 'd'] });
  assert.deepEqual(spell(['d', 'a', 'd']), { stack: [4, 5, 4], first: 4, new: ['d', 'a'] });
});

test('a table grows, and the thread that next gets the chunk begins with an empty one', () => {
  const thread = newThread();
  const contexts = new Contexts(thread);
  for (let low = 1; low <= 5000; low += 1) contexts.add(low, -1, 1, newThread);
  const slots = contexts.table.length / 4;
  assert.equal(slots, 16384);
  assert.equal(contexts.table.filter((cell, at) => at % 4 === 3 && cell !== 0).length, 5000);
  thread.pool.release(thread.chunk);
  assert.equal(thread.pool.take(1, 0).cells, thread.chunk.cells);
  assert.ok(new Contexts(thread).table.every((cell) => cell === 0));
});

test('contexts that are forgotten get another number, and the table does not grow by it', () => {
  const thread = newThread();
  const contexts = new Contexts(thread);
  const add = (low) => contexts.add(low, 0, 1, add);
  const slots = contexts.table.length / 4;
  let numbers = 0;
  for (let round = 0; round < 4; round += 1) {
    for (let low = 1; low <= slots / 4; low += 1) assert.equal(add(low), (numbers += 1));
    contexts.forget();
  }
  assert.equal(contexts.table.length / 4, slots);
  assert.equal(contexts.table[3], 0);
});
