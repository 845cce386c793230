import type { PageData, Timeline } from '../../data/types';

export interface Line {
  name: string;
  /** Values in bytes, one for each x; null where nothing was measured. */
  values: (number | null)[];
  /** Measured beside linear memory. */
  measured: boolean;
}

export interface Chart {
  /** What x is: seconds since the recording began, or allocations and frees before. */
  unit: 'time' | 'events';
  x: number[];
  lines: Line[];
  /** x of each moment; not falling. */
  moments: number[];
  /** What cannot be drawn, in words. */
  left_out: string | null;
}

/** Lines over time, or over events where not all times are known. Null if there is nothing to draw. */
export function chart(
  data: Pick<PageData, 'timeline' | 'measured' | 'moments'>,
  liveAtMoments: number[],
): Chart | null {
  const { timeline, measured, moments } = data;
  const timed =
    moments.every((moment) => moment.time !== null) && (timeline?.time ?? []).every((time) => time !== null);
  const unit = timed ? 'time' : 'events';
  const ofMoment = moments.map((moment) => (timed ? moment.time! / 1e9 : moment.events));
  const tables: { x: number[]; columns: [string, (number | null)[], boolean][] }[] = [];
  if (timeline !== null && timeline.events.length > 0) {
    const x = timed ? timeline.time.map((time) => time! / 1e9) : timeline.events;
    tables.push({ x, columns: linesOf(timeline) });
  } else {
    // A log without sizes of memory: what was live at the moments is known all the same.
    tables.push({ x: ofMoment, columns: [['live', liveAtMoments, false]] });
  }
  if (timed) {
    for (const { what, time, bytes } of measured) {
      tables.push({ x: time.map((time) => time / 1e9), columns: [[what, bytes, true]] });
    }
  }
  const x = [...new Set(tables.flatMap((table) => table.x))].sort((a, b) => a - b);
  if (x.length === 0) return null;
  const rank = new Map(x.map((value, index) => [value, index]));
  const lines = tables.flatMap((table) =>
    table.columns.map(([name, column, measured]) => {
      const values = new Array<number | null>(x.length).fill(null);
      table.x.forEach((value, index) => {
        values[rank.get(value)!] = column[index];
      });
      return { name, values, measured };
    }),
  );
  const left_out =
    !timed && measured.length > 0
      ? 'What was measured beside linear memory is not drawn: it has times, and some events have none.'
      : null;
  return { unit, x, lines, moments: ofMoment, left_out };
}

function linesOf(timeline: Timeline): [string, number[], boolean][] {
  const lines: [string, number[], boolean][] = [
    ['linear memory', timeline.memory, false],
    ['live', timeline.live, false],
  ];
  if (timeline.holes !== null) lines.push(['holes', timeline.holes, false]);
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
