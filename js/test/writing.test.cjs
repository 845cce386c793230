'use strict';

/** A disk that is full: the program goes on, and the recording says what it lacks. */

const test = require('node:test');
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { run, newFolder } = require('../fixtures/support/run.cjs');
const { crc32, byTable } = require('../src/crc32.cjs');
const { read } = require('../fixtures/support/reader.cjs');

test('a file that may not grow stays readable, and the program is not disturbed', async () => {
  // In blocks of 1024 bytes; other files that the program writes are small.
  const command = ['bash', '-c', 'ulimit -f 100; exec "$@"', 'bash'];
  const result = await run('workers.cjs', { command, env: { ROUNDS: '20' } });
  assert.equal(result.code, 0, result.stderr);
  assert.match(result.stdout, /counted \d+/);
  assert.match(result.stderr, /^unfreed: cannot write .*\(EFBIG\); the recording will have gaps\n$/);
  assert.ok(result.count('allocate') > 1000);
});

test('what could not be written is counted once writing works again', () => {
  const program = path.join(newFolder(), 'full.cjs');
  const file = path.join(newFolder(), 'it.unfreed');
  fs.writeFileSync(file, Buffer.alloc(16));
  fs.writeFileSync(program, FULL_DISK);
  const { execFileSync } = require('node:child_process');
  const env = { ...process.env, SRC: path.join(__dirname, '..', 'src'), FILE: file };
  execFileSync(process.execPath, [program], { env, stdio: ['ignore', 'inherit', 'ignore'] });
  const result = read(fs.readFileSync(file));
  const lost = result.of('lost').reduce((sum, block) => sum + block.data.events, 0);
  assert.equal(result.of('lost')[0].data.reason, 'ENOSPC');
  assert.ok(lost > 0);
  // Among those lost may be time records.
  const known = result.count('free') + lost;
  assert.ok(known >= 30000 && result.count('free') + result.count('time') + lost <= 30100, `${known}`);
  // One write was cut short and done again.
  assert.ok(result.skipped > 0);
  assert.equal(result.of('mark').length, 1, 'blocks other than events wait for the disk');
});

/** Fails writes for a while, and cuts one short. */
const FULL_DISK = `
const fs = require('fs');
const real = fs.writeSync;
let mode = 'cut';
fs.writeSync = (fd, bytes, ...rest) => {
  if (mode === 'cut') { mode = 'good'; return real(fd, bytes.subarray(0, 100)); }
  if (mode === 'full') throw Object.assign(new Error('full'), { code: 'ENOSPC' });
  return real(fd, bytes, ...rest);
};
const { Pool } = require(process.env.SRC + '/pool.cjs');
const { Output } = require(process.env.SRC + '/output.cjs');
const { createRecorder } = require(process.env.SRC + '/recorder.cjs');
const pool = new Pool();
const output = new Output({ fd: fs.openSync(process.env.FILE, 'a'), file: process.env.FILE, pid: 1, thread: 0 }, pool);
const recorder = createRecorder(pool.take(0, 0), output);
for (let index = 0; index < 30000; index += 1) {
  if (index === 9000) { mode = 'full'; output.json(7, {}); }
  if (index === 21000) mode = 'good';
  recorder.append(0, index, 0, 1);
}
recorder.drain();
`;

test('the table and zlib agree on checksums', () => {
  for (const text of ['', 'a', '123456789', 'x'.repeat(1000), 'é'.repeat(999)]) {
    assert.equal(byTable(Buffer.from(text)), crc32(Buffer.from(text)));
  }
  assert.equal(byTable(Buffer.from('123456789')), 0xcbf43926);
});

const killWhenSaid = (child) => child.stdout.once('data', () => child.kill('SIGKILL'));

test('what all threads have recorded is written when it is asked for', async () => {
  const result = await run('flush.cjs', { started: killWhenSaid });
  assert.equal(result.signal, 'SIGKILL');
  assert.equal(result.stdout, 'true\n');
  assert.equal(result.skipped, 0);
  assert.equal(result.count('allocate'), 3 + 10 + 20 + 30 + 5);
});

test('what cannot be written is said when it is asked for', async () => {
  const result = await run('flush.cjs', { config: { file: '/dev/full' }, started: killWhenSaid });
  assert.equal(result.stdout, 'false\n');
});
