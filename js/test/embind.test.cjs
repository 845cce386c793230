'use strict';

/** The life of embind's handles, in glue of many versions. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { run, newFolder } = require('../fixtures/support/run.cjs');
const { embind, LAYOUTS } = require('../fixtures/support/embind.cjs');
const { glue, LAYOUTS: BINDGEN } = require('../fixtures/support/glue.cjs');
const { fates } = require('../fixtures/support/fates.cjs');
const { patch } = require('../src/handles/patch.cjs');

const hasDispose = Symbol.dispose !== undefined;

const EXPECTED = {
  'geo::Shape<int>': { made: 13, freed: 4, collected: 5, lost: 3 },
  Circle: { made: hasDispose ? 10 : 9, freed: hasDispose ? 2 : 1, collected: 4 },
  ShapeWrapper: { made: 2, freed: 2 },
};

function write(name, source) {
  const file = path.join(newFolder(), name);
  fs.writeFileSync(file, source);
  return file;
}

async function check(file, expected = EXPECTED) {
  const options = { env: { GLUE: file }, node: ['--expose-gc'] };
  const plain = await run('embind.cjs', { ...options, hooked: false });
  const result = await run('embind.cjs', options);
  assert.equal(plain.code, 0, plain.stderr);
  assert.equal(result.stdout, plain.stdout);
  assert.equal(result.stderr, plain.stderr);
  assert.equal(result.code, 0);
  assert.deepEqual(fates(result), expected);
  return result;
}

for (const [version, layout] of Object.entries(LAYOUTS)) {
  test(`embind like that of ${version}`, async () => {
    const result = await check(write('glue.cjs', embind(layout)));
    const [made] = result.records.filter((record) => record.kind === 'made');
    assert.equal(made.a, 1048592);
    assert.ok(result.of('handle_class').every((block) => block.data.free === 'delete'));
    const stacks = result.of('handle_stack').map((block) => block.data.stack);
    assert.match(stacks[0].split('\n')[0], /new (constructor|geo__Shape_int_) .*glue\.cjs:\d+:\d+/);
    assert.match(stacks[0].split('\n')[1], /main .*embind\.cjs:\d+:\d+/);
    assert.ok(stacks.some((stack) => /clone/.test(stack.split('\n').slice(0, 2).join())));
    assert.ok(stacks.every((stack) => !/__unfreed|fromWireType|makeClassHandle/.test(stack.replace(/^.*shared.*$/s, ''))));
  });
}

test('what a smart pointer is in is what its handle owns', async () => {
  const result = await check(write('glue.cjs', embind(LAYOUTS['3.1'])));
  const names = new Map(result.of('handle_class').map(({ data }) => [data.class, data.name]));
  const circles = result.records.filter((record) => record.kind === 'made' && names.get(record.number) === 'Circle');
  // What the first four that were forgotten point to lies 16 bytes behind.
  assert.deepEqual([2, 3, 4].map((at) => circles[at].a - circles[at - 1].a), [32, 32, 32]);
});

test('embind as an ECMAScript module', async () => {
  await check(write('glue.mjs', embind({ ...LAYOUTS['3.1'], module: true })));
});

test('embind beside classes of wasm-bindgen', () => {
  const both = `${embind(LAYOUTS['4.0 with Closure'])}\n(() => {const module = {};${glue(BINDGEN['0.2.100'])}})();`;
  const done = patch(both, 'a');
  assert.equal(done.embind.length, 1);
  assert.equal(done.classes.length, 2);
  assert.doesNotThrow(() => new (require('node:vm').Script)(done.source));
});

test('nothing moves to another line', () => {
  for (const layout of Object.values(LAYOUTS)) {
    const source = embind(layout);
    const patched = patch(source, 'glue.cjs').source.split('\n');
    const lines = source.split('\n');
    assert.equal(patched.length, lines.length + 2);
    const changed = lines.filter((line, index) => line !== patched[index]);
    assert.ok(changed.length >= 4 && changed.length <= 5, `${changed.length}`);
  }
});

test('two glues of other names in one file', () => {
  const [plain, minified] = ['3.1', '4.0 with Closure'].map((version) => `(() => {const module = {};${embind(LAYOUTS[version])}})();`);
  assert.equal(patch(plain + minified, 'a').embind.length, 2);
  const other = minified.replaceAll('Md', 'Xd');
  // Which pointer a record has cannot be told.
  assert.equal(patch(minified + other, 'a'), null);
  assert.equal(patch(plain + minified + other, 'a').embind.length, 1);
});

test('what only looks like embind is left alone', () => {
  const source = embind(LAYOUTS['3.1']);
  assert.equal(patch(`const text = ${JSON.stringify(source)};`, 'a'), null);
  assert.equal(patch(source.replaceAll('isAliasOf', 'isSame'), 'a'), null);
  assert.equal(patch(source.replaceAll('value: record', 'get: record').replaceAll('value: shallow', 'get: shallow').replaceAll('value: $$', 'get: $$'), 'a'), null);
  assert.equal(patch(source.replaceAll('ptr=void 0', 'ptr=0'), 'a'), null);
  assert.equal(patch('class A { isAliasOf() {} isDeleted() { return !this.a.b; } delete() { this.a.b = undefined; } }', 'a'), null);
});

test('patched embind works where nobody records, and where the recorder fails', () => {
  for (const layout of Object.values(LAYOUTS)) {
    const { source } = patch(embind(layout), 'a');
    const use = () => {
      const module = { exports: {} };
      new Function('module', source)(module);
      const { Shape, live } = module.exports;
      const shape = new Shape();
      const clone = shape.clone();
      shape.delete();
      assert.equal(live.size, 1);
      clone.delete();
      assert.equal(live.size, 0);
      assert.throws(() => shape.delete(), /geo::Shape<int> instance already deleted/);
    };
    use();
    const key = Symbol.for('unfreed handles');
    for (const broken of [() => { throw new Error('no'); }, () => () => { throw new Error('no'); }, () => undefined, 5]) {
      globalThis[key] = broken;
      try {
        use();
      } finally {
        delete globalThis[key];
      }
    }
  }
});
