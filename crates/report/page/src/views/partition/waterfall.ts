import type { Memory, Moment } from '../../data/types';

export interface Step {
  class: string;
  /** Into `Memory.classes`. */
  index: number;
  before: number;
  after: number;
  growth: number;
  /** Where the bar of the growth begins and ends, in bytes of the whole memory; not sorted. */
  begin: number;
  end: number;
}

export interface Waterfall {
  /** The moments that were compared: the selected ones, or the nearest that were looked at. */
  from: number;
  to: number;
  before: number;
  after: number;
  /** Classes that have bytes at either moment. */
  steps: Step[];
}

/** The nearest moment with a partition, the earlier of two; -1 without any. */
export function nearestPartition(memory: Memory, moment: number): number {
  let best = -1;
  memory.partitions.forEach((partition, index) => {
    if (partition === null) return;
    if (best < 0 || Math.abs(index - moment) < Math.abs(best - moment)) best = index;
  });
  return best;
}

/** How a memory came from its size at one moment to that at another, class by class. */
export function waterfall(memory: Memory, from: number, to: number): Waterfall | null {
  const first = nearestPartition(memory, from);
  const second = nearestPartition(memory, to);
  if (first < 0) return null;
  const before = memory.partitions[first]!;
  const after = memory.partitions[second]!;
  const sum = (partition: number[]) => partition.reduce((all, bytes) => all + bytes, 0);
  let at = sum(before);
  const steps: Step[] = [];
  memory.classes.forEach((name, index) => {
    if (before[index] === 0 && after[index] === 0) return;
    const growth = after[index] - before[index];
    steps.push({
      class: name,
      index,
      before: before[index],
      after: after[index],
      growth,
      begin: at,
      end: at + growth,
    });
    at += growth;
  });
  return { from: first, to: second, before: sum(before), after: sum(after), steps };
}

/**
 * Moments with a partition that have a bar: start, marks and end, or all where there are no marks. At most so
 * many, evenly chosen, first and last among them.
 */
export function shownMoments(memory: Memory, moments: Pick<Moment, 'kind'>[], most: number): number[] {
  const marked = moments.some(({ kind }) => kind === 'mark');
  const known = memory.partitions.flatMap((partition, index) =>
    partition === null || (marked && moments[index].kind === 'time') ? [] : [index],
  );
  if (known.length <= most) return known;
  return Array.from(
    { length: most },
    (_, index) => known[Math.round((index * (known.length - 1)) / (most - 1))],
  );
}
