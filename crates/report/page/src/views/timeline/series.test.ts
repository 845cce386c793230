import { expect, test } from 'vitest';
import type { Moment } from '../../data/types';
import { chart, snapped, valueAt } from './series';

const moment = (events: number, time: number | null): Moment => ({ kind: 'time', name: null, events, time });
const timeline = {
  events: [0, 10, 20],
  time: [0, 1e9, 2e9],
  memory: [100, 200, 300],
  live: [1, 2, 3],
  holes: [0, 0, 5],
  allocations: [0, 5, 10],
};

test('lines over time, measured ones beside them', () => {
  const measured = [{ what: 'RSS', time: [0.5e9, 2e9], bytes: [7, 9] }];
  const made = chart({ timeline, measured, moments: [moment(0, 0), moment(20, 2e9)] }, [0, 3])!;
  expect(made.unit).toBe('time');
  expect(made.x).toEqual([0, 0.5, 1, 2]);
  expect(made.lines.map((line) => line.name)).toEqual(['linear memory', 'live', 'holes', 'RSS']);
  expect(made.lines[3].values).toEqual([null, 7, null, 9]);
  expect(valueAt(made, made.lines[0], 1.9)).toBe(200);
  expect(valueAt(made, made.lines[3], 0.4)).toBeNull();
});

test('without all times over events', () => {
  const measured = [{ what: 'RSS', time: [1], bytes: [1] }];
  const made = chart({ timeline, measured, moments: [moment(0, null), moment(20, 2e9)] }, [0, 3])!;
  expect([made.unit, made.moments, made.lines.length]).toEqual(['events', [0, 20], 3]);
  expect(made.left_out).not.toBeNull();
});

test('a log without sizes of memory shows what is live at moments', () => {
  const made = chart({ timeline: null, measured: [], moments: [moment(0, null), moment(9, null)] }, [0, 42])!;
  expect(made.lines).toEqual([{ name: 'live', values: [0, 42], measured: false }]);
});

test('a range snaps to moments', () => {
  expect(snapped([0, 10, 20, 30], 9, 21)).toEqual([1, 2]);
  expect(snapped([0, 10, 20, 30], 12, 13)).toEqual([1, 2]);
  expect(snapped([0, 10], 9, 10)).toEqual([0, 1]);
  expect(snapped([0], 0, 5)).toEqual([0, 0]);
});
