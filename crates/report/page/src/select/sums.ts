import type { Changes } from '../data/types';
import type { Report } from '../data/report';

/** What sites, types or stacks did between two moments. Sizes are in bytes. */
export interface Sums {
  /** Made in between. */
  allocations: Float64Array;
  allocatedBytes: Float64Array;
  /** Live at the first of the two. */
  liveBefore: Float64Array;
  liveBytesBefore: Float64Array;
  /** Live at the second. */
  live: Float64Array;
  liveBytes: Float64Array;
  /** Live at the second less live at the first. */
  growth: Float64Array;
  growthBytes: Float64Array;
}

function empty(length: number): Sums {
  const column = () => new Float64Array(length);
  return {
    allocations: column(),
    allocatedBytes: column(),
    liveBefore: column(),
    liveBytesBefore: column(),
    live: column(),
    liveBytes: column(),
    growth: column(),
    growthBytes: column(),
  };
}

/** Sums of all sites from one moment to another; `from` is not after `to`. */
export function sumChanges(changes: Changes, siteCount: number, from: number, to: number): Sums {
  const sums = empty(siteCount);
  const { moment, site } = changes;
  for (let row = 0; row < moment.length && moment[row] <= to; row += 1) {
    const index = site[row];
    sums.live[index] += changes.live[row];
    sums.liveBytes[index] += changes.live_bytes[row];
    if (moment[row] <= from) {
      sums.liveBefore[index] += changes.live[row];
      sums.liveBytesBefore[index] += changes.live_bytes[row];
    } else {
      sums.allocations[index] += changes.allocations[row];
      sums.allocatedBytes[index] += changes.allocated_bytes[row];
      sums.growth[index] += changes.live[row];
      sums.growthBytes[index] += changes.live_bytes[row];
    }
  }
  return sums;
}

/** Sums of groups of sites: of types, of stacks. */
export function groupSums(sums: Sums, groupOf: ArrayLike<number>, groups: number): Sums {
  const grouped = empty(groups);
  for (const column of Object.keys(sums) as (keyof Sums)[]) {
    grouped[column] = group(sums[column], groupOf, groups);
  }
  return grouped;
}

/** A column of sites added up by group. */
export function group(column: ArrayLike<number>, groupOf: ArrayLike<number>, groups: number): Float64Array {
  const grouped = new Float64Array(groups);
  for (let site = 0; site < column.length; site += 1) grouped[groupOf[site]] += column[site];
  return grouped;
}

export function total(column: ArrayLike<number>): number {
  let sum = 0;
  for (let index = 0; index < column.length; index += 1) sum += column[index];
  return sum;
}

/** Live blocks and bytes of all sites at each moment. */
export function liveByMoment(report: Report): { blocks: number[]; bytes: number[] } {
  const { moments, changes } = report.data;
  const blocks = new Array<number>(moments.length).fill(0);
  const bytes = new Array<number>(moments.length).fill(0);
  for (let row = 0; row < changes.moment.length; row += 1) {
    blocks[changes.moment[row]] += changes.live[row];
    bytes[changes.moment[row]] += changes.live_bytes[row];
  }
  for (let moment = 1; moment < moments.length; moment += 1) {
    blocks[moment] += blocks[moment - 1];
    bytes[moment] += bytes[moment - 1];
  }
  return { blocks, bytes };
}
