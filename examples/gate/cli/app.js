import { badge } from '../src/badge.cjs';

// What is before the first mark is setup.
await badge(0);
for (let round = 1; round <= 12; round += 1) {
  globalThis.unfreed?.mark(`round ${round}`);
  await badge(round / 12);
}
globalThis.unfreed?.mark('end');
