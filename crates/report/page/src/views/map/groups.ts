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
  const key = (block: number): number => {
    const site = blocks.site[block];
    if (by === 'age') return blocks.born[block];
    if (by === 'class' || site < 0) return -1;
    if (by === 'site') return site;
    if (by === 'type') return sites.type[site];
    return sites.verdict[site] < 0 ? -1 : kinds[sites.verdict[site]];
  };
  const sums = new Map<number, { blocks: number; bytes: number }>();
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
  if (by === 'class') {
    const sum = sums.get(-1) ?? { blocks: 0, bytes: 0 };
    return {
      of: () => 0,
      list: [{ name: 'blocks', colour: classColour('live payload', 0), ...sum }],
    };
  }
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

const AGES = 6;

function byAge(
  keys: number[],
  sums: Map<number, { blocks: number; bytes: number }>,
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
