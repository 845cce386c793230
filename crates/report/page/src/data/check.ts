import type { HeldTree, PageData } from './types';

/** Why the data cannot be shown, in words that follow "The data cannot be read:". */
export class Unreadable extends Error {}

/** That a value is what this page can show: its schema, and columns of equal lengths with indices that exist. */
export function check(value: unknown): PageData {
  if (typeof value !== 'object' || value === null) throw new Unreadable('they are not an object');
  const { schema } = value as { schema?: unknown };
  if (typeof schema !== 'string' || !schema.startsWith('unfreed-page/1.')) {
    throw new Unreadable(
      `their schema is ${JSON.stringify(schema ?? null)}, this page reads unfreed-page/1.0`,
    );
  }
  const data = value as PageData;
  try {
    checkTables(data);
  } catch (error) {
    if (error instanceof Unreadable) throw error;
    throw new Unreadable('a part of them is missing');
  }
  return data;
}

function checkTables(data: PageData): void {
  const { strings, frames, stacks, types, sites, moments, changes } = data;
  const frameCount = sameLength('frames', frames);
  const stackCount = sameLength('stacks', stacks);
  const { verdicts, ...typeColumns } = types;
  const typeCount = sameLength('types', typeColumns);
  const siteCount = sameLength('sites', sites);
  sameLength('changes', changes);
  if (moments.length === 0) throw new Unreadable('they have no moments');

  for (const column of [frames.function, frames.module, frames.place]) {
    inRange('frames', column, -1, strings.length);
  }
  inRange('stacks', stacks.frame, 0, frameCount);
  stacks.parent.forEach((parent, node) => {
    if (!(parent >= -1 && parent < node)) {
      throw new Unreadable(`stack ${node} comes before its parent`);
    }
  });
  inRange('types', types.name, 0, strings.length);
  inRange('types', types.verdict, -1, verdicts.length);
  inRange('sites', sites.type, 0, typeCount);
  inRange('sites', sites.stack, -1, stackCount);
  inRange('sites', sites.place, -1, strings.length);
  inRange('sites', sites.why, -1, strings.length);
  inRange('sites', sites.verdict, -1, verdicts.length);
  inRange('changes', changes.moment, 1, moments.length);
  inRange('changes', changes.site, 0, siteCount);
  if (changes.moment.some((moment, row) => row > 0 && moment < changes.moment[row - 1])) {
    throw new Unreadable('changes are not in the order of moments');
  }
  for (const { moment, bytes } of data.measured) {
    if (bytes.length !== moment.length) throw new Unreadable('columns of what was measured differ');
    inRange('measured', moment, 0, moments.length);
  }
  for (const { tree } of data.holders) checkTree(tree, siteCount);
  if (data.against !== null) {
    const { title: _title, is_estimate: _is, ...columns } = data.against;
    sameLength('against', columns);
    inRange('against', data.against.stack, -1, stackCount);
    inRange('against', data.against.place, -1, strings.length);
  }
  for (const { map } of data.memories) {
    if (map === null) continue;
    const { at, size, fixed, ...blocks } = map;
    sameLength('map', blocks);
    inRange('map', at, 0, moments.length);
    inRange('map', blocks.site, -1, siteCount);
    if (size.length !== at.length || at.length === 0) throw new Unreadable('a map has no sizes');
    if (!Array.isArray(fixed)) throw new Unreadable('a map lacks what is not the heap');
  }
}

function checkTree(tree: HeldTree, siteCount: number): void {
  const { names, ...columns } = tree;
  sameLength('tree', columns);
  inRange('tree', tree.name, -1, names.length);
  inRange('tree', tree.site, -1, siteCount);
  tree.parent.forEach((parent, node) => {
    if (!(parent >= 0 && parent <= node)) throw new Unreadable(`part ${node} comes before its parent`);
  });
}

/** The length that all columns of a table have. */
function sameLength(what: string, table: object): number {
  const columns = Object.values(table).filter((column) => column !== null) as unknown[][];
  const length = columns[0].length;
  for (const column of columns) {
    if (!Array.isArray(column) || column.length !== length) {
      throw new Unreadable(`columns of ${what} have different lengths`);
    }
  }
  return length;
}

function inRange(what: string, column: number[], least: number, end: number): void {
  for (const index of column) {
    if (!(index >= least && index < end)) {
      throw new Unreadable(`${what} refer to ${index}, which is not from ${least} to ${end - 1}`);
    }
  }
}
