'use strict';

/** Snapshots: which pages of which memories are written, and what is said of them. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { Snapshots } = require('../src/snapshot.cjs');
const { Pool, SHARED } = require('../src/pool.cjs');
const { BLOCK } = require('../src/format.cjs');

const PAGE = 4096;
const ASKED = { end: true, marks: false, names: ['chosen'], signal: false };

/** A thread with these memories, whose blocks are kept instead of written. */
function threadWith(memories, write = () => true) {
  const pool = new Pool();
  const said = [];
  const pages = new Map();
  const output = {
    pid: 1,
    reason: '',
    write(block) {
      if (!write(output)) return false;
      assert.equal(block[4], BLOCK.PAGES);
      assert.equal(block.readUInt32LE(16), block.length - 40);
      const [snapshot, count] = [block.readUInt32LE(40), block.readUInt32LE(44)];
      const begin = 48 + count * 4;
      assert.equal(block.length, begin + count * PAGE);
      for (let index = 0; index < count; index += 1) {
        const bytes = block.subarray(begin + index * PAGE, begin + (index + 1) * PAGE);
        pages.set(`${snapshot}:${block.readUInt32LE(48 + index * 4)}`, Buffer.from(bytes));
      }
      return true;
    },
    json(kind, object) {
      assert.equal(kind, BLOCK.SNAPSHOT);
      said.push(object);
    },
  };
  const thread = { id: 0, pool, output, chunk: pool.take(0, 0), recorder: { drain() {} }, memories: { all: memories } };
  return { thread, said, pages, snapshots: new Snapshots(thread, ASKED) };
}

function memory(pages, shared = false) {
  const object = new WebAssembly.Memory({ initial: pages, maximum: pages, shared });
  return { number: 7, shared, buffer: object.buffer };
}

test('pages that are all zero are not written', () => {
  // More than one piece, and not a whole number of them.
  const its = memory(40);
  const bytes = new Uint8Array(its.buffer);
  const written = [0, 255, 256, 40 * 16 - 1];
  for (const page of written) bytes[page * PAGE + PAGE - 1] = (page % 255) + 1;
  const { snapshots, said, pages } = threadWith([its]);
  snapshots.atEnd();
  assert.deepEqual([...pages.keys()], written.map((page) => `1:${page}`));
  for (const page of written) {
    assert.deepEqual(pages.get(`1:${page}`), Buffer.from(bytes.subarray(page * PAGE, (page + 1) * PAGE)));
  }
  const expected = { snapshot: 1, reason: 'end', mark: '', memory: 7, bytes: 40 * 65536, pages: 4, error: '', sequence: 0, threads: 0, events: 0 };
  assert.deepEqual(said, [expected]);
});

test('only the marks that were asked for', () => {
  const { snapshots, said } = threadWith([memory(1), memory(1)]);
  snapshots.atMark('another');
  snapshots.atMark('chosen');
  assert.deepEqual(said.map(({ snapshot, reason, mark }) => [snapshot, reason, mark]), [[1, 'mark', 'chosen'], [2, 'mark', 'chosen']]);
});

test('a shared memory is said to be one that others may write to', () => {
  const its = memory(1, true);
  new Uint8Array(its.buffer)[0] = 1;
  const { snapshots, said, thread } = threadWith([its], () => {
    Atomics.add(thread.pool.shared, SHARED.SEQUENCE, 3);
    return true;
  });
  Atomics.store(thread.pool.shared, SHARED.SEQUENCE, 20);
  snapshots.atEnd();
  thread.pool.take(1, 0);
  thread.pool.take(2, 0);
  snapshots.atEnd();
  assert.deepEqual(said.map(({ sequence, threads, events }) => [sequence, threads, events]), [[20, 0, 3], [23, 2, 3]]);
});

test('pages that cannot be written are said', () => {
  const its = memory(64);
  new Uint8Array(its.buffer).fill(1);
  let writes = 0;
  const { snapshots, said, pages } = threadWith([its], (output) => {
    writes += 1;
    if (writes < 2) return true;
    output.reason = 'ENOSPC';
    return false;
  });
  snapshots.atEnd();
  assert.equal(pages.size, 256);
  assert.deepEqual([said[0].pages, said[0].error, writes], [1024, 'ENOSPC', 2]);
});

test('a memory that is gone is left out', () => {
  const { snapshots, said } = threadWith([{ number: 1, shared: false, buffer: null }]);
  snapshots.atEnd();
  assert.deepEqual(said, []);
});
