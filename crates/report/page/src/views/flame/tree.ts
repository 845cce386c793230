import type { Report } from '../../data/report';
import { childLists, childrenOf, type RowTree } from '../../ui/tree-rows';

/** The tree that a flame graph draws: stacks with the same frames from the root on share nodes. */
export interface FlameTree extends RowTree {
  /** Nodes; 0 is the root, which is no frame. */
  count: number;
  /** Into the report's frames; -1 for the root. */
  frame: Int32Array;
  /** Parents come before children; -1 for the root. */
  parent: Int32Array;
  depth: Int32Array;
  /** Bytes or blocks of the node and all below it. */
  total: Float64Array;
  /** Of the node alone. */
  self: Float64Array;
  /** `total` at the first moment of the selection; null where there is nothing to compare with. */
  before: Float64Array | null;
  /** Where the node begins, in the unit of `total`. */
  x: Float64Array;
  maxDepth: number;
  /** By stack: the node at which its way through the tree ends; -1 if it is not drawn. */
  nodeOfStack: Int32Array;
}

export interface Stacks {
  parent: Int32Array;
  frame: Int32Array;
  /** 1: the frame only passes a request on. */
  folded: Uint8Array;
}

/** The report's stacks. With `merged` all frames of one function are the same frame. */
export function stacksOf(report: Report, merged: boolean): Stacks {
  const { stackParent, stackFrame, frameFolded, sameFunction } = report;
  const frame = merged ? stackFrame.map((frame) => sameFunction[frame]) : stackFrame;
  return { parent: stackParent, frame, folded: frameFolded };
}

export interface Values {
  value: Float64Array;
  before: Float64Array | null;
}

/** Callers above, allocating functions below. With `hideFolded` folded frames are left out. */
export function callersFirst(stacks: Stacks, values: Values, hideFolded: boolean): FlameTree {
  const { parent, frame, folded } = stacks;
  const below = withBelow(parent, values);
  const nodes = new Nodes(stacks);
  const nodeOf = new Int32Array(parent.length).fill(-1);
  for (let stack = 0; stack < parent.length; stack += 1) {
    if (below[stack] === 0) continue;
    const above = parent[stack] < 0 ? 0 : nodeOf[parent[stack]];
    const hidden = hideFolded && folded[frame[stack]] === 1;
    nodeOf[stack] = hidden ? above : nodes.child(above, frame[stack]);
  }
  const self = new Float64Array(nodes.count);
  const before = values.before === null ? null : new Float64Array(nodes.count);
  for (let stack = 0; stack < parent.length; stack += 1) {
    if (nodeOf[stack] < 0) continue;
    self[nodeOf[stack]] += values.value[stack];
    if (before !== null) before[nodeOf[stack]] += values.before![stack];
  }
  const total = self.slice();
  addUp(nodes.parent, total);
  if (before !== null) addUp(nodes.parent, before);
  return laidOut(nodes, total, self, before, nodeOf);
}

/** Allocating functions above, their callers below. */
export function allocatorsFirst(stacks: Stacks, values: Values, hideFolded: boolean): FlameTree {
  const { parent, frame, folded } = stacks;
  const nodes = new Nodes(stacks);
  const total: number[] = [0];
  const self: number[] = [0];
  const before: number[] = [0];
  const nodeOf = new Int32Array(parent.length).fill(-1);
  for (let stack = 0; stack < parent.length; stack += 1) {
    const value = values.value[stack];
    const valueBefore = values.before === null ? 0 : values.before[stack];
    if (value === 0 && valueBefore === 0) continue;
    let node = 0;
    total[0] += value;
    before[0] += valueBefore;
    for (let at = stack; at >= 0; at = parent[at]) {
      if (hideFolded && folded[frame[at]] === 1) continue;
      node = nodes.child(node, frame[at]);
      if (node === total.length) {
        total.push(0);
        self.push(0);
        before.push(0);
      }
      total[node] += value;
      before[node] += valueBefore;
    }
    self[node] += value;
    nodeOf[stack] = node;
  }
  return laidOut(
    nodes,
    Float64Array.from(total),
    Float64Array.from(self),
    values.before === null ? null : Float64Array.from(before),
    nodeOf,
  );
}

/** For each stack what it and all stacks below it have, at either moment: those with 0 are not drawn. */
function withBelow(parent: Int32Array, values: Values): Float64Array {
  const below = new Float64Array(parent.length);
  for (let stack = 0; stack < below.length; stack += 1) {
    below[stack] = values.value[stack] + (values.before?.[stack] ?? 0);
  }
  addUp(parent, below);
  return below;
}

function addUp(parent: ArrayLike<number>, column: Float64Array): void {
  for (let node = column.length - 1; node >= 0; node -= 1) {
    if (parent[node] >= 0) column[parent[node]] += column[node];
  }
}

/** Nodes by parent and frame. */
class Nodes {
  readonly frame: number[] = [-1];
  readonly parent: number[] = [-1];
  private readonly known = new Map<number, number>();
  private readonly frames: number;

  constructor(stacks: Stacks) {
    this.frames = stacks.folded.length;
  }

  get count(): number {
    return this.frame.length;
  }

  child(parent: number, frame: number): number {
    const key = parent * this.frames + frame;
    let node = this.known.get(key);
    if (node === undefined) {
      node = this.frame.length;
      this.known.set(key, node);
      this.frame.push(frame);
      this.parent.push(parent);
    }
    return node;
  }
}

function laidOut(
  nodes: Nodes,
  total: Float64Array,
  self: Float64Array,
  before: Float64Array | null,
  nodeOfStack: Int32Array,
): FlameTree {
  const count = nodes.count;
  const parent = Int32Array.from(nodes.parent);
  const { firstChild, children } = childLists(parent, total);

  const x = new Float64Array(count);
  const depth = new Int32Array(count);
  let maxDepth = 0;
  for (let node = 0; node < count; node += 1) {
    const own = children.subarray(firstChild[node], firstChild[node + 1]);
    let at = x[node];
    for (const child of own) {
      x[child] = at;
      at += total[child];
      depth[child] = depth[node] + 1;
    }
    if (own.length > 0) maxDepth = Math.max(maxDepth, depth[node] + 1);
  }
  return {
    count,
    frame: Int32Array.from(nodes.frame),
    parent,
    depth,
    total,
    self,
    before,
    firstChild,
    children,
    x,
    maxDepth,
    nodeOfStack,
  };
}

/** What was there before in nodes of which nothing is left: these have no width. */
export function goneFrom({ count, parent, total, before }: FlameTree): number {
  let gone = 0;
  for (let node = 1; before !== null && node < count; node += 1) {
    const isTop = parent[node] === 0 || total[parent[node]] > 0;
    if (total[node] === 0 && isTop) gone += before[node];
  }
  return gone;
}

/** Frames from the root to a node. */
export function pathOf(tree: FlameTree, node: number): number[] {
  const path = [];
  for (let at = node; at > 0; at = tree.parent[at]) path.push(tree.frame[at]);
  return path.reverse();
}

/** The node that a path of frames leads to, or the last on the way that exists. */
export function nodeAt(tree: FlameTree, path: number[]): number {
  let node = 0;
  for (const frame of path) {
    const next = childrenOf(tree, node).find((child) => tree.frame[child] === frame);
    if (next === undefined) break;
    node = next;
  }
  return node;
}

/** Frames of a stack as a path from the root of a tree with callers or allocating functions first. */
export function pathOfStack(
  stacks: Stacks,
  stack: number,
  shape: { inverse: boolean; hideFolded: boolean },
): number[] {
  const path = [];
  for (let at = stack; at >= 0; at = stacks.parent[at]) {
    const frame = stacks.frame[at];
    if (!(shape.hideFolded && stacks.folded[frame] === 1)) path.push(frame);
  }
  return shape.inverse ? path : path.reverse();
}
