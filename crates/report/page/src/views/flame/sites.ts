import type { FlameTree } from './tree';

export interface SitesBelow {
  /** How many there are. */
  count: number;
  /** The largest, that first. */
  largest: number[];
}

/** Sites whose way through the tree leads to a node or through it; those with nothing are left out. */
export function sitesBelow(
  tree: FlameTree,
  siteStack: Int32Array,
  weight: ArrayLike<number>,
  node: number,
  most: number,
): SitesBelow {
  const inside = new Uint8Array(tree.count);
  inside[node] = 1;
  // Parents come before children.
  for (let at = node + 1; at < tree.count; at += 1) inside[at] = inside[tree.parent[at]];
  const largest: number[] = [];
  let count = 0;
  for (let site = 0; site < siteStack.length; site += 1) {
    const end = tree.nodeOfStack[siteStack[site]];
    if (!(weight[site] > 0) || end < 0 || inside[end] === 0) continue;
    count += 1;
    if (largest.length === most && weight[site] <= weight[largest[most - 1]]) continue;
    let place = largest.length;
    while (place > 0 && weight[largest[place - 1]] < weight[site]) place -= 1;
    largest.splice(place, 0, site);
    if (largest.length > most) largest.pop();
  }
  return { count, largest };
}
