'use strict';

/** Modules are recorded in whatever way they are loaded, and the program cannot tell. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { run, newFolder, ROOT } = require('../fixtures/support/run.cjs');

test('each way to load a module is recorded', async () => {
  const [hooked, plain] = await Promise.all([run('load.cjs'), run('load.cjs', { hooked: false })]);
  assert.equal(hooked.stdout, plain.stdout);
  assert.equal(hooked.stderr, '');
  assert.equal(hooked.skipped, 0);
  assert.equal(hooked.count('allocate'), 8);
  assert.deepEqual(hooked.of('stack').map((block) => block.data.low), [1, 2, 3, 4, 5, 6, 7, 8]);
  assert.deepEqual(hooked.of('instance').map((block) => block.data.memory), [1, 2, 3, 4, 5, 6, 7, 8]);
  const [module] = hooked.of('module');
  assert.equal(module.data.status, 'instrumented');
  assert.match(module.data.origin, /load\.cjs:\d+:\d+$/);
  const [first] = hooked.of('stack');
  assert.match(first.data.stack, /^ {4}at one \(wasm:.*\n {4}at allocate \(wasm:.*\n {4}at use \(/);
  assert.equal(first.data.high, 0xfffffff9);
});

test('modules of contexts of node:vm are recorded', async () => {
  const [hooked, plain] = await Promise.all([run('realms.cjs'), run('realms.cjs', { hooked: false })]);
  assert.equal(hooked.stdout, plain.stdout);
  assert.equal(hooked.stderr, plain.stderr);
  const contexts = new Set(hooked.of('stack').map((block) => block.data.low));
  assert.deepEqual([...contexts].sort((a, b) => a - b), [1, 2, 11, 12, 21, 22, 31, 32, 41, 42, 51, 52, 99]);
  assert.equal(hooked.count('allocate'), 13);
  assert.deepEqual(hooked.of('instance').map((block) => block.data.shared).filter(Boolean), [true]);
});

test('errors, descriptors and what programs can list are those of the originals', async () => {
  const [hooked, plain] = await Promise.all([run('errors.cjs'), run('errors.cjs', { hooked: false })]);
  const expected = plain.stdout.split('\n');
  assert.ok(expected.length > 60);
  for (const [index, line] of hooked.stdout.split('\n').entries()) assert.equal(line, expected[index]);
  assert.equal(hooked.stderr, plain.stderr);
  assert.equal(hooked.code, plain.code);
});

for (const mode of ['fail', 'garbage', 'untouched']) {
  test(`a module is used as it is when the rewriter does this: ${mode}`, async () => {
    const config = { cache: path.join(newFolder(), 'cache') };
    const result = await run('load.cjs', { config, env: { UNFREED_STAND_IN: mode } });
    assert.equal(result.code, 0, result.stderr);
    assert.equal(result.stderr, '');
    const [{ data }, ...more] = result.of('module');
    assert.equal(more.length, 0);
    assert.equal(data.status, 'untouched');
    assert.match(data.reason, { fail: /cannot do it/, garbage: /not a module/, untouched: /not known/ }[mode]);
    assert.equal(result.records.length, 0);
  });
}

test('a binary that is not there is no reason to fail, and is told when asked for', async () => {
  const config = { binary: '/nowhere/unfreed', debug: true };
  const result = await run('load.cjs', { config });
  assert.equal(result.code, 0);
  assert.match(result.stderr, /^unfreed: module [0-9a-f]{16} .* is not recorded: .*ENOENT/);
});

test('a rewritten module comes from the cache the second time', async () => {
  const folder = newFolder();
  const options = { config: { cache: path.join(folder, 'cache') }, env: { UNFREED_STAND_IN_LOG: path.join(folder, 'log') } };
  await run('load.cjs', options);
  const again = await run('load.cjs', options);
  assert.equal(again.count('allocate'), 8);
  assert.equal(fs.readFileSync(options.env.UNFREED_STAND_IN_LOG, 'utf8').trim().split('\n').length, 1);
});

test('ES modules, workers and child processes record, with spaces in all paths', async () => {
  const root = path.join(newFolder(), 'a package');
  fs.cpSync(path.join(ROOT, 'src'), path.join(root, 'src'), { recursive: true });
  const result = await run('entry.mjs', { root });
  assert.equal(result.code, 0, result.stderr);
  assert.deepEqual(result.stdout.trim().split('\n').sort(), ['child true', 'main 0 -1']);
  assert.equal(result.count('allocate'), 12);
  assert.equal(result.of('process').length, 2);
  assert.deepEqual(result.of('thread').map((block) => block.data), [{ thread: 1, started_by: 0 }]);
  assert.deepEqual(result.of('thread_end').map((block) => block.data), [{ thread: 1, terminated: false, exit_code: 0 }]);
});

test('without a recording the hook does nothing', async () => {
  const hook = path.join(ROOT, 'src', 'hook.cjs');
  const result = await run('errors.cjs', { hooked: false, node: ['--require', hook] });
  assert.equal(result.code, 0);
  assert.equal(result.blocks.length, 0);
});
