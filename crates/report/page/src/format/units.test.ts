import { expect, test } from 'vitest';
import { address, count, percent, size, sizeChange, things, time } from './units';

test('sizes are those of units.rs', () => {
  expect(size(0)).toBe('0 B');
  expect(size(1023)).toBe('1,023 B');
  expect(size(1024)).toBe('1.00 KiB');
  expect(size(1024 * 1024 - 1)).toBe('1.00 MiB');
  expect(size(25_260_628)).toBe('24.09 MiB');
  expect(size(5 * 2 ** 50)).toBe('5,120.00 TiB');
  expect(size(-1536)).toBe('-1.50 KiB');
  expect(size(12.5)).toBe('12.5 B');
});

test('changes have a sign', () => {
  expect(sizeChange(1024)).toBe('+1.00 KiB');
  expect(sizeChange(0)).toBe('0 B');
  expect(sizeChange(-3)).toBe('-3 B');
});

test('counts and shares are those of units.rs', () => {
  expect(count(354_879)).toBe('354,879');
  expect(count(-1000)).toBe('-1,000');
  expect(things(1, 'block', 'blocks')).toBe('1 block');
  expect(percent(0.11708)).toBe('11.7 %');
  expect(percent(0.0001)).toBe('< 0.1 %');
  expect(percent(0.9999)).toBe('> 99.9 %');
  expect(percent(1)).toBe('100.0 %');
});

test('times and addresses', () => {
  expect(time(1_500_000_000)).toBe('1.50 s');
  expect(time(800_000_000)).toBe('800 ms');
  expect(address(0x1400d8)).toBe('0x1400d8');
});
