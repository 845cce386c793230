// What all scenarios use: one line of output for each result, short even if
// the result is an image.
import { createHash } from 'node:crypto';

export function say(what, result) {
  const bytes = typeof result === 'string' || ArrayBuffer.isView(result) ? result : JSON.stringify(result);
  const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  console.log(`${what}: ${bytes.length} ${hash}`);
}

// One iteration after another; a recording has a mark before each.
export async function rounds(count, body) {
  for (let round = 0; round < count; round++) {
    globalThis.unfreed?.mark(`round ${round + 1}`);
    await body(round);
  }
}
