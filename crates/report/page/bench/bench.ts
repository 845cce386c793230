import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { launch } from '../test/browser/browser';
import { LARGE, makeData } from '../test/fixture/make';
import { dataOf, template, withData } from '../test/fixture/pack';

/** Size of the file, time to the first drawing, and frames while the pictures move: of a report, or of made data. */
export async function main([report]: string[]): Promise<void> {
  const file = report ?? join(tmpdir(), 'unfreed-bench.html');
  if (report === undefined) writeFileSync(file, withData(template(), makeData(LARGE)));
  const data = dataOf(readFileSync(file, 'utf8'));
  const blocks = data.memories.reduce((sum, { map }) => sum + (map?.address.length ?? 0), 0);
  const amounts = [
    ...(report === undefined ? [] : [`${data.moments.at(-1)!.events} events`]),
    `${data.sites.type.length} sites`,
    `${data.stacks.parent.length} nodes of stacks`,
    `${blocks} blocks in maps`,
  ];
  console.log(report === undefined ? 'made data:' : `${report}:`, amounts.join(', '));
  console.log(`page alone         ${(template().length / 1e3).toFixed(0)} kB`);
  console.log(`file               ${(statSync(file).size / 1e6).toFixed(1)} MB (wanted: below 15)`);
  const browser = await launch();
  const answers: number[] = [];
  const all: number[] = [];
  for (let round = 0; round < 5; round += 1) {
    const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    await page.goto(pathToFileURL(file).href);
    await page.waitForSelector('html[data-ready]', { timeout: 120_000 });
    const mark = (name: string) =>
      page.evaluate((name) => performance.getEntriesByName(name)[0].startTime, name);
    answers.push(await mark('unfreed-answer-drawn'));
    all.push(await mark('unfreed-all-drawn'));
    await page.close();
  }
  console.log(`answer drawn       ${median(answers).toFixed(0)} ms (wanted: below 2000)`);
  console.log(`all views drawn    ${median(all).toFixed(0)} ms`);

  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`${pathToFileURL(file).href}#view=map`);
  await page.waitForSelector('html[data-ready]', { timeout: 120_000 });
  await page.waitForTimeout(1000);
  const map = (await page.locator('.map-picture canvas').boundingBox())!;
  await page.mouse.move(map.x + 300, map.y + 200);
  console.log(
    frames(
      'map, hover',
      await during(page, async () => {
        for (let step = 0; step < 60; step += 1) await page.mouse.move(map.x + 300 + step * 5, map.y + 200);
      }),
    ),
  );
  for (let step = 0; step < 2; step += 1) await page.getByRole('button', { name: 'Zoom in' }).click();
  console.log(
    frames(
      'map, panning',
      await during(page, async () => {
        await page.mouse.down();
        for (let step = 0; step < 60; step += 1) await page.mouse.move(map.x + 300, map.y + 200 - step * 3);
        await page.mouse.up();
      }),
    ),
  );
  if (!page.url().includes('mapBegin=')) throw new Error('the map did not move');
  await page.locator('nav a', { hasText: 'Flame graph' }).click();
  await page.locator('#view-flame select').first().selectOption('allocated');
  await page.locator('#view-flame input[type=checkbox]').check();
  await page.waitForTimeout(500);
  const flame = (await page.locator('.flame canvas').boundingBox())!;
  console.log(
    `flame graph        ${await page.locator('.flame canvas').getAttribute('data-boxes')} boxes drawn, ${await page.locator('.flame-total').textContent()}`,
  );
  console.log(
    frames(
      'flame, hover',
      await during(page, async () => {
        for (let step = 0; step < 60; step += 1)
          await page.mouse.move(flame.x + 20 + step * 18, flame.y + 40 + (step % 6) * 19);
      }),
    ),
  );
  console.log(
    frames(
      'flame, zooming',
      await during(page, async () => {
        await page.locator('.flame').focus();
        for (let step = 0; step < 12; step += 1) {
          await page.keyboard.press('ArrowDown');
          await page.keyboard.press('Enter');
          if (step % 4 === 3) await page.keyboard.press('Home');
        }
      }),
    ),
  );
  console.log(
    frames(
      'flame, scrolling',
      await during(page, async () => {
        await page.mouse.move(flame.x + 300, flame.y + 100);
        for (let step = 0; step < 40; step += 1) await page.mouse.wheel(0, step < 20 ? 30 : -30);
      }),
    ),
  );
  const middle = String(Math.floor(data.moments.length / 2));
  const steps: [string, () => Promise<unknown>][] = [
    ['selection', () => page.locator('.selection select').first().selectOption(middle)],
    ['allocators first', () => page.getByRole('button', { name: 'Allocators first' }).click()],
    ['search', () => page.getByRole('searchbox', { name: 'Search frames' }).fill('commit')],
  ];
  for (const [name, step] of steps) {
    const { work } = await during(page, step);
    console.log(`${name.padEnd(18)} longest task ${Math.max(...work, 0).toFixed(0)} ms`);
  }
  await browser.close();
}

interface Frames {
  /** Milliseconds between frames. */
  between: number[];
  /** Milliseconds that tasks of more than 50 ms took. */
  work: number[];
}

/** Times between frames while something is done, and tasks that kept frames waiting. */
async function during(page: Page, act: () => Promise<unknown>): Promise<Frames> {
  await page.evaluate(() => {
    const frames: number[] = [];
    const work: number[] = [];
    const observer = new PerformanceObserver((list) =>
      work.push(...list.getEntries().map((entry) => entry.duration)),
    );
    observer.observe({ entryTypes: ['longtask'] });
    const state = { frames, work, running: true, observer };
    Object.assign(window, { bench: state });
    const tick = (now: number) => {
      frames.push(now);
      if (state.running) requestAnimationFrame(tick);
    };
    requestAnimationFrame(tick);
  });
  await act();
  await page.waitForTimeout(300);
  return page.evaluate(() => {
    const { bench } = window as unknown as {
      bench: { frames: number[]; work: number[]; running: boolean; observer: PerformanceObserver };
    };
    bench.running = false;
    bench.observer.disconnect();
    return { between: bench.frames.slice(1).map((at, index) => at - bench.frames[index]), work: bench.work };
  });
}

function frames(name: string, { between }: Frames): string {
  const sorted = [...between].sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(1);
  return `${name.padEnd(18)} ${sorted.length} frames, median ${at(0.5)} ms, 95 % ${at(0.95)} ms, longest ${at(1)} ms (wanted: below 33)`;
}

function median(values: number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
