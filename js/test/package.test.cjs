'use strict';

/** What is published. */

const test = require('node:test');
const assert = require('node:assert/strict');
const { execFileSync } = require('node:child_process');
const fs = require('node:fs');
const path = require('node:path');
const { ROOT } = require('../fixtures/support/run.cjs');

const manifest = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json')));
const packed = JSON.parse(execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: ROOT, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
const files = packed[0].files.map(({ path: file }) => file);

/** @returns {string[]} the files that an entry of `exports` leads to */
function targets(entry) {
  return typeof entry === 'string' ? [entry] : Object.values(entry).flatMap(targets);
}

test('the package is what tests need, and nothing else', () => {
  const lib = fs.readdirSync(path.join(ROOT, 'lib')).map((file) => `lib/${file}`);
  assert.deepEqual(files.sort(), ['README.md', 'package.json', ...lib].sort());
});

test('each entry point is there, for import and for require', () => {
  for (const target of Object.values(manifest.exports).flatMap(targets)) assert.ok(files.includes(target.slice(2)), target);
  for (const target of [manifest.main, manifest.types]) assert.ok(files.includes(target), target);
});

test('import and require give the same', async () => {
  const required = require('unfreed');
  const { default: all, ...imported } = await import('unfreed');
  assert.equal(all, undefined);
  assert.deepEqual(Object.keys(imported).sort(), ['LeakError', 'NotMeasuredError', 'leakCheck']);
  assert.deepEqual({ ...required }, imported);
});

test('it has no dependencies', () => {
  assert.equal(manifest.dependencies, undefined);
  for (const name of Object.keys(manifest.peerDependencies)) assert.ok(manifest.peerDependenciesMeta[name].optional, name);
});
