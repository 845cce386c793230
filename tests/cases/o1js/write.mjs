// Writes the case study of o1js from what `unfreed analyze` and `unfreed account`
// say of a recording of prove.mjs: node write.mjs FOLDER > o1js.md
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

const folder = process.argv[2];
const read = (name) => JSON.parse(readFileSync(join(folder, name), 'utf8'));
const [analysis, account, steady] = ['analysis.json', 'account.json', 'steady.json'].map(read);
const { PROOFS, WORKERS, RECORDED_SECONDS } = process.env;

/** Figures of the published analysis of the same package, which counts MB of 1,048,576 bytes. */
const PUBLISHED = { start: 36.06, end: 774.62, proofs: 10, allocations: 354_879, leaked: 164_748, leakedMb: 86.47 };

const MIB = 2 ** 20;
const mib = (bytes) => `${(bytes / MIB).toFixed(2)} MiB`;
const count = (number) => number.toLocaleString('en');
const percent = (part, whole) => `${((100 * part) / whole).toFixed(1)} %`;
const row = (...cells) => `| ${cells.join(' | ')} |`;

const memory = analysis.memory.find((memory) => memory.name === 'wasm');
const proofMarks = account.marks.map(({ memories, name }) => ({ name, bytes: sum(memories.flat()) }));
const growth = memory.last_bytes - memory.first_bytes;
const perProof = steps(proofMarks.map(({ bytes }) => bytes).concat(memory.last_bytes));

/** @param {{bytes: number}[]} classes */
function sum(classes) {
  return classes.reduce((bytes, item) => bytes + item.bytes, 0);
}

/** @param {number[]} sizes */
function steps(sizes) {
  return sizes.slice(1).map((size, index) => size - sizes[index]);
}

/** Bytes of each class before and after, of all memories together. */
function classes({ memories }) {
  const all = new Map();
  for (const item of memories.flatMap(({ classes }) => classes)) {
    const known = all.get(item.class) ?? { before: 0, after: 0, growth: 0 };
    for (const key of Object.keys(known)) known[key] += item[key];
    all.set(item.class, known);
  }
  return all;
}

function partition(of) {
  const all = classes(of);
  const whole = [...all.values()].reduce((bytes, { growth }) => bytes + growth, 0);
  const lines = [row('class', of.from, of.to, 'growth', 'share'), row('---', '---:', '---:', '---:', '---:')];
  for (const [name, { before, after, growth }] of all) {
    if (before !== 0 || after !== 0 || name === 'unknown') {
      lines.push(row(name, mib(before), mib(after), mib(growth), percent(growth, whole)));
    }
  }
  return lines.join('\n');
}

function types() {
  const lines = [row('type', 'blocks', 'bytes', 'verdict'), row('---', '---:', '---:', '---')];
  const leaking = analysis.types.filter(({ leaked_bytes }) => leaked_bytes > 0);
  for (const { type, leaked, leaked_bytes, verdict } of leaking.slice(0, 12)) {
    const each = verdict?.per_iteration == null ? '' : `, ${verdict.per_iteration.toFixed(1)} blocks per proof`;
    lines.push(row(`\`${type}\``, count(leaked), mib(leaked_bytes), `${verdict?.kind ?? 'none'}${each}`));
  }
  return lines.join('\n');
}

const threads = classes(steady).get('thread shadow stacks and TLS')?.growth ?? 0;
const steadyGrowth = [...classes(steady).values()].reduce((bytes, { growth }) => bytes + growth, 0);
const unknown = classes(account).get('unknown')?.growth ?? 0;
const { recording } = analysis;
const missing = Object.values(recording.missing).reduce((all, number) => all + number, 0);

console.log(`# o1js 2.7.0: ${PROOFS} proofs in one process

\`make case-o1js\` writes this page from one recording of \`tests/cases/o1js/prove.mjs\`: it compiles a small
\`ZkProgram\` (a chain of 50 Poseidon hashes), proves and verifies with it ${PROOFS} times, with ${WORKERS} worker
threads, on the unmodified package of npm. The recorded run took ${RECORDED_SECONDS} s on ${availableParallelism()} processors. Beside it stand
the figures that were published for a loop of ten proofs with another program on another machine, gathered from
lines that had been added to 13 Rust types by hand. The number of worker threads there is not known; 15 is what
o1js starts on 16 processors. What JavaScript holds of it is counted and weighed in [handles](o1js-handles.md).

${row('', 'published', 'this run')}
${row('---', '---:', '---:')}
${row('linear memory, first', `${PUBLISHED.start} MiB`, mib(memory.first_bytes))}
${row('linear memory, last', `${PUBLISHED.end} MiB`, mib(memory.last_bytes))}
${row('growth', `${(PUBLISHED.end - PUBLISHED.start).toFixed(2)} MiB`, mib(growth))}
${row('growth per proof after the first', '33 to 55 MiB', `${mib(Math.min(...perProof.slice(1)))} to ${mib(Math.max(...perProof.slice(1)))}`)}
${row('allocations seen', count(PUBLISHED.allocations), count(analysis.totals.allocations))}
${row('never freed', `${count(PUBLISHED.leaked)} (${PUBLISHED.leakedMb} MiB)`, `${count(analysis.totals.leaked)} (${mib(analysis.totals.leaked_bytes)})`)}
${row('growth that is explained', percent(PUBLISHED.leakedMb, PUBLISHED.end - PUBLISHED.start), percent(growth - unknown, growth))}
${row('events lost', 'not known', count(missing))}
${row('worker threads started / terminated', 'not known', `${count(recording.threads)} / ${count(recording.terminated_threads)}`)}

> ${account.headline}

## Where the bytes are

${partition(account)}

## From proof to proof

What grows in the steady state, when all that is set up once is there:

${partition(steady)}

The memory grew by ${mib(steadyGrowth)}; shadow stacks and TLS of worker threads that were terminated without
\`__wbindgen_thread_destroy\` grew by ${mib(threads)}.

## What was never freed

${types()}
`);
