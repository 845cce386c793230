import type { Report } from '../../data/report';
import { sitePlace, typeName } from '../../data/report';
import { CATEGORIES, classColour, css, OTHER, sequential, type Rgb } from '../../draw/palette';
import type { MapColour } from '../../select/state';
import type { Blocks } from './blocks';

/** Blocks of one colour in the map. */
export interface Group {
  name: string;
  colour: Rgb;
  blocks: number;
  bytes: number;
}

export interface Groups {
  of: (block: number) => number;
  list: Group[];
}

/** What verdicts begin with has one colour in all reports; the rest of a verdict are figures. */
const VERDICTS: [kind: string, colour: Rgb][] = [
  ['systematic', CATEGORIES[0]],
  ['noisy', CATEGORIES[2]],
  ['bounded', CATEGORIES[1]],
  ['one-off', CATEGORIES[5]],
  ['too few', CATEGORIES[4]],
];

/** Into `VERDICTS`; -1 without a verdict. */
export function verdictKind(verdict: string): number {
  return VERDICTS.findIndex(([kind]) => verdict.startsWith(kind));
}

type Amounts = Map<number, { blocks: number; bytes: number }>;

/** How blocks are coloured. The largest groups have colours of their own, the others share one. */
export function groupBlocks(
  report: Report,
  blocks: Blocks,
  by: MapColour,
  momentNames: string[],
  chosenSite: number,
): Groups {
  const { sites, types } = report.data;
  const kinds = types.verdicts.map(verdictKind);
  const marksBefore = marksUntil(report);
  const key = (block: number): number => {
    const site = blocks.site[block];
    if (by === 'age') return blocks.born[block];
    if (by === 'iteration') return marksBefore[blocks.born[block]];
    if (by === 'class') return site >= 0 && sites.starts_threads[site] === 1 ? 1 : 0;
    if (site < 0) return -1;
    if (by === 'site') return site;
    if (by === 'type') return sites.type[site];
    return sites.verdict[site] < 0 ? -1 : kinds[sites.verdict[site]];
  };
  const sums: Amounts = new Map();
  for (let block = 0; block < blocks.count; block += 1) {
    const name = key(block);
    const sum = sums.get(name);
    if (sum === undefined) sums.set(name, { blocks: 1, bytes: blocks.length[block] });
    else {
      sum.blocks += 1;
      sum.bytes += blocks.length[block];
    }
  }
  const keys = [...sums.keys()];
  if (by === 'age') return byAge(keys, sums, key, momentNames, report.data.moments.length);
  if (by === 'iteration') {
    const names = report.data.moments.flatMap(({ kind }, at) => (kind === 'mark' ? [momentNames[at]] : []));
    return byIteration(keys, sums, key, names);
  }
  if (by === 'class') return byClass(sums, key);
  const own = keys
    .filter((name) => name >= 0)
    .sort(
      (a, b) =>
        Number(b === chosenSite && by === 'site') - Number(a === chosenSite && by === 'site') ||
        sums.get(b)!.bytes - sums.get(a)!.bytes,
    )
    .slice(0, CATEGORIES.length);
  const index = new Map(own.map((name, at) => [name, at]));
  const list: Group[] = own.map((name, at) => ({
    name:
      by === 'type'
        ? typeName(report, name)
        : by === 'site'
          ? `${typeName(report, sites.type[name])} at ${sitePlace(report, name)}`
          : VERDICTS[name][0],
    colour: by === 'verdict' ? VERDICTS[name][1] : CATEGORIES[at],
    ...sums.get(name)!,
  }));
  const rest = keys.filter((name) => !index.has(name));
  const other = list.length;
  if (rest.length > 0) {
    const unnamed = by === 'verdict' ? 'without a verdict' : 'others';
    const sum = { blocks: 0, bytes: 0 };
    for (const name of rest) {
      sum.blocks += sums.get(name)!.blocks;
      sum.bytes += sums.get(name)!.bytes;
    }
    list.push({ name: unnamed, colour: OTHER, ...sum });
  }
  return { of: (block) => index.get(key(block)) ?? other, list };
}

/** Blocks are live payload, or stacks of threads. */
function byClass(sums: Amounts, key: (block: number) => number): Groups {
  const names = ['live payload', 'thread shadow stacks and TLS'].filter((_, at) => sums.has(at));
  const first = sums.has(0) ? 0 : 1;
  const list = names.map((name, at) => ({ name, colour: classColour(name, at), ...sums.get(at + first)! }));
  return { of: (block) => key(block) - first, list };
}

/** By moment: how many marks there are before what was allocated up to it. */
function marksUntil(report: Report): number[] {
  let marks = 0;
  return report.data.moments.map(({ kind }) => (kind === 'mark' ? marks++ : marks));
}

/** At most so many groups of iterations have colours of their own. */
const ITERATIONS = 12;

/** By the marks between which blocks were allocated, neighbours together where there are too many. */
function byIteration(keys: number[], sums: Amounts, key: (block: number) => number, marks: string[]): Groups {
  const most = Math.max(0, ...keys);
  const together = Math.ceil((most + 1) / ITERATIONS);
  const last = Math.floor(most / together);
  const list = Array.from({ length: last + 1 }, (_, group) => {
    const begin = group * together;
    const behind = begin + together - 1;
    const sum = { blocks: 0, bytes: 0 };
    for (const name of keys) {
      if (Math.floor(name / together) !== group) continue;
      sum.blocks += sums.get(name)!.blocks;
      sum.bytes += sums.get(name)!.bytes;
    }
    return {
      name: `allocated from ${marks[begin - 1] ?? 'start'} to ${marks[behind] ?? 'end'}`,
      colour: sequential(last === 0 ? 0 : group / last),
      ...sum,
    };
  });
  return { of: (block) => Math.floor(key(block) / together), list };
}

const AGES = 6;

function byAge(
  keys: number[],
  sums: Amounts,
  key: (block: number) => number,
  momentNames: string[],
  moments: number,
): Groups {
  const step = (moments - 1) / Math.min(AGES, Math.max(1, moments - 1));
  const groupOf = (born: number) =>
    Math.max(0, Math.min(AGES - 1, Math.floor((Math.max(1, born) - 1) / step)));
  const last = Math.max(0, ...keys.map(groupOf));
  const list = Array.from({ length: last + 1 }, (_, group) => {
    const begin = Math.ceil(group * step);
    const end = Math.min(moments - 1, Math.ceil((group + 1) * step));
    const sum = { blocks: 0, bytes: 0 };
    for (const name of keys) {
      if (groupOf(name) !== group) continue;
      sum.blocks += sums.get(name)!.blocks;
      sum.bytes += sums.get(name)!.bytes;
    }
    const name = `allocated from ${momentNames[begin]} to ${momentNames[end]}`;
    return { name, colour: sequential(last === 0 ? 0 : group / last), ...sum };
  });
  return { of: (block) => groupOf(key(block)), list };
}

export function swatch(group: Group): string {
  return css(group.colour);
}
