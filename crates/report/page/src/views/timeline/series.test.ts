import { expect, test } from 'vitest';
import type { Moment } from '../../data/types';
import { charts, snapped, timesOf, valueAt } from './series';

const moment = (events: number, time: number | null): Moment => ({ kind: 'time', name: null, events, time });
const timeline = {
  events: [0, 10, 20],
  time: [0, 1e9, 2e9],
  memory: [100, 200, 300],
  live: [1, 2, 3],
  holes: [0, 0, 5],
  allocations: [0, 5, 10],
};

test('linear memory and the process over time', () => {
  const measured = [{ what: 'RSS', moment: [0, 1], bytes: [7, 9] }];
  const [memory, process] = charts({ timeline, measured, moments: [moment(0, 0), moment(20, 2e9)] }, [0, 3]);
  expect([memory.unit, memory.x, process.x]).toEqual(['time', [0, 1, 2], [0, 2]]);
  expect(memory.lines.map((line) => line.name)).toEqual(['linear memory', 'live', 'holes']);
  expect(process.lines).toEqual([{ name: 'RSS', values: [7, 9] }]);
  expect(valueAt(memory, memory.lines[0], 1.9)).toBe(200);
  expect(valueAt(process, process.lines[0], -1)).toBeNull();
});

test('times between known ones are in proportion to events', () => {
  const time = [null, null, null];
  const moments = [moment(0, 1e9), moment(10, 2e9), moment(10, 3e9), moment(20, 5e9)];
  expect(timesOf({ ...timeline, time }, moments)).toEqual([1, 2, 5]);
  expect(timesOf({ ...timeline, time, events: [5, 15, 99] }, moments)).toEqual([1.5, 4, 5]);
});

test('without all times over events', () => {
  const measured = [{ what: 'RSS', moment: [1], bytes: [1] }];
  const made = charts({ timeline, measured, moments: [moment(0, null), moment(20, 2e9)] }, [0, 3]);
  expect(made.map(({ unit }) => unit)).toEqual(['events', 'events']);
  expect([made[0].moments, made[1].x]).toEqual([[0, 20], [20]]);
});

test('a log without sizes of memory shows what is live at moments', () => {
  const [made] = charts(
    { timeline: null, measured: [], moments: [moment(0, null), moment(9, null)] },
    [0, 42],
  );
  expect(made.lines).toEqual([{ name: 'live', values: [0, 42] }]);
});

test('a range snaps to moments', () => {
  expect(snapped([0, 10, 20, 30], 9, 21)).toEqual([1, 2]);
  expect(snapped([0, 10, 20, 30], 12, 13)).toEqual([1, 2]);
  expect(snapped([0, 10], 9, 10)).toEqual([0, 1]);
  expect(snapped([0], 0, 5)).toEqual([0, 0]);
});
