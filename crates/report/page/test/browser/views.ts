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
  for (const [index, finding] of data.findings.entries()) {
    const card = await text(answer.locator('.finding').nth(index));
    expect(card).toContain(flat(finding.title));
    expect(card).toContain(flat(finding.todo));
    if (finding.bytes !== null) expect(card).toContain(size(finding.bytes));
  }
  expect(await answer.locator('.check').count()).toBe(data.trust.checks.length);

  // Timeline.
  const row = page.locator('#view-timeline tr[data-row="live"] td');
  expect(await row.allTextContents()).toEqual([
    size(live.bytes[from]),
    size(live.bytes[to]),
    sizeChange(live.bytes[to] - live.bytes[from]),
  ]);
  if (await page.locator('#view-timeline .plot').count()) {
    expect(await inked(page, '#view-timeline canvas')).toBe(true);
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
  if ((await page.locator('#view-flame select').first().inputValue()) === 'growth') {
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
  }

  expect(names.length).toBe(data.moments.length);
  expect(total(sums.liveBytes)).toBeCloseTo(live.bytes[to], 3);
}

/** Whether a canvas has more than one colour. */
export function inked(page: Page, selector: string): Promise<boolean> {
  return page
    .locator(selector)
    .first()
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
