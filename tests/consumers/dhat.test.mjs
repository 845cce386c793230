// DHAT: the viewer of Valgrind.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { executable, withPage } from './browser.mjs';
import { exported, inputs, ledger, without } from './common.mjs';

const viewers = ['/usr/libexec/valgrind/dh_view.html', '/usr/lib/x86_64-linux-gnu/valgrind/dh_view.html'];
const viewer = viewers.find(existsSync) ?? '';
const missing = without(executable, 'Chromium') || without(viewer, "Valgrind's dh_view.html");

// "Total: 1,234 bytes (...) in 5 blocks" as numbers.
function amount(text, what) {
  const found = new RegExp(`${what}: +([\\d,]+) bytes \\([^)]*\\) in ([\\d,]+) blocks`).exec(text);
  assert.ok(found, `${what} is not in ${text.slice(0, 500)}`);
  return found.slice(1).map((number) => Number(number.replaceAll(',', '')));
}

test('dh_view.html shows each figure', { skip: missing }, async (t) => {
  await withPage(async (page) => {
    for (const input of inputs) {
      const expected = ledger(input);
      await page.goto(String(pathToFileURL(viewer)));
      await page.setInputFiles('input[type=file]', exported(input, 'dhat', 'json'));
      await page.waitForFunction(() => document.body.innerText.includes('Invocation {'));
      const text = await page.locator('body').innerText();
      const [total, peak, end] = ['Total', 'At t-gmax', 'At t-end'].map((what) => amount(text, what));
      assert.deepEqual(total, [expected.allocatedBytes, expected.allocations]);
      assert.deepEqual(peak, [expected.peakBytes, expected.peak]);
      assert.deepEqual(end, [expected.leakedBytes, expected.leaked]);
      t.diagnostic(`${input}: at t-end ${end[0]} bytes in ${end[1]} blocks`);
    }
  });
});
