// Sources searched for class names by several threads.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Scanner } from '@tailwindcss/oxide-wasm32-wasi';
import { say, rounds } from './say.mjs';

const base = mkdtempSync(join(tmpdir(), 'sources-'));
for (let i = 0; i < 40; i++) {
  writeFileSync(join(base, `page${i}.html`), `<p class="p-${i} hover:mt-[${i}px] flex">${'text '.repeat(200)}</p>`);
}
await rounds(3, () => {
  const scanner = new Scanner({ sources: [{ base, pattern: '**/*', negated: false }] });
  say('found', scanner.scan().sort());
  say('files', String(scanner.files.length));
});
rmSync(base, { recursive: true });
process.exit(0);
