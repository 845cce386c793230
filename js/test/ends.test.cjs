'use strict';

/** However a process ends, its records are in the file, and it ends as without the hook. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const { run, newFolder } = require('../fixtures/support/run.cjs');

/** Allocations that the program makes before it ends in each way. */
const ALLOCATIONS = { step: 10, start: 9, listener: 7, trap: 10, throw: 7, reject: 7, code: 7, abort: 5, self: 5 };

for (const [how, allocations] of Object.entries(ALLOCATIONS)) {
  test(`nothing is lost at the end: ${how}`, async () => {
    const env = { HOW: how };
    const [hooked, plain] = await Promise.all([run('end.cjs', { env }), run('end.cjs', { env, hooked: false })]);
    assert.equal(hooked.count('allocate'), allocations);
    assert.deepEqual([hooked.code, hooked.signal], [plain.code, plain.signal]);
    assert.equal(hooked.stdout, plain.stdout);
    assert.equal(hooked.skipped, 0);
    // Stacks of traps name places in the rewritten module.
    if (how === 'throw' || how === 'reject') assert.equal(hooked.stderr, plain.stderr);
    if (how === 'abort' || how === 'self') return;
    const [end] = hooked.of('process_end');
    assert.equal(end.data.code, plain.code);
    assert.equal(end.data.reason, ['trap', 'throw', 'reject'].includes(how) ? 'uncaught exception' : 'exit');
  });
}

test('records of a start function, with 64-bit addresses, have their instance', async () => {
  const result = await run('end.cjs', { env: { HOW: 'start' } });
  const [, instance] = result.of('instance');
  assert.equal(instance.data.instance, 2);
  assert.equal(instance.data.address_bits, 64);
  const records = result.records.filter((record) => record.kind !== 'time');
  const begin = records.findIndex((record) => record.kind === 'wide');
  const [wide, first, second, wideFree, free, grow] = records.slice(begin);
  assert.deepEqual([wide.a, wide.b, first.a, first.b], [1, 0, 64, 24]);
  assert.deepEqual([second.kind, second.a, wideFree.kind, free.kind, free.number], ['allocate', 96, 'wide', 'free', 2]);
  assert.deepEqual([grow.kind, grow.a, grow.b], ['grow', 1, 2]);
});

/** Sends a signal once the program has begun, and after a while. */
function signalled(signal, how, delay) {
  return run('end.cjs', {
    env: { HOW: how },
    started: (child) => child.stdout.once('data', () => setTimeout(() => child.kill(signal), delay)),
  });
}

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL']) {
  test(`${signal} ends an idle program as always, with all records in the file`, async () => {
    const result = await signalled(signal, 'wait', 200);
    assert.deepEqual([result.code, result.signal], [null, signal]);
    assert.equal(result.count('allocate'), 5);
    assert.equal(result.stderr, '');
  });
}

test('SIGTERM ends a program that was busy as soon as it is not, and nothing is missing', async () => {
  const result = await signalled('SIGTERM', 'busy', 100);
  assert.deepEqual([result.code, result.signal], [null, 'SIGTERM']);
  // The program says how much it had done when it had done all.
  assert.equal(result.count('allocate'), Number(/did (\d+)/.exec(result.stdout)[1]));
  assert.equal(result.of('process_end')[0].data.reason, 'SIGTERM');
});

test('SIGKILL ends a busy program at once, and little is missing', async () => {
  const result = await signalled('SIGKILL', 'endless', 300);
  assert.equal(result.signal, 'SIGKILL');
  const times = result.of('events').map((block) => block.time);
  assert.ok(Math.max(...times) - Math.min(...times) > 150_000);
});

test('listeners of the program for signals decide alone, and those of the hook are not seen', async () => {
  const [hooked, plain] = await Promise.all([run('signals.cjs'), run('signals.cjs', { hooked: false })]);
  assert.equal(hooked.stdout, plain.stdout);
  assert.deepEqual([hooked.code, hooked.signal], [plain.code, plain.signal]);
  assert.equal(plain.signal, 'SIGTERM');
  assert.equal(hooked.count('allocate'), 3);
});

test('a file says while the hook alone listens for a signal', async () => {
  const armed = newFolder();
  const result = await run('armed.cjs', { config: { armed }, env: { ARMED: armed } });
  assert.deepEqual(JSON.parse(result.stdout), [[], ['SIGHUP', 'SIGINT', 'SIGTERM'], ['SIGHUP', 'SIGTERM'], ['SIGHUP', 'SIGINT', 'SIGTERM']]);
  assert.deepEqual(fs.readdirSync(armed), []);
});

test("the program's own signal handler runs, and what it records is kept", async () => {
  const result = await signalled('SIGTERM', 'handler', 100);
  assert.deepEqual([result.code, result.signal], [4, null]);
  assert.equal(result.count('allocate'), 8);
});
