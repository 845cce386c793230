// What the tests share: inputs, their ledger, exports, and which consumers are here.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';

const unfreed = process.env.UNFREED;
const folder = process.env.CONSUMERS_FOLDER;

// Files that unfreed analyze reads.
export const inputs = process.env.CONSUMERS_INPUTS.split(',');

const ledgers = new Map();

// Sums of the ledger. Numbers up to 2^53 are exact.
export function ledger(input) {
  if (!ledgers.has(input)) {
    const options = { encoding: 'utf8', maxBuffer: 1 << 30 };
    const found = JSON.parse(execFileSync(unfreed, ['analyze', '--format', 'json', input], options));
    ledgers.set(input, {
      leakedBytes: found.totals.leaked_bytes,
      leaked: found.totals.leaked,
      allocatedBytes: found.totals.allocated_bytes,
      allocations: found.totals.allocations,
      reallocations: found.totals.reallocations,
      peakBytes: found.totals.peak_bytes,
      peak: found.totals.peak,
      temporary: found.totals.temporary,
      marks: Math.max(0, found.iterations.length - 1),
      types: found.types.map((type) => type.type),
    });
  }
  return ledgers.get(input);
}

// The file of an export.
export function exported(input, format, ending, options = []) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${basename(input)}.${format}${options.join('')}.${ending}`);
  execFileSync(unfreed, ['export', '--as', format, ...options, '-o', file, input], { stdio: 'pipe' });
  return file;
}

// What a program prints.
export function printed(program, args, options = {}) {
  return execFileSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'pipe'], ...options });
}

// Whether a program is here.
export function has(program, argument = '--version') {
  const run = spawnSync(program, [argument], { stdio: 'ignore' });
  return !run.error && run.status === 0;
}

// What a test says that is left out, or false.
export function without(is, what) {
  return is ? false : `${what} is not here`;
}
