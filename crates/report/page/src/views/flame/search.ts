import type { FlameTree } from './tree';

export interface Matches {
  /** By frame: 1 if its name or place has what was searched. */
  frames: Uint8Array;
  /** Matching nodes of the tree. */
  nodes: number;
  /** Bytes or blocks of all stacks that have a matching frame, each counted once. */
  total: number;
}

/** Frames whose name or place has the text, whatever the case. */
export function matchFrames(labels: string[], places: string[], search: string): Uint8Array {
  const wanted = search.toLowerCase();
  const frames = new Uint8Array(labels.length);
  if (wanted === '') return frames;
  for (let frame = 0; frame < frames.length; frame += 1) {
    const found =
      labels[frame].toLowerCase().includes(wanted) || places[frame].toLowerCase().includes(wanted);
    frames[frame] = found ? 1 : 0;
  }
  return frames;
}

export function matchTree(tree: FlameTree, frames: Uint8Array): Matches {
  const within = new Uint8Array(tree.count);
  let nodes = 0;
  let total = 0;
  for (let node = 1; node < tree.count; node += 1) {
    const matches = frames[tree.frame[node]] === 1;
    const above = within[tree.parent[node]] === 1;
    if (matches) nodes += 1;
    // What is below a match is counted with it.
    if (matches && !above) total += tree.total[node];
    within[node] = matches || above ? 1 : 0;
  }
  return { frames, nodes, total };
}
