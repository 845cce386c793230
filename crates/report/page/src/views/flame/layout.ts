import { childrenOf } from '../../ui/tree-rows';
import type { FlameTree } from './tree';

/** A rectangle of the flame graph, in CSS pixels; `row` counts from the top. */
export interface Box {
  node: number;
  row: number;
  left: number;
  width: number;
}

export interface Drawn {
  boxes: Box[];
  /** Siblings that are too narrow to be drawn alone, as one: their node is -1. */
  rows: number;
}

/** Narrower boxes are drawn as one with their smaller siblings. */
const NARROWEST = 0.6;

/** What is seen of a tree that is zoomed to a node, in a picture of a width. Nodes above it span all of it. */
export function layout(tree: FlameTree, zoom: number, width: number): Drawn {
  const boxes: Box[] = [];
  for (let above = zoom; above >= 0; above = tree.parent[above]) {
    boxes.push({ node: above, row: tree.depth[above], left: 0, width });
  }
  boxes.reverse();
  let rows = tree.depth[zoom] + 1;
  const scale = tree.total[zoom] > 0 ? width / tree.total[zoom] : 0;
  const begin = tree.x[zoom];
  const open = [zoom];
  while (open.length > 0) {
    const node = open.pop()!;
    const row = tree.depth[node] + 1;
    for (const child of childrenOf(tree, node)) {
      const boxWidth = tree.total[child] * scale;
      const left = (tree.x[child] - begin) * scale;
      // Children are sorted: all that follow are narrower still.
      if (boxWidth < NARROWEST) {
        const end = (tree.x[node] + tree.total[node] - tree.self[node] - begin) * scale;
        if (end - left >= NARROWEST) boxes.push({ node: -1, row, left, width: end - left });
        break;
      }
      boxes.push({ node: child, row, left, width: boxWidth });
      rows = Math.max(rows, row + 1);
      open.push(child);
    }
  }
  return { boxes, rows };
}

/** The box at a point; null if there is none. */
export function boxAt(drawn: Drawn, x: number, row: number): Box | null {
  return (
    drawn.boxes.find((box) => box.row === row && x >= box.left && x < box.left + Math.max(box.width, 1)) ??
    null
  );
}

/** Where a key leads from a node: up, down, to the siblings; the node itself if there is nothing. */
export function neighbour(
  tree: FlameTree,
  node: number,
  key: 'ArrowUp' | 'ArrowDown' | 'ArrowLeft' | 'ArrowRight',
): number {
  if (key === 'ArrowDown') return childrenOf(tree, node)[0] ?? node;
  if (node === 0) return node;
  if (key === 'ArrowUp') return tree.parent[node];
  const siblings = childrenOf(tree, tree.parent[node]);
  const next = siblings.indexOf(node) + (key === 'ArrowRight' ? 1 : -1);
  return siblings[next] ?? node;
}
