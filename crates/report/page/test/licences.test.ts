import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** As `deny.toml` allows them for crates. */
const ALLOWED = ['MIT', 'Apache-2.0', 'BSD-3-Clause', 'ISC'];
/** Used to build and test only, and not in the page. */
const TOOLS = [...ALLOWED, '0BSD', 'MPL-2.0'];

const read = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const { packages } = JSON.parse(read('package-lock.json')) as {
  packages: Record<string, { license?: string; dev?: boolean; version: string }>;
};
const all = Object.entries(packages).filter(([path]) => path !== '');

test.each(all)('%s may be used', (_path, { license = 'none', dev }) => {
  const words = license.replace(/[()]/g, '').split(' OR ');
  expect(
    words.some((word) => (dev === true ? TOOLS : ALLOWED).includes(word)),
    license,
  ).toBe(true);
});

test('the licences of what is in the page are in it', () => {
  const page = read('dist/report.html');
  const used = all.filter(([, { dev }]) => dev !== true);
  expect(used.map(([path]) => path).sort()).toEqual(['node_modules/preact', 'node_modules/uplot']);
  for (const [path, { version }] of used) {
    const name = path.replace('node_modules/', '');
    expect(page).toContain(`<!--\n${name} ${version}\n`);
    expect(page).toContain(read(`${path}/LICENSE`).trim().split('\n')[0]);
  }
});
