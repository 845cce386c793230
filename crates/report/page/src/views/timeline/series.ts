import type { PageData, Timeline } from '../../data/types';

export interface Line {
  name: string;
  /** Values in bytes, one for each x; null where nothing was measured. */
  values: (number | null)[];
}

export interface Chart {
  title: string;
  /** What x is: seconds since the recording began, or allocations and frees before. */
  unit: 'time' | 'events';
  x: number[];
  lines: Line[];
  /** x of each moment; not falling. */
  moments: number[];
}

type Run = Pick<PageData, 'timeline' | 'measured' | 'moments'>;

/** Lines over time, or over events where not all times are known: linear memory, and the rest of the process. */
export function charts(data: Run, liveAtMoments: number[]): Chart[] {
  const { timeline, measured, moments } = data;
  const unit = moments.every((moment) => moment.time !== null) ? 'time' : 'events';
  const ofMoment = moments.map((moment) => (unit === 'time' ? moment.time! / 1e9 : moment.events));
  const sizes = measured.map(({ what, moment, bytes }): Table => ({
    x: moment.map((index) => ofMoment[index]),
    columns: [[what, bytes]],
  }));
  const made = (title: string, tables: Table[]): Chart => ({
    title,
    unit,
    moments: ofMoment,
    ...joined(tables),
  });
  if (timeline === null || timeline.events.length === 0) {
    // Without sizes at each event, what was live at the moments is known all the same.
    return [made('Memory', [{ x: ofMoment, columns: [['live', liveAtMoments]] }, ...sizes])];
  }
  const x = unit === 'time' ? timesOf(timeline, moments) : timeline.events;
  const memory = made('Linear memory', [{ x, columns: linesOf(timeline) }]);
  return sizes.length === 0 ? [memory] : [memory, made('The process', sizes)];
}

interface Table {
  x: number[];
  columns: [string, (number | null)[]][];
}

function joined(tables: Table[]): Pick<Chart, 'x' | 'lines'> {
  const x = [...new Set(tables.flatMap((table) => table.x))].sort((a, b) => a - b);
  const rank = new Map(x.map((value, index) => [value, index]));
  const lines = tables.flatMap((table) =>
    table.columns.map(([name, column]) => {
      const values = new Array<number | null>(x.length).fill(null);
      table.x.forEach((value, index) => {
        values[rank.get(value)!] = column[index];
      });
      return { name, values };
    }),
  );
  return { x, lines };
}

/** Seconds of each sample. Between times that were recorded they are in proportion to events. */
export function timesOf(timeline: Timeline, moments: PageData['moments']): number[] {
  const known = [
    ...moments.map(({ events, time }) => ({ events, time: time! })),
    ...timeline.events.flatMap((events, index) => {
      const time = timeline.time[index];
      return time === null ? [] : [{ events, time }];
    }),
  ].sort((a, b) => a.events - b.events || a.time - b.time);
  let next = 0;
  return timeline.events.map((events) => {
    while (next < known.length - 1 && known[next].events < events) next += 1;
    const after = known[next];
    const before = known[Math.max(0, next - 1)];
    const share =
      after.events > before.events ? (events - before.events) / (after.events - before.events) : 1;
    return (before.time + Math.min(1, share) * (after.time - before.time)) / 1e9;
  });
}

function linesOf(timeline: Timeline): [string, number[]][] {
  const lines: [string, number[]][] = [
    ['linear memory', timeline.memory],
    ['live', timeline.live],
  ];
  if (timeline.holes !== null) lines.push(['holes', timeline.holes]);
  return lines;
}

/** The last value that is not after x; null before the first. */
export function valueAt(chart: Chart, line: Line, x: number): number | null {
  let value: number | null = null;
  for (let index = 0; index < chart.x.length && chart.x[index] <= x; index += 1) {
    value = line.values[index] ?? value;
  }
  return value;
}

/** The moments nearest to both ends of a range, at least one apart if there are two. */
export function snapped(moments: number[], low: number, high: number): [from: number, to: number] {
  let from = nearest(moments, low);
  let to = nearest(moments, high);
  if (from === to && moments.length > 1) {
    if (to < moments.length - 1 && high >= moments[to]) to += 1;
    else if (from > 0) from -= 1;
    else to += 1;
  }
  return [from, to];
}

function nearest(values: number[], value: number): number {
  let best = 0;
  for (let index = 1; index < values.length; index += 1) {
    if (Math.abs(values[index] - value) < Math.abs(values[best] - value)) best = index;
  }
  return best;
}
