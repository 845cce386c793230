import type { HeldTree } from '../../data/types';
import { childLists, type RowTree } from '../../ui/tree-rows';

/** The tree of what is held as rows, what retains most first. */
export function heldRows({ parent, retained_bytes: total }: HeldTree): RowTree {
  const depth = new Int32Array(parent.length);
  for (let node = 1; node < parent.length; node += 1) depth[node] = depth[parent[node]] + 1;
  return { parent, depth, total, ...childLists(parent, total) };
}
