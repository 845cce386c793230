import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** $CHROMIUM, or the first Chromium on the PATH. */
function executable(): string {
  const named = process.env.CHROMIUM;
  if (named !== undefined && named !== '') return named;
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of NAMES) {
      const file = join(folder, name);
      if (existsSync(file)) return file;
    }
  }
  throw new Error('no chromium on the PATH: install it, or set CHROMIUM to its path');
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executable(), args: ['--no-sandbox'] });
}

const FOLDER = mkdtempSync(join(tmpdir(), 'unfreed-page-'));

/** Writes a report to disk; gives its address. */
export function onDisk(name: string, html: string): string {
  const file = join(FOLDER, name);
  writeFileSync(file, html);
  return pathToFileURL(file).href;
}

export interface Opened {
  page: Page;
  context: BrowserContext;
  /** What the page complained of, and what it asked the network for: both must stay empty. */
  complaints: string[];
}

export interface Look {
  width: number;
  dark: boolean;
}

export async function open(browser: Browser, address: string, look: Partial<Look> = {}): Promise<Opened> {
  const context = await browser.newContext({
    viewport: { width: look.width ?? 1280, height: 900 },
    colorScheme: look.dark === true ? 'dark' : 'light',
    acceptDownloads: true,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const asked = request.url();
    if (asked.split('#')[0] !== address.split('#')[0] && !asked.startsWith('blob:')) {
      complaints.push(`asked for ${asked}`);
    }
  });
  await page.goto(address);
  await page.waitForSelector('html[data-ready]');
  return { page, context, complaints };
}

/** Of the repository: CI keeps what is in it. */
const SCREENSHOTS = new URL('../../../../../target/page/screenshots/', import.meta.url);

export async function screenshot(page: Page, name: string, fullPage = false): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: new URL(`${name}.png`, SCREENSHOTS).pathname, fullPage });
}
