// speedscope: its own page, which imports the file and exports what it has imported.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { executable, withPage } from './browser.mjs';
import { exported, inputs, ledger, without } from './common.mjs';

const index = join(dirname(fileURLToPath(import.meta.resolve('speedscope/package.json'))), 'dist/release/index.html');

// What speedscope has of a file, in its own words.
async function imported(page, file) {
  // As its command does: a script beside the page hands the file over.
  const script = `${file}.js`;
  const content = readFileSync(file).toString('base64');
  writeFileSync(script, `speedscope.loadFileFromBase64('run.speedscope.json', ${JSON.stringify(content)})`);
  await page.goto(`${pathToFileURL(index)}#localProfilePath=${encodeURI(script)}`);
  await page.getByText('Export').waitFor();
  const [download] = await Promise.all([page.waitForEvent('download'), page.getByText('Export').click()]);
  return JSON.parse(readFileSync(await download.path(), 'utf8'));
}

test('speedscope imports each figure', { skip: without(executable, 'Chromium') }, async (t) => {
  await withPage(async (page) => {
    for (const input of inputs) {
      const expected = ledger(input);
      const found = await imported(page, exported(input, 'speedscope', 'json'));
      const values = found.profiles.map((profile) => [profile.name, profile.endValue - profile.startValue]);
      const figures = [
        ['leaked bytes', expected.leakedBytes],
        ['leaked blocks', expected.leaked],
        ['allocated bytes', expected.allocatedBytes],
        ['allocations', expected.allocations],
        ['bytes at the peak', expected.peakBytes],
        ['blocks at the peak', expected.peak],
      ];
      if (expected.temporary !== null) figures.push(['temporary allocations', expected.temporary]);
      assert.deepEqual(values, figures);
      t.diagnostic(`${input}: ${JSON.stringify(values)}`);
      await page.goto('about:blank');
    }
  });
});
