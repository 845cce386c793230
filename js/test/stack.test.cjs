'use strict';

/** Stacks are those of `Error.stack`, whatever the frames are. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { takeStack } = require('../src/stack.cjs');

const modules = path.join(__dirname, '..', 'fixtures', 'modules');
const heap = new WebAssembly.Module(fs.readFileSync(path.join(modules, 'heap.wasm')));

/** Both stacks, taken at one place, without the lines of these functions. */
function take() {
  const taken = takeStack(take);
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1000;
  const holder = {};
  Error.captureStackTrace(holder, take);
  Error.stackTraceLimit = limit;
  return { taken, expected: holder.stack.split('\n').filter((line) => line.startsWith('    at ')) };
}

/** Has a module call it. */
function throughModule(call) {
  let result;
  const { exports } = new WebAssembly.Instance(heap, { env: { step: () => void (result = call()) } });
  exports.step();
  return result;
}

class Base {
  constructor(call) {
    this.result = call();
  }
  method(call) {
    return call();
  }
  static named(call) {
    return call();
  }
  get now() {
    return take();
  }
}
class Derived extends Base {}

const ways = {
  module: () => throughModule(take),
  'a module in a module': () => throughModule(() => throughModule(take)),
  constructor: () => new Derived(take).result,
  method: () => new Derived(() => {}).method(take),
  'another name': () => ({ other: Base.prototype.method }).other(take),
  static: () => Derived.named(take),
  getter: () => new Derived(() => {}).now,
  'functions of the engine': () => [1].map(() => new Map([[1, 1]]).forEach(() => {}) ?? take())[0],
  eval: () => eval('(() => take())()'),
  'code of its own name': () => eval('(() => take())()\n//# sourceURL=own.js'),
  'new Function': () => new Function('call', 'return call()')(take),
  'another context': () => vm.runInNewContext('(function there() { return call(); })()', { call: take }),
  'await': async () => {
    await null;
    return take();
  },
  'Promise.all': async () => (await Promise.all([ways.await()]))[0],
  'deep recursion': () => {
    const down = (depth) => (depth === 0 ? take() : down(depth - 1));
    return down(1100);
  },
};

for (const [name, way] of Object.entries(ways)) {
  test(`stack through ${name}`, async () => {
    // The second time, lines of modules are known.
    for (const { taken, expected } of [await way(), await way()]) {
      assert.ok(expected.length > 1);
      assert.deepEqual(taken, expected);
    }
  });
}

test('a frozen Error gives what it can', () => {
  const context = `const { takeStack } = require(${JSON.stringify(require.resolve('../src/stack.cjs'))});
    Object.freeze(Error);
    function f() { return takeStack(f); }
    (function caller() { console.log(f()[0]); })();`;
  const { stdout } = require('node:child_process').spawnSync(process.execPath, ['-e', context]);
  assert.match(stdout.toString(), /^ {4}at caller /);
});

test('places are those of the sources when Node maps them', () => {
  const map = Buffer.from(JSON.stringify({ version: 3, sources: ['origin.ts'], names: [], mappings: 'AAAA;AAEA' }));
  const url = `data:application/json;base64,${map.toString('base64')}`;
  const folder = fs.mkdtempSync(path.join(require('node:os').tmpdir(), 'unfreed-map-'));
  const file = path.join(folder, 'made.js');
  fs.writeFileSync(file, `const { takeStack } = require(${JSON.stringify(require.resolve('../src/stack.cjs'))}); function f() { return takeStack(f); }
(function caller() { console.log(f()[0]); })();
//# sourceMappingURL=${url}`);
  const { spawnSync } = require('node:child_process');
  const { stdout } = spawnSync(process.execPath, ['--enable-source-maps', file]);
  fs.rmSync(folder, { recursive: true });
  assert.match(stdout.toString(), /origin\.ts:/);
});
