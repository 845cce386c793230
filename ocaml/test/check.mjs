// Runs the programs of this folder and compares what unfreed says with what they know.
// Usage: node check.mjs FOLDER-OF-PROGRAMS UNFREED

import assert from 'node:assert';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const [programs, unfreed] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'unfreed-ocaml-'));
const log = join(folder, 'run.log');

const run = (name, ...args) =>
  execFileSync(join(programs, `${name}.exe`), args, { encoding: 'utf8' }).trim();

function analyse() {
  // 3 is the exit code of a log that has lines which cannot be read.
  const { status, stdout } = spawnSync(unfreed, ['analyze', '--format', 'json', log], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  assert.strictEqual(status, 0, stdout.slice(0, 1000));
  return JSON.parse(stdout);
}

const kept = (found) => found.types.find((type) => /^Dune__exe__Leak\.keep < .*\[minor\]$/.test(type.type));
const holds = (interval, value) => interval.low <= value && value <= interval.high;

function leak(seed, rate) {
  const [blocks, bytes] = run('leak', seed, log, rate).split(' ').map(Number);
  const found = analyse();
  return { blocks, bytes, found, type: kept(found) };
}

function intervalsHold() {
  const runs = 100;
  let [bytesHeld, blocksHeld, estimates, samples] = [0, 0, 0, 0];
  for (let seed = 1; seed <= runs; seed++) {
    const { blocks, bytes, type } = leak(seed, 1e-3);
    const { estimate } = type;
    bytesHeld += holds(estimate.leaked_bytes, bytes);
    blocksHeld += holds(estimate.leaked, blocks);
    estimates += type.leaked_bytes / bytes / runs;
    samples += estimate.leaked_samples / runs;
  }
  console.log(
    `of ${runs} runs with ${samples.toFixed(0)} leaked samples each, the interval held the bytes in ${bytesHeld} and ` +
      `the blocks in ${blocksHeld}; the estimates are ${estimates.toFixed(3)} of the truth on average`,
  );
  assert(bytesHeld >= 95 && blocksHeld >= 95);
  assert(Math.abs(estimates - 1) < 0.1);
}

function everythingIsExact() {
  const { blocks, bytes, found, type } = leak(0, 1);
  assert.strictEqual(found.sampling, null);
  assert.deepStrictEqual([type.leaked, type.leaked_bytes], [blocks, bytes]);
  assert.strictEqual(type.allocations, 2 * blocks);
  assert.strictEqual(type.verdict.kind, 'systematic');
}

function memoryIsLogged() {
  const { found } = leak(3, 1e-3);
  const heap = found.memory.find((memory) => memory.name === 'ocaml');
  assert(heap, JSON.stringify(found.memory));
  assert(found.sampling.promoted_bytes > 0);
  assert.strictEqual(found.lines.malformed, 0);
}

function trackerIsNotTracked() {
  leak(5, 1);
  assert(!readFileSync(log, 'utf8').includes('@ALLOCATE Unfreed.'));
}

function threadsDoNotTear() {
  for (let n = 0; n < 3; n++) {
    run('threads', log);
    const found = analyse();
    assert.strictEqual(found.lines.malformed, 0);
    assert(found.lines.records > 10_000);
    assert.deepStrictEqual(
      found.trust.checks.filter((check) => ['unique_ids', 'matched_frees'].includes(check.name) && check.count > 0),
      [],
    );
  }
}

function failuresDoNotDisturb() {
  for (const path of ['/dev/full', join(folder, 'missing', 'run.log'), log]) {
    const { status, stdout } = spawnSync(join(programs, 'disturbed.exe'), [path], { encoding: 'utf8' });
    assert.deepStrictEqual([path, status, stdout], [path, 0, '100000\n']);
  }
}

// What js_of_ocaml makes of a program lies in V8's heap, whose size a recording has at
// each mark.
function heapOfJavaScriptGrows() {
  if (spawnSync('js_of_ocaml', ['--version']).status !== 0) {
    console.log('js_of_ocaml is missing: what it compiles is not tested');
    return;
  }
  const [script, recording] = [join(folder, 'leak.cjs'), join(folder, 'leak.unfreed')];
  execFileSync('js_of_ocaml', ['--debug-info', join(programs, 'js_leak.bc'), '-o', script]);
  execFileSync(unfreed, ['record', '-q', '-o', recording, '--mark-stdout', '^round', '--', 'node', script]);
  const account = JSON.parse(execFileSync(unfreed, ['account', '--format', 'json', recording], { encoding: 'utf8' }));
  const heap = account.rates.find((rate) => rate.what === 'V8 heap');
  // 20,000 strings of 100 bytes and the cells of their list, in each of eight rounds.
  assert(heap.per_iteration > 2_000_000, JSON.stringify(account.rates));
}

let failed = 0;
for (const check of [
  everythingIsExact,
  memoryIsLogged,
  trackerIsNotTracked,
  threadsDoNotTear,
  failuresDoNotDisturb,
  heapOfJavaScriptGrows,
  intervalsHold,
]) {
  try {
    check();
    console.log(`ok ${check.name}`);
  } catch (error) {
    failed++;
    console.log(`not ok ${check.name}: ${error.stack}`);
  }
}
rmSync(folder, { recursive: true });
process.exitCode = failed === 0 ? 0 : 1;
