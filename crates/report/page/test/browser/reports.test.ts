import { readFileSync } from 'node:fs';
import { basename, delimiter, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf } from '../fixture/pack';
import { launch, open, screenshot } from './browser';
import { expectNumbers } from './views';

/** Files that unfreed report has written, with the separator of PATH, or commas, between them. */
const files = (process.env.UNFREED_REPORTS ?? '')
  .split(new RegExp(`[${delimiter},]`))
  .filter((file) => file !== '');

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

test.runIf(files.length === 0)('no reports are given in UNFREED_REPORTS', () => {
  expect(files).toEqual([]);
});

test.each(files)('%s shows its own data', async (file) => {
  const data = dataOf(readFileSync(file, 'utf8'));
  const { page, context, complaints } = await open(browser, pathToFileURL(resolve(file)).href);
  const last = data.moments.length - 1;
  await expectNumbers(page, data, 0, last);
  await screenshot(page, `report-${basename(file, '.html')}`, true);
  if (last > 1) {
    await page.locator('.selection select').first().selectOption('1');
    await expectNumbers(page, data, 1, last);
  }
  for (const name of ['Types', 'Sites', 'Stacks', 'Handles', 'Growths', 'Threads']) {
    await page.locator('#view-tables .choice button', { hasText: name }).click();
  }
  expect(complaints).toEqual([]);
  await context.close();
});
