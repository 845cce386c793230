// What handles cost in automerge: recorded with and without them, in turns, and beside
// it two runs that differ in nothing, which tell what the machine does.
//
//     node handles.mjs UNFREED HOOK [rounds]
//
// Runs in a folder with the files of this one and the installed packages.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';

const [unfreed, hook] = process.argv.slice(2, 4).map((file) => resolve(file));
const rounds = Number(process.argv[4] ?? 9);
const cache = resolve('cache');
const raw = resolve('handles.raw');
const usage = resolve('usage.json');

/** What a recorded run used, in milliseconds. */
function measure(how) {
  // The header of a raw recording; nobody reads this one.
  writeFileSync(raw, Buffer.concat([Buffer.from('UNFREED'), Buffer.alloc(9)]));
  const before = how === 'without' ? '--require ./without-handles.cjs ' : '';
  const env = {
    ...process.env,
    NODE_OPTIONS: `${before}--require "${hook}" --require ./usage.cjs`,
    UNFREED_BENCH_HOOK: hook,
    UNFREED_BENCH_USAGE: usage,
    UNFREED_RECORDING: JSON.stringify({ file: raw, binary: unfreed, cache }),
  };
  const done = spawnSync(process.execPath, ['automerge.mjs'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`automerge ended with ${done.status ?? done.signal}`);
  const { wall_ms, cpu_ms } = JSON.parse(readFileSync(usage, 'utf8'));
  return { wall_ms, cpu_ms, made: readFileSync(raw).includes('"name":"Automerge"') };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

mkdirSync(cache, { recursive: true });
console.log(`\nhandles in automerge 3.5.0, ${rounds} rounds in turns, each against the run without handles of its round`);
measure('with');
const runs = { without: [], with: [], again: [] };
for (let round = 0; round < rounds; round += 1) {
  const order = ['without', 'with', 'again'];
  // Each goes first in every third round.
  for (let turn = 0; turn < 3; turn += 1) {
    const name = order[(round + turn) % 3];
    const used = measure(name === 'with' ? 'with' : 'without');
    if (used.made !== (name === 'with')) throw new Error(`${name}: handles were ${used.made ? '' : 'not '}recorded`);
    runs[name].push(used);
  }
}
for (const [key, name] of [['cpu_ms', 'processor time'], ['wall_ms', 'time']]) {
  const ratios = (how) => runs[how].map((used, round) => used[key] / runs.without[round][key]);
  const fastest = (how) => Math.min(...runs[how].map((used) => used[key]));
  const row = (what, text, target = '') => console.log(`  ${`${name}, ${what}`.padEnd(42)}${text.padStart(16)}${target}`);
  row('median of the ratios', `${median(ratios('with')).toFixed(3)} times`, '   target: at most 1.05 times');
  row('fastest', `${(fastest('with') / fastest('without')).toFixed(3)} times`);
  row('without handles, again', `${median(ratios('again')).toFixed(3)} times`);
  row('fastest, again', `${(fastest('again') / fastest('without')).toFixed(3)} times`);
}
