import AxeBuilder from '@axe-core/playwright';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { makeReport, sitePlace } from '../../src/data/report';
import { count, size, sizeChange } from '../../src/format/units';
import { sumChanges } from '../../src/select/sums';
import { HARMFUL, HOSTILE, makeData, SMALL, TWO_RUNS } from '../fixture/make';
import { template, withData } from '../fixture/pack';
import { launch, onDisk, open, screenshot, type Look } from './browser';
import { expectNumbers, expectTables, inked } from './views';

const data = makeData(SMALL);
const report = makeReport(data);
const LAST = data.moments.length - 1;
let browser: Browser;
let small: string;

beforeAll(async () => {
  browser = await launch();
  small = onDisk('small.html', withData(template(), data));
});
afterAll(() => browser.close());

async function axe(page: Page, within = 'body'): Promise<string[]> {
  // Links of the page have its state as their hash, which this rule takes for the name of a place.
  const { violations } = await new AxeBuilder({ page }).include(within).disableRules('skip-link').analyze();
  return violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`,
  );
}

test('all views have the numbers of the data', async () => {
  const { page, context, complaints } = await open(browser, small);
  await expectNumbers(page, data, 0, LAST);
  await expectTables(page, data, 0, LAST);
  expect(await page.title()).toContain('never freed');
  expect(complaints).toEqual([]);
  await context.close();
});

describe.each<Look>([
  { width: 1280, dark: false },
  { width: 1280, dark: true },
  { width: 390, dark: false },
  { width: 390, dark: true },
])('at $width, dark: $dark', (look) => {
  test('nothing is cut off, and axe finds nothing', async () => {
    const { page, context, complaints } = await open(browser, small, look);
    const name = `${look.width}-${look.dark ? 'dark' : 'light'}`;
    await screenshot(page, `${name}-all`, true);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    expect(await axe(page)).toEqual([]);
    for (const view of ['timeline', 'partition', 'map', 'flame', 'tables', 'why']) {
      await page
        .locator('nav a')
        .nth(['answer', 'timeline', 'partition', 'map', 'flame', 'tables', 'why'].indexOf(view))
        .click();
      await screenshot(page, `${name}-${view}`);
    }
    // With the details open as well.
    await page.locator('#view-answer .finding .link').first().click();
    await page.waitForSelector('.details');
    await screenshot(page, `${name}-details`);
    expect(await axe(page)).toEqual([]);
    expect(complaints).toEqual([]);
    await context.close();
  });
});

test('a selection changes all that follows it', async () => {
  const { page, context, complaints } = await open(browser, small);
  const from = page.locator('.selection select').nth(0);
  const to = page.locator('.selection select').nth(1);
  await from.selectOption('2');
  await to.selectOption('5');
  await expectNumbers(page, data, 2, 5);
  await expectTables(page, data, 2, 5);
  expect(new URL(page.url()).hash).toContain('from=2&to=5');
  // Whole iterations, and back in history.
  await page.getByRole('button', { name: 'First to last mark' }).click();
  await expectNumbers(page, data, 1, 6);
  await page.goBack();
  await expectNumbers(page, data, 2, 5);
  await page.getByRole('button', { name: 'Whole run' }).click();
  await expectNumbers(page, data, 0, LAST);
  expect(complaints).toEqual([]);
  await context.close();
});

test('a range is dragged in the timeline, and moved by keys', async () => {
  const { page, context } = await open(browser, small, {});
  await page.locator('nav a', { hasText: 'Timeline' }).click();
  const over = (await page.locator('.u-over').first().boundingBox())!;
  const x = (moment: number) => over.x + (over.width * moment) / LAST;
  await page.mouse.move(x(2) + 3, over.y + 50);
  await page.mouse.down();
  await page.mouse.move(x(3), over.y + 60, { steps: 4 });
  await page.mouse.move(x(4) - 3, over.y + 60, { steps: 4 });
  await page.mouse.up();
  await expectNumbers(page, data, 2, 4);
  await page.locator('.timeline').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Shift+ArrowLeft');
  await expectNumbers(page, data, 1, 5);
  await context.close();
});

test('the flame graph is searched, zoomed and turned around', async () => {
  const { page, context } = await open(browser, `${small}#view=flame&metric=live`);
  const total = page.locator('.flame-total');
  expect(await total.getAttribute('data-total')).toBe(String(data.totals.leaked_bytes));
  await page.getByRole('searchbox', { name: 'Search frames' }).fill('COMMIT');
  const matched = Number(await page.locator('.matches').getAttribute('data-matched'));
  // By hand: all sites with a frame that matches in their stack.
  let wanted = 0;
  for (let site = 0; site < report.siteCount; site += 1) {
    for (let node = report.siteStack[site]; node >= 0; node = report.stackParent[node]) {
      const frame = report.stackFrame[node];
      const folded = report.frameFolded[frame] === 1;
      if (
        !folded &&
        `${report.frameLabel[frame]} ${report.framePlace[frame]}`.toLowerCase().includes('commit')
      ) {
        wanted += data.sites.leaked_bytes[site];
        break;
      }
    }
  }
  expect(matched).toBe(wanted);
  expect(wanted).toBeGreaterThan(0);
  const flame = page.locator('.flame');
  await flame.focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await expect.poll(() => new URL(page.url()).hash).toContain('zoom=');
  const zoomed = page.url();
  await page.keyboard.press('Escape');
  await expect.poll(() => new URL(page.url()).hash).not.toContain('zoom=');
  await page.getByRole('button', { name: 'Allocators first' }).click();
  expect(await total.getAttribute('data-total')).toBe(String(data.totals.leaked_bytes));
  await page.getByRole('button', { name: 'Difference' }).click();
  expect(await inked(page, '.flame canvas')).toBe(true);
  await page.locator('#view-flame').getByRole('button', { name: 'Blocks' }).click();
  expect(await total.getAttribute('data-total')).toBe(String(data.totals.leaked));
  await page.locator('#view-flame').getByRole('button', { name: 'Table', exact: true }).click();
  const tree = page.getByRole('treegrid', { name: 'Stacks as a tree' });
  const rows = async () => Number(await tree.getAttribute('aria-rowcount'));
  await tree.focus();
  await page.keyboard.press('ArrowLeft');
  const closed = await rows();
  await page.keyboard.press('ArrowRight');
  await expect.poll(rows).toBeGreaterThan(closed);
  // The link leads to the same zoom again.
  await page.goto('about:blank');
  await page.goto(zoomed);
  await page.waitForSelector('html[data-ready]');
  expect(await page.getByRole('button', { name: 'Zoom out' }).nth(1).isVisible()).toBe(true);
  expect(await page.getByRole('searchbox', { name: 'Search frames' }).inputValue()).toBe('COMMIT');
  await context.close();
});

test('two runs are compared by their stacks', async () => {
  const two = makeData(TWO_RUNS);
  const against = two.against!;
  const { page, context, complaints } = await open(browser, onDisk('two.html', withData(template(), two)));
  await expectNumbers(page, two, 0, LAST);
  await page.getByRole('button', { name: 'Which stacks differ' }).click();
  const total = page.locator('.flame-total');
  const sum = (column: number[]) => column.reduce((all, value) => all + value, 0);
  for (const [metric, ours, theirs] of [
    ['growth', two.totals.leaked_bytes, sum(against.leaked_bytes)],
    ['allocated', two.totals.allocated_bytes, sum(against.allocated_bytes)],
    ['peak', sum(two.sites.peak_bytes), sum(against.peak_bytes)],
  ] as const) {
    await page.locator('#view-flame select').selectOption(metric);
    expect(await total.getAttribute('data-total')).toBe(String(ours));
    expect(await total.textContent()).toContain(`; ${size(theirs)} in before.unfreed`);
  }
  expect(await inked(page, '.flame canvas')).toBe(true);
  // Whatever is selected, whole runs are compared.
  await page.locator('.selection select').first().selectOption('3');
  expect(await total.getAttribute('data-total')).toBe(String(sum(two.sites.peak_bytes)));
  await page.locator('#view-flame select').selectOption('growth');
  await page.locator('#view-flame').getByRole('button', { name: 'Table', exact: true }).click();
  const heads = page.getByRole('treegrid', { name: 'Stacks as a tree' }).getByRole('columnheader');
  expect(await heads.allTextContents()).toContain('in before.unfreed');
  await screenshot(page, 'two-runs');
  expect(await axe(page, '#view-flame')).toEqual([]);
  await page.locator('#view-flame').getByRole('button', { name: 'Kind of frame' }).click();
  expect(await total.textContent()).not.toContain('before.unfreed');
  expect(complaints).toEqual([]);
  await context.close();
});

test('what holds what is a tree that keys open, and leads to stacks', async () => {
  const { page, context } = await open(browser, `${small}#view=why`);
  const tree = page.getByRole('treegrid', { name: /^Held in/ });
  const rows = async () => Number(await tree.getAttribute('aria-rowcount'));
  const before = await rows();
  await tree.focus();
  await page.keyboard.press('ArrowLeft');
  await expect.poll(rows).toBeLessThan(before);
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.details');
  await context.close();
});

test('tables are sorted, filtered and exported', async () => {
  const { page, context } = await open(browser, `${small}#view=tables&table=sites`);
  const grid = page.getByRole('grid', { name: 'sites' });
  const first = () => grid.locator('#sites-row-0 [role="gridcell"]').allTextContents();
  const sums = sumChanges(data.changes, report.siteCount, 0, LAST);
  await grid.getByRole('button', { name: /^allocations/ }).click();
  const most = Math.max(...sums.allocations);
  expect((await first())[7]).toBe(count(most));
  await grid.getByRole('button', { name: /^allocations/ }).click();
  expect((await first())[7]).toBe(count(Math.min(...sums.allocations)));
  const place = sitePlace(report, 7);
  await page.getByRole('searchbox', { name: 'Filter sites' }).fill(place.toUpperCase());
  expect((await first())[0]).toBe(place);
  expect((await first())[2]).toBe(sizeChange(sums.growthBytes[7]));
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save as CSV' }).click();
  const csv = readFileSync(await (await saved).path(), 'utf8');
  expect(csv.split('\r\n').length).toBe(3);
  expect(csv).toContain(String(sums.growthBytes[7]));
  expect(csv.split('\r\n')[0]).toContain('growth (bytes)');
  // By keys to the stack, from there to the flame graph, and closed again.
  await grid.focus();
  await page.keyboard.press('Enter');
  const details = page.getByRole('complementary', { name: 'Details' });
  expect(await details.textContent()).toContain(place);
  expect(await details.textContent()).toContain(size(sums.liveBytes[7]));
  await details.getByRole('button', { name: 'Show in the flame graph' }).click();
  await expect.poll(() => new URL(page.url()).hash).toContain('zoom=');
  await page.keyboard.press('Escape');
  await expect.poll(() => details.count()).toBe(0);
  await context.close();
});

test('each table draws its rows', async () => {
  const { page, context, complaints } = await open(browser, `${small}#view=tables`);
  const rows = {
    Types: 12,
    Sites: 60,
    Stacks: report.sitesOfStack.size,
    Handles: 2,
    Growths: 25,
    Threads: 6,
  };
  for (const [name, wanted] of Object.entries(rows)) {
    await page.locator('#view-tables .choice button', { hasText: name }).click();
    const grid = page.locator('#view-tables [role="grid"]');
    expect(await grid.getAttribute('aria-rowcount')).toBe(String(wanted + 1));
    expect(await axe(page, '#view-tables')).toEqual([]);
  }
  expect(complaints).toEqual([]);
  await context.close();
});

test('the map names blocks under the pointer and by keys, zooms and is coloured', async () => {
  const { page, context } = await open(browser, `${small}#view=map`);
  const info = page.locator('.block-info');
  const picture = page.locator('.map-picture');
  await picture.focus();
  await page.keyboard.press('n');
  await expect.poll(() => info.textContent()).toMatch(/^0x[0-9a-f]+ .* of Type\d+/);
  for (let step = 0; step < 8; step += 1) await page.keyboard.press('+');
  await expect.poll(() => page.locator('.map-picture canvas').getAttribute('data-scale')).toBe('1');
  const hash = page.url();
  await page.keyboard.press('n');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.details');
  await page.keyboard.press('0');
  for (const colour of ['Type', 'Age', 'Iteration', 'Site', 'Class', 'Verdict']) {
    await page.locator('#view-map').getByRole('button', { name: colour, exact: true }).click();
    expect(await inked(page, '#view-map canvas')).toBe(true);
  }
  await page.goto('about:blank');
  await page.goto(hash);
  await page.waitForSelector('html[data-ready]');
  expect(await page.locator('.map-picture canvas').getAttribute('data-scale')).toBe('1');
  const box = (await page.locator('.map-picture canvas').boundingBox())!;
  await page.mouse.move(box.x + 40, box.y + 40);
  await expect.poll(() => info.textContent()).toMatch(/^0x/);
  await context.close();
});

test('dark and light can be chosen', async () => {
  const { page, context } = await open(browser, small, { dark: true });
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await background();
  await page.getByRole('button', { name: 'Light', exact: true }).click();
  await expect.poll(background).not.toBe(dark);
  await page.getByRole('button', { name: 'Dark', exact: true }).click();
  await expect.poll(background).toBe(dark);
  await context.close();
});

test('a word is explained with the focus on it', async () => {
  const { page, context } = await open(browser, small);
  await page.locator('#view-answer .term').first().focus();
  expect(await page.locator('.term-box').textContent()).toContain('allocator handed out');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.locator('.term-box').count()).toBe(0);
  await context.close();
});

test('hostile texts are texts', async () => {
  const hostile = makeData(HOSTILE);
  const address = onDisk('hostile.html', withData(template(), hostile));
  const { page, context, complaints } = await open(browser, address);
  await expectNumbers(page, hostile, 0, LAST);
  for (const name of ['Types', 'Sites', 'Stacks', 'Handles', 'Growths', 'Threads']) {
    await page.locator('#view-tables .choice button', { hasText: name }).click();
    const row = page.locator('#view-tables [role="grid"] [role="row"]').nth(1);
    if (name !== 'Threads') await row.click();
    await screenshot(page, `hostile-${name}`);
  }
  const body = await page.evaluate(() => document.body.textContent);
  for (const harm of HARMFUL.slice(0, 6)) expect(body).toContain(harm);
  expect(body).not.toContain('\u202e');
  expect(body).toContain('safe\\u{202e}gnp.exe');
  expect(await page.evaluate(() => 'harmed' in window)).toBe(false);
  // No element came from the data: no image, and links only to places in this page.
  expect(await page.locator('img, iframe, object, embed, form').count()).toBe(0);
  const links = await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  expect(links.filter((link) => !link?.startsWith('#'))).toEqual([]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  expect(wide).toBeLessThanOrEqual(0);
  expect(complaints).toEqual([]);
  await screenshot(page, 'hostile-all', true);
  await context.close();
});

test('the policy refuses HTML and scripts from strings, and the network', async () => {
  const { page, context } = await open(browser, small);
  const refused = await page.evaluate(async () => {
    const directives = new Set<string>();
    document.addEventListener('securitypolicyviolation', ({ effectiveDirective }) =>
      directives.add(effectiveDirective),
    );
    const tries = [
      () => (document.querySelector('main')!.innerHTML = '<b>text</b>'),
      () => document.body.append(Object.assign(document.createElement('style'), { textContent: 'a {}' })),
      () => (new Image().src = 'https://example.org/x.png'),
      () => fetch('https://example.org/'),
    ];
    for (const attempt of tries) {
      try {
        await attempt();
      } catch {
        // That it is refused is told by the event.
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
    return [...directives].sort();
  });
  expect(refused).toEqual(['connect-src', 'img-src', 'require-trusted-types-for', 'style-src-elem']);
  await context.close();
});

test('a hostile address changes nothing', async () => {
  const hash =
    '#view=%3Cscript%3E&search=%3Cimg%20src=x%20onerror=alert(1)%3E&from=-5&to=99&zoom=99999,1&site=1e9&mapScale=7&mapBegin=9e15&sort=__proto__';
  const { page, context, complaints } = await open(browser, small + hash);
  expect(await page.locator('img').count()).toBe(0);
  await expectNumbers(page, data, 0, LAST);
  expect(complaints).toEqual([]);
  await context.close();
});

test('damaged data are said in words', async () => {
  for (const [name, html] of Object.entries({
    empty: template(),
    cut: withData(template(), data).replace(/(id="data">.{500})[^<]*/, '$1'),
    other: withData(template(), { schema: 'unfreed-page/9.0' }),
  })) {
    const { page, context, complaints } = await open(browser, onDisk(`${name}.html`, html));
    expect(await page.locator('h1').textContent()).toBe('This report cannot be shown');
    expect(complaints).toEqual([]);
    await context.close();
  }
});

test('of a sample it is said that all is estimated', async () => {
  const sample = { ...makeData(SMALL), kind: 'sample' as const };
  const { page, context } = await open(browser, onDisk('sample.html', withData(template(), sample)));
  expect(await page.locator('header').textContent()).toContain('all figures are estimates');
  expect(await page.locator('#view-answer').textContent()).toContain('This is a sample');
  await context.close();
});

test('each memory has its map', async () => {
  const { page, context, complaints } = await open(browser, `${small}#view=map`);
  const blocks = () => page.locator('.map-state').getAttribute('data-blocks');
  const first = await blocks();
  await page.locator('#view-map select').selectOption({ label: 'memory-1' });
  await expect.poll(blocks).not.toBe(first);
  expect(await page.locator('.map-state').textContent()).toContain('memory-1');
  expect(complaints).toEqual([]);
  await context.close();
});

test('a log without addresses, times and snapshots says what it does not know', async () => {
  const log = makeData(SMALL);
  log.kind = 'log';
  log.timeline = null;
  log.measured = [];
  log.memories = [];
  log.holders = [];
  log.handles = [];
  log.grows = [];
  log.threads = [];
  log.moments = log.moments.map((moment) => ({ ...moment, time: null }));
  log.sites.stack = log.sites.stack.map(() => -1);
  log.sites.temporary = null;
  log.totals.temporary = null;
  const { page, context, complaints } = await open(browser, onDisk('log.html', withData(template(), log)));
  await expectNumbers(page, log, 0, LAST);
  expect(await page.locator('#view-map').textContent()).toContain('Not known');
  expect(await page.locator('#view-partition').textContent()).toContain('Not known');
  expect(await axe(page)).toEqual([]);
  expect(complaints).toEqual([]);
  await screenshot(page, 'log-all', true);
  await context.close();
});

test('it prints', async () => {
  const { page, context, complaints } = await open(browser, small);
  await page.emulateMedia({ media: 'print' });
  await screenshot(page, 'print', true);
  expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(10_000);
  expect(complaints).toEqual([]);
  await context.close();
});
