import type { Memory } from '../../data/types';
import { classColour, type Rgb } from '../../draw/palette';

/** A range of addresses that is no block. */
export interface Range {
  begin: number;
  end: number;
  name: string;
  colour: Rgb;
}

/** Greys in which what is no block does not compete with the colours of blocks. */
const QUIET: Rgb[] = [
  [120, 120, 120],
  [150, 150, 150],
  [105, 105, 112],
];

/**
 * What lies below the heap and, if classes are shown, above the highest block: free at the top, and never
 * touched. `at` is one of the map's moments.
 */
export function rangesAt(memory: Memory, at: number, byClass: boolean): Range[] {
  const { classes } = memory;
  const map = memory.map!;
  const names = [...new Set(map.fixed.map((range) => range.class))];
  const ranges = map.fixed.map(({ begin, end, class: index }) => ({
    begin,
    end,
    name: classes[index],
    colour: byClass ? classColour(classes[index], index) : QUIET[names.indexOf(index) % QUIET.length],
  }));
  const partition = memory.partitions[map.at[at]];
  if (!byClass || partition === null) return ranges;
  let end = map.size[at];
  // From the end of memory down.
  for (const name of ['never touched', 'free at the top']) {
    const index = classes.indexOf(name);
    const bytes = index < 0 ? 0 : partition[index];
    if (bytes > 0) ranges.push({ begin: end - bytes, end, name, colour: classColour(name, index) });
    end -= bytes;
  }
  return ranges;
}

/** Bytes of a class at one of the map's moments; null where that is not known. */
export function bytesAt(memory: Memory, at: number, name: string): number | null {
  const partition = memory.partitions[memory.map!.at[at]];
  const index = memory.classes.indexOf(name);
  return partition === null || index < 0 ? null : partition[index];
}
