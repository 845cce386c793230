import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { momentNames } from '../../src/data/moment';
import { makeReport, typeName } from '../../src/data/report';
import type { PageData } from '../../src/data/types';
import { makeVisible } from '../../src/format/visible';
import { count, size, sizeChange, things } from '../../src/format/units';
import { groupSums, liveByMoment, sumChanges, total } from '../../src/select/sums';
import { liveAt, momentOfMap, wholeBlocks } from '../../src/views/map/blocks';
import { waterfall } from '../../src/views/partition/waterfall';

/** What is on the screen of all views against the data, between two moments. */
export async function expectNumbers(page: Page, raw: PageData, from: number, to: number): Promise<void> {
  const data = makeVisible(structuredClone(raw)) as PageData;
  const report = makeReport(data);
  const sums = sumChanges(data.changes, report.siteCount, from, to);
  const live = liveByMoment(report);
  const names = momentNames(data.moments);

  // Answer.
  const answer = page.locator('#view-answer');
  expect(await text(answer.locator('.headline'))).toBe(flat(data.headline[0]));
  expect(await text(answer.locator('.totals dd').first())).toContain(size(data.totals.leaked_bytes));
  expect(await text(answer.locator('.totals'))).toContain(`${count(data.totals.frees)} frees`);
  expect(await answer.locator('.finding').count()).toBe(data.findings.length);
  const cards = (await answer.locator('.finding').allTextContents()).map(flat);
  for (const { title, todo, bytes, per_iteration } of data.findings) {
    const said = [title, todo, per_iteration ?? '', bytes === null ? '' : size(bytes)].map(flat);
    expect(cards.filter((card) => said.every((part) => card.includes(part)))).not.toEqual([]);
  }
  if (data.against !== null) {
    const there = total(data.against.leaked_bytes);
    expect(await text(answer.locator('[data-against]'))).toContain(size(there));
  }
  expect(await answer.locator('.check').count()).toBe(data.trust.checks.length);

  // Timeline.
  const isEmpty = data.moments.at(-1)!.events === 0;
  const row = page.locator('#view-timeline tr[data-row="live"] td');
  const wanted = [
    size(live.bytes[from]),
    size(live.bytes[to]),
    sizeChange(live.bytes[to] - live.bytes[from]),
  ];
  expect(await row.allTextContents()).toEqual(isEmpty ? [] : wanted);
  const charts = isEmpty ? 0 : data.timeline === null || data.measured.length === 0 ? 1 : 2;
  expect(await page.locator('#view-timeline canvas').count()).toBe(charts);
  for (let chart = 0; chart < charts; chart += 1) {
    expect(await inked(page, '#view-timeline canvas', chart)).toBe(true);
  }
  const memory = [from, to].map((moment) =>
    total(data.memories.flatMap(({ partitions }) => partitions[moment] ?? [])),
  );
  if (data.timeline !== null && data.memories.every(({ partitions }) => partitions[from] && partitions[to])) {
    const cells = page.locator('#view-timeline tr[data-row="linear memory"] td');
    expect(await cells.allTextContents()).toEqual([
      size(memory[0]),
      size(memory[1]),
      sizeChange(memory[1] - memory[0]),
    ]);
  }

  // Where the bytes are.
  const known = data.memories.filter((memory) => memory.partitions.some(Boolean));
  expect(await page.locator('#view-partition .memory').count()).toBe(known.length);
  for (const [index, memory] of known.entries()) {
    const steps = waterfall(memory, from, to)!;
    const rows = page.locator('#view-partition .memory').nth(index).locator('.waterfall tbody tr');
    expect(await rows.count()).toBe(steps.steps.length + 2);
    for (const [at, step] of steps.steps.entries()) {
      const cells = await rows
        .nth(at + 1)
        .locator('td')
        .allTextContents();
      expect(cells.slice(0, 3)).toEqual([size(step.before), size(step.after), sizeChange(step.growth)]);
    }
  }

  // Map.
  const mapped = data.memories.find((memory) => memory.map !== null);
  if (mapped !== undefined) {
    const map = mapped.map!;
    const blocks = liveAt(wholeBlocks(map), momentOfMap(map.at, to));
    expect(await page.locator('.map-state').getAttribute('data-blocks')).toBe(String(blocks.count));
    expect(await inked(page, '#view-map canvas')).toBe(true);
  }

  // Flame graph: growth of stacks that grew, less what shrank, is the growth.
  const flame = page.locator('.flame-total');
  if (data.against !== null) {
    expect(Number(await flame.getAttribute('data-total'))).toBe(data.totals.leaked_bytes);
    expect(await text(flame)).toContain(
      `; ${size(total(data.against.leaked_bytes))} in ${flat(data.against.title)}`,
    );
  } else if ((await page.locator('#view-flame select').first().inputValue()) === 'growth') {
    const ofStacks = groupSums(sums, report.siteStack, report.stackParent.length).growthBytes;
    const grew = ofStacks.reduce((all, bytes) => all + Math.max(0, bytes), 0);
    expect(Number(await flame.getAttribute('data-total'))).toBeCloseTo(grew, 3);
    expect(await text(flame.locator('b').first())).toBe(size(grew));
    if (grew > 0) expect(await inked(page, '#view-flame canvas')).toBe(true);
  }

  // Tables: the first rows of types, as they are sorted.
  const types = groupSums(sums, data.sites.type, report.typeCount);
  const order = [...types.growthBytes.keys()].sort(
    (a, b) => types.growthBytes[b] - types.growthBytes[a] || a - b,
  );
  const grid = page.locator('[role="grid"][aria-label="types"]');
  if (await grid.count()) {
    expect(await text(page.locator('.row-count'))).toBe(things(report.typeCount, 'row', 'rows'));
    for (const [at, type] of order.slice(0, 10).entries()) {
      const cells = await grid.locator(`#types-row-${at} [role="gridcell"]`).allTextContents();
      expect(cells.slice(0, 4)).toEqual([
        typeName(report, type),
        sizeChange(types.growthBytes[type]),
        (types.growth[type] > 0 ? '+' : '') + count(types.growth[type]),
        size(types.liveBytes[type]),
      ]);
    }
  }

  // Why it stays.
  const why = page.locator('#view-why');
  expect(await why.locator('.memory').count()).toBe(data.holders.length);
  if (data.holders.length === 0) expect(await text(why)).toContain('unfreed record --snapshot end');
  for (const [index, held] of data.holders.entries()) {
    const section = await text(why.locator('.memory').nth(index));
    for (const { bytes } of held.classes) expect(section).toContain(size(bytes));
    const heaviest = [...held.tree.parent.keys()].filter((part) => part > 0 && held.tree.parent[part] === 0);
    const retained = heaviest.map((part) => held.tree.retained_bytes[part]);
    const rows = why.locator('.memory').nth(index).locator('[role="treegrid"] [aria-level="1"]');
    const shown = await rows.locator('[role="gridcell"]:nth-child(2)').allTextContents();
    expect(shown).toEqual(
      retained
        .sort((a, b) => b - a)
        .map(size)
        .slice(0, shown.length),
    );
    expect(shown.length > 0).toBe(heaviest.length > 0);
    expect(total(retained)).toBe(total(held.classes.map(({ bytes }) => bytes)));
  }

  expect(names.length).toBe(data.moments.length);
  expect(total(sums.liveBytes)).toBeCloseTo(live.bytes[to], 3);
}

/** The first rows of all tables against the data, between two moments. Leaves the types behind. */
export async function expectTables(page: Page, raw: PageData, from: number, to: number): Promise<void> {
  const data = makeVisible(structuredClone(raw)) as PageData;
  const report = makeReport(data);
  const sums = sumChanges(data.changes, report.siteCount, from, to);
  const stacks = groupSums(sums, report.siteStack, report.stackParent.length);
  const largest = (columns: ArrayLike<number>) => sizeChange(Math.max(...Array.from(columns)));
  const between = ({ events }: { events: number }) =>
    events >= data.moments[from].events &&
    (events < data.moments[to].events || to === data.moments.length - 1);
  const grown = data.grows.filter(between);
  const wanted: [name: string, rows: number, first: (string | undefined)[]][] = [
    ['Sites', report.siteCount, [largest(sums.growthBytes)]],
    [
      'Stacks',
      report.sitesOfStack.size,
      [largest([...report.sitesOfStack.keys()].map((at) => stacks.growthBytes[at]))],
    ],
    [
      'Handles',
      data.handles.length,
      [size(Math.max(0, ...data.handles.map(({ held_bytes }) => held_bytes)))],
    ],
    ['Growths', data.grows.length, grown.length === 0 ? [] : [sizeChange(grown[0].delta_pages * 65_536)]],
    [
      'Threads',
      data.threads.length,
      data.threads.length === 0 ? [] : [size(Math.max(...data.threads.map(({ left_bytes }) => left_bytes)))],
    ],
    ['Types', report.typeCount, []],
  ];
  for (const [name, rows, first] of wanted) {
    const button = page.locator('#view-tables .choice button', { hasText: name });
    expect(await text(button)).toBe(`${name} ${count(rows)}`);
    await button.click();
    if (rows === 0) {
      expect(await page.locator('#view-tables .notice').count()).toBe(1);
      continue;
    }
    const cells = page.locator('#view-tables [role="grid"] [aria-rowindex="2"] [role="gridcell"]');
    const shown = (await cells.allTextContents()).map(flat);
    for (const cell of first) expect(shown).toContain(flat(cell!));
  }
}

/** Whether a canvas has more than one colour. */
export function inked(page: Page, selector: string, nth = 0): Promise<boolean> {
  return page
    .locator(selector)
    .nth(nth)
    .evaluate((node) => {
      const canvas = node as HTMLCanvasElement;
      const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', {
        willReadFrequently: true,
      })!;
      copy.drawImage(canvas, 0, 0);
      const { data } = copy.getImageData(0, 0, canvas.width, canvas.height);
      const pixels = new Uint32Array(data.buffer);
      return pixels.some((pixel) => pixel !== pixels[0]);
    });
}

async function text(locator: ReturnType<Page['locator']>): Promise<string> {
  return flat((await locator.textContent()) ?? '');
}

function flat(value: string): string {
  return value.replace(/\s+/g, ' ').trim();
}
