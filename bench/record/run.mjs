// What `unfreed record` costs: each program plain and recorded, in turns, and
// each figure beside its target.
//
//     node run.mjs UNFREED [rounds]
//
// Runs in a folder with the files of this one and the installed packages.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { resolve } from 'node:path';

const unfreed = resolve(process.argv[2]);
const rounds = Number(process.argv[3] ?? 9);
const usageFile = resolve('usage.json');
const cache = resolve('cache');
const trace = 'recording.unfreed';
const environment = { ...process.env, XDG_CACHE_HOME: cache };
delete environment.NODE_OPTIONS;

/** Runs a command and gives its output. */
function run(command, env = {}) {
  const [program, ...args] = command;
  const options = { env: { ...environment, ...env }, maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'inherit'] };
  const done = spawnSync(program, args, options);
  if (done.error) throw done.error;
  if (done.status !== 0) throw new Error(`${command.join(' ')} ended with ${done.status ?? done.signal}`);
  return done.stdout.toString();
}

const plain = (script) => [process.execPath, script];
const recorded = (script) => [unfreed, 'record', '--quiet', '-o', trace, '--', ...plain(script)];

/** What a program used, and how long the whole command took. */
function measure(command) {
  const begin = performance.now();
  run(command, { NODE_OPTIONS: '--require ./usage.cjs', UNFREED_BENCH_USAGE: usageFile });
  const command_ms = performance.now() - begin;
  return { ...JSON.parse(readFileSync(usageFile, 'utf8')), command_ms };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function heading(text) {
  console.log(`\n${text}`);
}

function row(name, measured, target = '') {
  console.log(`  ${name.padEnd(42)}${measured.padStart(16)}${target === '' ? '' : `   target: ${target}`}`);
}

const MIB = 1024 * 1024;
const seconds = (milliseconds) => `${(milliseconds / 1000).toFixed(3)} s`;

function automerge() {
  heading(`automerge 3.5.0, 5 documents of 300 changes, ${rounds} rounds of plain and recorded in turns`);
  const script = 'automerge.mjs';
  run(recorded(script));
  const runs = { plain: [], recorded: [] };
  for (let round = 0; round < rounds; round += 1) {
    // Each goes first in every other round.
    const order = round % 2 === 0 ? ['plain', 'recorded'] : ['recorded', 'plain'];
    for (const how of order) runs[how].push(measure(how === 'plain' ? plain(script) : recorded(script)));
  }
  const column = (how, key) => runs[how].map((used) => used[key]);
  for (const [name, key, target] of [['time of the program', 'wall_ms', '1.10'], ['processor time of the program', 'cpu_ms', '']]) {
    for (const [which, choose] of [['median', median], ['fastest', (values) => Math.min(...values)]]) {
      const [a, b] = [choose(column('plain', key)), choose(column('recorded', key))];
      row(`${name}, ${which}`, `${(b / a).toFixed(3)} times`, target && `at most ${target} times`);
      row('', `${seconds(a)} plain, ${seconds(b)} recorded`);
    }
  }
  const whole = median(column('recorded', 'command_ms')) / median(column('plain', 'command_ms'));
  row('with writing the trace at the end, median', `${whole.toFixed(3)} times`);

  const analysis = JSON.parse(run([unfreed, 'analyze', '--format', 'json', trace]));
  const { allocations, frees } = analysis.totals;
  const events = allocations + frees;
  const paths = analysis.sites.length;
  const added = median(column('recorded', 'peak_bytes')) - median(column('plain', 'peak_bytes'));
  row('allocations and frees', events.toLocaleString('en'));
  row('distinct call paths', paths.toLocaleString('en'));
  row('trace', `${(statSync(trace).size / events).toFixed(2)} bytes per event`, 'at most 3');
  const allowed = (64 * MIB + paths * 1024) / MIB;
  row('memory added to the peak, median', `${(added / MIB).toFixed(1)} MiB`, `at most ${allowed.toFixed(1)} MiB`);
}

function loops() {
  heading('a loop of malloc and free alone, per event, fastest of 60 times 100,000 events');
  const how = { plain: JSON.parse(run(plain('loop.mjs'))), recorded: JSON.parse(run(recorded('loop.mjs'))) };
  for (const [key, name] of [['one', 'one call path'], ['many', '1,000 call paths'], ['shared', '1,000 call paths, shared memory']]) {
    const added = how.recorded[key] - how.plain[key];
    row(name, `${added.toFixed(1)} ns more`, 'at most 40');
    row('', `${how.plain[key].toFixed(1)} ns plain, ${how.recorded[key].toFixed(1)} ns recorded`);
  }
}

function loading() {
  heading('loading the module of o1js 2.7.0, median of 3');
  const times = { plain: [], first: [], cached: [] };
  let bytes = 0;
  for (let round = 0; round < 3; round += 1) {
    rmSync(cache, { recursive: true, force: true });
    mkdirSync(cache);
    for (const how of ['plain', 'first', 'cached']) {
      const result = JSON.parse(run(how === 'plain' ? plain('load.mjs') : recorded('load.mjs')));
      times[how].push(result.milliseconds);
      bytes = result.bytes;
    }
  }
  row('size of the module', `${(bytes / 1e6).toFixed(2)} MB`);
  row('plain', seconds(median(times.plain)));
  row('recorded for the first time', seconds(median(times.first)), 'rewritten in under 1 s');
  row('recorded again', seconds(median(times.cached)));
}

mkdirSync(cache, { recursive: true });
automerge();
loops();
loading();
