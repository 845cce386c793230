'use strict';

/** The life of handles, in glue of many versions. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { pathToFileURL } = require('node:url');
const { run, newFolder } = require('../fixtures/support/run.cjs');
const { glue, LAYOUTS } = require('../fixtures/support/glue.cjs');
const { fates } = require('../fixtures/support/fates.cjs');
const { patch } = require('../src/handles/patch.cjs');

const MINIFIED = path.join(__dirname, '..', 'fixtures', 'glue');
const EXPECTED = { Thing: { made: 31, freed: 2, consumed: 1, collected: 5, lost: 3 }, Other: { made: 1 } };

function write(name, source) {
  const file = path.join(newFolder(), name);
  fs.writeFileSync(file, source);
  return file;
}

async function check(file, expected = EXPECTED) {
  const options = { env: { GLUE: file }, node: ['--expose-gc'] };
  const plain = await run('handles.cjs', { ...options, hooked: false });
  const result = await run('handles.cjs', options);
  assert.equal(result.stdout, plain.stdout);
  assert.equal(result.stderr, plain.stderr);
  assert.equal(result.code, 0);
  assert.deepEqual(fates(result), expected);
  return result;
}

for (const [version, layout] of Object.entries(LAYOUTS)) {
  test(`glue like that of ${version}`, async () => {
    const source = glue(layout);
    const result = await check(write('glue.cjs', source));
    const [made] = result.records.filter((record) => record.kind === 'made');
    assert.equal(made.a, 1048592);
    assert.equal(made.b, 1);
    const { data } = result.of('handle_class').find((block) => block.data.name === 'Thing');
    assert.equal(data.free, '__wbg_thing_free');
    const lines = result.of('handle_stack')[0].data.stack.split('\n');
    assert.match(lines[0], /new Thing .*glue\.cjs:\d+:\d+/);
    assert.match(lines[1], /main .*handles\.cjs:\d+:\d+/);
    assert.ok(result.of('handle_stack').every((block) => !block.data.stack.includes('__unfreed')));
    const stood = result.of('handle_stack').reduce((sum, block) => sum + block.data.stands_for, 0);
    assert.ok(stood <= 32 && stood >= 11, `${stood}`);
    assert.ok(result.of('js_values').some((block) => block.data.kind === 'heap' && block.data.length === 132));
  });
}

for (const [version, layout] of Object.entries(LAYOUTS)) {
  test(`glue like that of ${version} as an ECMAScript module`, async () => {
    const result = await check(write('glue.mjs', glue({ ...layout, module: true })));
    assert.ok(result.of('js_values').some((block) => block.data.kind === 'heap' && block.data.length === 132));
    assert.match(result.of('handle_stack')[0].data.stack.split('\n')[0], /new Thing .*glue\.mjs:\d+:\d+/);
  });
}

test('a program sees no difference in how its modules are loaded', async () => {
  const file = write('glue.mjs', glue({ ...LAYOUTS['0.2.80'], module: true }));
  const options = { env: { GLUE: file } };
  const plain = await run('modules.mjs', { ...options, hooked: false });
  const result = await run('modules.mjs', options);
  assert.equal(plain.code, 0, plain.stderr);
  assert.equal(result.stdout, plain.stdout);
  assert.equal(result.stderr, plain.stderr);
  assert.deepEqual(fates(result), { Thing: { made: 2, freed: 2 } });
});

for (const how of ['experimental-loader', 'import', 'register']) {
  test(`a program with loaders of its own, by ${how}`, async () => {
    const loader = 'export const load = (url, context, next) => next(url, context);';
    const own = write('loader.mjs', loader);
    const importing = write('importing.mjs', `import { register } from 'node:module';\nregister(${JSON.stringify(pathToFileURL(own))});`);
    const node = { 'experimental-loader': ['--no-warnings', '--experimental-loader', own], import: ['--import', importing], register: [] }[how];
    const env = {
      GLUE: write('glue.mjs', glue({ ...LAYOUTS['0.2.100'], module: true })),
      COMMON_GLUE: write('glue.cjs', glue(LAYOUTS['0.2.80'])),
      LOADER: how === 'register' ? own : '',
    };
    const plain = await run('loaders.mjs', { env, node, hooked: false });
    const result = await run('loaders.mjs', { env, node });
    assert.equal(plain.code, 0, plain.stderr);
    assert.equal(result.stderr, plain.stderr);
    assert.equal(result.stdout, plain.stdout);
    // Each thread has one of each glue: one sees registries, one is patched.
    assert.deepEqual(fates(result), { Thing: { made: 4, freed: 4 } });
  });
}

test('glue in a file that does not say of which kind it is', async () => {
  const file = write('glue.cjs', "module.exports = require('./bare.js');");
  // Without registries, so that only a patch sees it.
  fs.writeFileSync(path.join(path.dirname(file), 'bare.js'), glue(LAYOUTS['0.2.80']));
  await check(file);
});

test('glue is patched whatever else transforms it', async () => {
  const file = write('glue.cjs', glue(LAYOUTS['0.2.92']));
  const plain = await run('compile.cjs', { env: { GLUE: file }, hooked: false });
  const result = await run('compile.cjs', { env: { GLUE: file } });
  assert.equal(result.stdout, 'true\ntrue true false\n');
  assert.equal(result.stdout, plain.stdout);
  assert.deepEqual(fates(result), { Thing: { made: 1, freed: 1 } });
  const { data } = result.of('handle_class')[0];
  assert.equal(data.place, file);
});

test('glue that is not seen while it is loaded is known by its registries', async () => {
  const source = glue(LAYOUTS['0.2.100']);
  const hidden = `module.exports = eval(${JSON.stringify(`(() => { const module = {}; ${source}; return module.exports; })()`)});`;
  await check(write('glue.cjs', hidden));
});

test('glue in a context of node:vm is known by its registries', async () => {
  const source = glue(LAYOUTS['0.2.100']);
  const run = `require('node:vm').runInNewContext(${JSON.stringify(`(() => { const module = {}; ${source}; return module.exports; })()`)}, { Symbol })`;
  await check(write('glue.cjs', `module.exports = ${run};`));
});

for (const file of fs.readdirSync(MINIFIED).filter((name) => name.endsWith('js'))) {
  test(`glue as ${file} leaves it`, async () => {
    await check(path.join(MINIFIED, file), {
      [/terser|min/.test(file) ? 'thing' : 'Thing']: EXPECTED.Thing,
      [/terser|min/.test(file) ? 'other' : 'Other']: EXPECTED.Other,
    });
  });
}

test('nothing moves to another line, nor on most lines to another column', () => {
  const source = glue(LAYOUTS['0.2.100']);
  const patched = patch(source, 'glue.cjs').source.split('\n');
  const lines = source.split('\n');
  const changed = lines.filter((line, index) => line !== patched[index]);
  for (const line of changed) assert.match(line, /__wbg_ptr = |free\(\) \{$|heap\.push/);
  assert.equal(changed.length, 8);
  assert.equal(patched.length, lines.length + 2);
});

test('what only looks like glue is left alone', () => {
  const inText = `const text = ${JSON.stringify(glue(LAYOUTS['0.2.92']))}; // class X { __destroy_into_raw() { this.ptr = 0 } }`;
  assert.equal(patch(inText, 'a'), null);
  assert.equal(patch('const a = { __destroy_into_raw() { this.ptr = 0; return 1; }, free() {} };', 'a'), null);
  assert.equal(patch('const heap = []; heap.push(1, null, true, false);', 'a'), null);
  assert.equal(patch('', 'a'), null);
});

test('text and code are told apart', () => {
  const shape = 'class A { static __wrap(p) { const o = Object.create(A.prototype); o.__wbg_ptr = p; return o; } __destroy_into_raw() { const p = this.__wbg_ptr; this.__wbg_ptr = 0; return p; } free() { wasm.__wbg_a_free(this.__destroy_into_raw()); } }';
  for (const before of [
    'const r = /["\'`{]/g;',
    'const s = "\\"{" + \'\\\'}\' + `{${"}"}{`;',
    'const t = `${{ a: `}` }.a}{`;',
    '// it\'s {\n/* " */',
    'const d = 4 / 2 / 1; const e = [1] / 2;',
    'const f = a => /}/.test(a) ? a / 2 : "/";',
    'const g = "a\\\nb{";',
  ]) {
    const done = patch(`${before}\n${shape}`, 'a');
    assert.equal(done?.classes.length, 1, before);
    assert.ok(done.source.startsWith(before), before);
    assert.equal(done.source.split('__unfreed_handle(').length, 5, before);
  }
});

test('a class that would not parse is left alone, and others are not', () => {
  // Without semicolons and with an expression over two lines.
  const odd = 'class A { __destroy_into_raw() { const p = this.ptr; this.ptr = 0; return p } constructor() { this.ptr = one()\n+ two() } free() {} }';
  const done = patch(`${odd}\n${glue(LAYOUTS['0.2.80'])}`, 'a');
  assert.ok(done.classes.some((shape) => shape.name === 'Thing'));
  assert.doesNotThrow(() => new (require('node:vm').Script)(done.source));
});

test('patched glue works where nobody records, and where the recorder fails', () => {
  const { source } = patch(glue(LAYOUTS['0.2.125']), 'a');
  const load = () => {
    const module = { exports: {} };
    new Function('module', source)(module);
    return module.exports;
  };
  const key = Symbol.for('unfreed handles');
  const use = ({ Thing, live }) => {
    const thing = new Thing();
    const other = Thing.from();
    assert.equal(thing.__wbg_ptr, 1048592);
    assert.equal(thing.take(other), 1);
    thing.free();
    assert.equal(live.size, 0);
    assert.throws(() => thing.free(), /null pointer/);
  };
  use(load());
  for (const broken of [() => { throw new Error('no'); }, () => () => { throw new Error('no'); }, () => undefined, 5]) {
    globalThis[key] = broken;
    try {
      use(load());
    } finally {
      delete globalThis[key];
    }
  }
});
