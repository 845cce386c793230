import { expect, test } from 'vitest';
import { LONGEST, makeVisible, visible } from './visible';

test('what cannot be seen is written out', () => {
  expect(visible('a\u202egnp.exe')).toBe('a\\u{202e}gnp.exe');
  expect(visible('line\nnext\u0000')).toBe('line next\\u{0}');
  expect(visible('<script>alert(1)</script>')).toBe('<script>alert(1)</script>');
});

test('very long texts are cut, and that is said', () => {
  expect(visible('x'.repeat(LONGEST + 5))).toBe(`${'x'.repeat(LONGEST)}… (5 more)`);
});

test('all texts of a value are walked', () => {
  const value = { a: ['\u200e', { b: '\u0007' }], columns: [1, 2] };
  expect(makeVisible(value)).toEqual({ a: ['\\u{200e}', { b: '\\u{7}' }], columns: [1, 2] });
});
