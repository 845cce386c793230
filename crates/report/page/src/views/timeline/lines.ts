import { CATEGORIES, css, mix, type Theme } from '../../draw/palette';

const ORDER = [1, 0, 2, 3, 4, 5, 6];
const DASHES = [[], [], [6, 3], [2, 3], [10, 3, 2, 3], [4, 4]];

/** Colour and dashes of a line: told apart by either. */
export function lineStyle(index: number, theme: Theme): { colour: string; dash: number[] } {
  const base = CATEGORIES[ORDER[index % ORDER.length]];
  const colour = css(mix(base, theme === 'dark' ? [255, 255, 255] : [0, 0, 0], 0.2));
  return { colour, dash: DASHES[index % DASHES.length] };
}
