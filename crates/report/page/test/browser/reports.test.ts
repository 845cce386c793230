import { readFileSync } from 'node:fs';
import { basename, delimiter, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dataOf } from '../fixture/pack';
import { launch, open, screenshot } from './browser';
import { expectNumbers, expectTables } from './views';

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
  await expectTables(page, data, last > 1 ? 1 : 0, last);
  // Whatever the texts of the input are, none became an element or ran.
  expect(await page.locator('img, iframe, object, embed, form, a:not([href^="#"])').count()).toBe(0);
  expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
  expect(complaints).toEqual([]);
  await context.close();
});
