'use strict';

/** Snapshots: which pages of which memories are written, and what is said of them. */

const test = require('node:test');
const assert = require('node:assert/strict');
const v8 = require('node:v8');
const vm = require('node:vm');
const { Snapshots } = require('../src/snapshot.cjs');
const { Pool, SHARED } = require('../src/pool.cjs');
const { BLOCK } = require('../src/format.cjs');

v8.setFlagsFromString('--expose-gc');
const gc = vm.runInNewContext('gc');

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
  const thread = { id: 0, pool, output, chunk: pool.take(0, 0), recorder: { drain() {} }, memories: { all: memories }, undescribed: new Set() };
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
  const expected = { snapshot: 1, reason: 'end', mark: '', memory: 7, bytes: 40 * 65536, pages: 4, error: '', sequence: 0, threads: 0, events: 0, globals: [], globals_unread: 0 };
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

/** What a module hands out whose globals have these values. */
const readerOf = (...values) => ({ read: (place) => values[place], count: values.length });

test('globals are read of the instances that have the memory', () => {
  const [its, another] = [memory(1), memory(1)];
  const { snapshots, said, thread } = threadWith([its]);
  const exports = [{}, {}, {}];
  snapshots.globals.add(its, 1, exports[0], readerOf(5n, -1n));
  snapshots.globals.add(another, 2, exports[1], readerOf(6n));
  snapshots.globals.add(its, 3, exports[2], { read: () => { throw new RangeError(); }, count: 1 });
  thread.undescribed.add({ number: 4, memory: its, reader: readerOf(7n) });
  thread.undescribed.add({ number: 5, memory: its, reader: null });
  snapshots.atEnd();
  assert.deepEqual(said[0].globals, [{ instance: 1, values: ['5', '18446744073709551615'] }, { instance: 4, values: ['7'] }]);
  assert.equal(said[0].globals_unread, 1);
});

test('an instance whose globals are read can be collected', async () => {
  const its = memory(1);
  const { snapshots, said } = threadWith([its]);
  const made = () => {
    const { exports, reader } = instanceWithReader();
    snapshots.globals.add(its, 1, exports, reader);
    return exports.keep;
  };
  const lookAfterCollection = async () => {
    // A reference that was looked at is kept until the next turn.
    for (let turn = 0; turn < 3; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      gc();
    }
    snapshots.atEnd();
    return said.at(-1).globals;
  };
  // What leads to an instance keeps its reader, whatever it is.
  let kept = made();
  assert.deepEqual(await lookAfterCollection(), [{ instance: 1, values: ['9'] }]);
  assert.equal(typeof kept, 'function');
  kept = null;
  assert.deepEqual(await lookAfterCollection(), []);
});

/**
 * (module (import "" "" (func (param funcref i32))) (func (export "keep"))
 *   (func $read (param i32) (result i64) (i64.const 9))
 *   (func $start (call 0 (ref.func $read) (i32.const 1))) (start $start) (elem declare func $read))
 */
const WASM = [
  '0061736d01000000010e036002707f0060000060017f017e02050100000000030403010201070801',
  '046b6565700001080103090501030001020a120302000b040042090b0800d202410110000b',
].join('');

/** An instance that hands out a function as rewritten modules do. */
function instanceWithReader() {
  const bytes = Buffer.from(WASM, 'hex');
  let reader = null;
  const take = (read, count) => {
    reader = { read, count };
  };
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { '': { '': take } });
  return { exports, reader };
}
