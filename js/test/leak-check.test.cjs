'use strict';

/** `leakCheck` in processes that `unfreed record` records. */

const test = require('node:test');
const assert = require('node:assert/strict');
const path = require('node:path');
const { record } = require('../fixtures/support/recorded.cjs');
const { run } = require('../fixtures/support/run.cjs');

const PROGRAMS = path.join(__dirname, '..', 'fixtures', 'programs');
const program = (name) => [process.execPath, path.join(PROGRAMS, name)];

const checks = record(program('checks.cjs'));
const realm = record(program('checks-realm.cjs'));

/** What a check of checks.cjs said. */
async function said(name) {
  const all = await checks;
  assert.equal(all.code, 0, all.stderr);
  assert.ok(name in all.said, `no ${name}: ${all.stderr}`);
  return all.said[name];
}

function isLeak({ error, message }) {
  assert.equal(error, 'LeakError', message);
}

function isClean({ error, message, result }) {
  assert.equal(error, undefined, message);
  assert.equal(result.outcome, 'pass');
}

test('what leaks is named, with how much and who allocated it', async () => {
  const { error, message, result, listed, code } = await said('leaky');
  assert.equal(error, 'LeakError');
  assert.equal(code, undefined);
  assert.deepEqual(listed, ['name']);
  const lines = message.split('\n');
  assert.equal(lines[0], 'leaky leaks.');
  assert.equal(lines[1], 'leaked_bytes: allowed 0 B, measured exactly 100 B in 7 iterations');
  assert.match(message, /\n {2}forget: 100 bytes in 1 block per iteration, allocated by\n/);
  assert.match(message, /- forget {2}\S+\.wasm:0x[0-9a-f]+\n/);
  assert.match(message, /- leaky {2}.*checks\.cjs:\d+/);
  assert.ok(lines.length < 20, message);
  assert.equal(result.outcome, 'fail');
  assert.equal(result.iterations, 7);
  assert.deepEqual([result.bytes.growth, result.bytes.low, result.bytes.high, result.bytes.exact], [100, 100, 100, true]);
  assert.ok(result.bytes.confidence > 0.95);
  assert.equal(result.objects.growth, 1);
  assert.equal(result.handles.growth, 0);
  const steps = result.series.liveBytes.slice(1).map((level, index) => level - result.series.liveBytes[index]);
  assert.deepEqual(steps, Array(7).fill(100));
  assert.equal(result.budgets[0].culprits[0].type, 'forget');
});

test('stacks are those of the check, though an earlier one has had the same way through the module', async () => {
  const { message } = await said('again');
  assert.match(message, /- again {2}.*checks\.cjs:\d+/);
  assert.doesNotMatch(message, /leaky|runOnce/);
});

test('only what happens between the marks of a check counts', async () => {
  const clean = await said('clean');
  isClean(clean);
  assert.equal(clean.result.bytes.growth, 0);
  assert.equal(clean.result.series.liveBytes.length, 8);
  assert.ok(clean.result.series.liveBytes[0] >= 100_000);
});

test('asynchronous functions are awaited', async () => {
  const { error, result } = await said('async');
  assert.equal(error, 'LeakError');
  assert.equal(result.bytes.growth, 100);
});

test('what happens once breaks no budget', async () => isClean(await said('one-off')));

test('what the function throws is thrown', async () => {
  const thrown = await said('thrown');
  assert.deepEqual([thrown.isSame, thrown.count], [true, 4]);
});

test('budgets of bytes, objects, memory, types and stacks', async () => {
  isClean(await said('allowed'));
  const tooMuch = await said('too much');
  isLeak(tooMuch);
  assert.match(tooMuch.message, /^forgetting leaks\.\n.*: allowed 99 B, measured exactly 100 B /);
  isLeak(await said('objects'));
  isClean(await said('memory'));
  isLeak(await said('types'));
  isClean(await said('other types'));
  isLeak(await said('stacks'));
});

test('too few iterations do not tell, more tell more', async () => {
  const { error, code, message, result } = await said('too few');
  assert.deepEqual([error, code], ['NotMeasuredError', 'UNKNOWN']);
  assert.match(message, /not enough iterations: 3 of 4/);
  assert.equal(result.outcome, 'unknown');
  const { error: name, result: more } = await said('many');
  assert.equal(name, 'LeakError');
  assert.equal(more.iterations, 13);
});

test('objects that the collector frees are no leak, others are', async () => {
  isClean(await said('collected'));
  const held = await said('held');
  isLeak(held);
  assert.equal(held.result.handles.growth, 1);
  assert.equal(held.result.budgets[0].culprits[0].type, 'Document');
  const forgotten = await said('forgotten');
  isLeak(forgotten);
  assert.equal(forgotten.result.handles.growth, 1);
  assert.ok(forgotten.result.budgets.every(({ outcome }) => outcome === 'fail'));
});

test('two checks at once are refused, and the first is not harmed', async () => {
  isClean(await said('first'));
  const second = await said('second');
  assert.deepEqual([second.error, second.code], ['NotMeasuredError', 'BUSY']);
  const nested = await said('nested');
  assert.deepEqual([nested.error, nested.code], ['NotMeasuredError', 'BUSY']);
});

test('a wrong option is an error', async () => {
  const wrong = await said('wrong');
  assert.equal(wrong.error, 'TypeError');
  assert.match(wrong.message, /there is no option "iteration"/);
});

test('checks in workers see their own thread and those it starts', async () => {
  const { said: all, stderr, code } = await record(program('checks-threads.cjs'));
  assert.equal(code, 0, stderr);
  isClean(all['clean beside others']);
  const leaky = all['leaky beside others'];
  isLeak(leaky);
  assert.deepEqual([leaky.result.bytes.growth, leaky.result.bytes.exact], [100, true]);
  const stacks = all['stacks of threads'];
  isLeak(stacks);
  assert.ok(stacks.result.bytes.growth > 4000, stacks.message);
});

test('checks in a context of node:vm', async () => {
  const { said: all, stderr, code } = await realm;
  assert.equal(code, 0, stderr);
  // Nothing has run that could leak.
  assert.deepEqual([all.nothing.error, all.nothing.code], ['NotMeasuredError', 'UNKNOWN']);
  assert.match(all.nothing.message, /there is no allocation in it/);
  isClean(all.global);
  isLeak(all.leaky);
  isClean(all.clean);
  isLeak(all.held);
  assert.equal(all.held.result.handles.growth, 1);
  isClean(all.collected);
});

test('checks where timers and clocks are fakes', async () => {
  const { said: all, stderr, code } = await record(program('checks-fakes.cjs'));
  assert.equal(code, 0, stderr);
  isLeak(all.timers);
  isLeak(all.ticks);
  isClean(all.clean);
});

test('the matcher says whether it leaks, and what', async () => {
  const { said: all } = await realm;
  const leaky = all['matched leaky'].result;
  assert.equal(leaky.outcome, 'leaks');
  assert.match(leaky.said, /^The function leaks\.\nleaked_bytes: allowed 0 B, measured exactly 100 B /);
  const clean = all['matched clean'].result;
  assert.equal(clean.outcome, 'clean');
  assert.match(clean.said, /was expected to leak/);
});

test('a command that cannot be run is said', async () => {
  const { stdout, stderr } = await run('checks-fakes.cjs', { config: { binary: '/nowhere/unfreed' } });
  const all = stdout.trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(all.length, 3, stderr);
  for (const { error, code, message } of all) {
    assert.deepEqual([error, code], ['NotMeasuredError', 'NOT_READ']);
    assert.match(message, /unfreed check .*ENOENT/);
  }
});

test('of unfreed.toml only the suppressions count', async () => {
  const files = {
    'unfreed.toml': "suppressions = 'known.txt'\nmark_end = 'never'\nwarm_up = 6\n[[budget]]\nkind = 'peak_bytes'\nlimit = 0\n",
    'known.txt': '# reason: to be fixed\nleak:forget\n',
  };
  const { said: all, stderr } = await record(program('checks-realm.cjs'), { files });
  isClean(all.leaky);
  const { budgets, suppressed } = all.leaky.result;
  assert.deepEqual(budgets.map(({ name }) => name), ['leaked_bytes'], stderr);
  assert.deepEqual([suppressed.length, suppressed[0].pattern, suppressed[0].reason], [1, 'forget', 'to be fixed']);
});

test('a run that is not recorded is not green, unless that is meant', async () => {
  const names = Object.keys((await realm).said);
  const plain = await record(program('checks-realm.cjs'), { isRecorded: false });
  assert.deepEqual(Object.keys(plain.said), names);
  for (const { error, code, message } of Object.values(plain.said)) {
    assert.deepEqual([error, code], ['NotMeasuredError', 'NO_RECORDING']);
    assert.match(message, /unfreed record -o leaks\.unfreed -- npx vitest run/);
  }
  const optional = await record(program('checks-realm.cjs'), { isRecorded: false, env: { UNFREED_OPTIONAL: '1' } });
  const outcomes = Object.entries(optional.said).map(([name, { result }]) => [name, result.outcome]);
  // Whatever is expected of it passes.
  const matched = { 'matched leaky': 'clean', 'matched clean': 'leaks' };
  assert.deepEqual(outcomes, names.map((name) => [name, matched[name] ?? 'skipped']));
});
