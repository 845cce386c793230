import { expect, test } from 'vitest';
import { toCsv } from './csv';

test('quotes what has separators', () => {
  expect(
    toCsv(
      ['a', 'b'],
      [
        ['x,y', 'say "no"'],
        ['plain', null],
      ],
    ),
  ).toBe('a,b\r\n"x,y","say ""no"""\r\nplain,\r\n');
});

test('a text is never a formula, a number stays one', () => {
  expect(toCsv(['n'], [['=1+1'], ['@SUM(A1)'], ['+1'], ['-x'], [' =2'], [-5]])).toBe(
    "n\r\n'=1+1\r\n'@SUM(A1)\r\n'+1\r\n'-x\r\n' =2\r\n-5\r\n",
  );
});
