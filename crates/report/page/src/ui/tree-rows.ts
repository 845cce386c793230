/** A tree whose rows open. Node 0 is the root, which has no row. */
export interface RowTree {
  parent: ArrayLike<number>;
  depth: ArrayLike<number>;
  /** What nodes are weighed by. */
  total: ArrayLike<number>;
  /** Children of node n: `children[firstChild[n]]` to before `children[firstChild[n + 1]]`, the heaviest first. */
  firstChild: Int32Array;
  children: Int32Array;
}

export function childrenOf(tree: RowTree, node: number): Int32Array {
  return tree.children.subarray(tree.firstChild[node], tree.firstChild[node + 1]);
}

/** Rows that are seen: nodes whose parents are all open, the heaviest first. */
export function openRows(tree: RowTree, open: ReadonlySet<number>): number[] {
  const rows: number[] = [];
  const pending = [...childrenOf(tree, 0)].reverse();
  while (pending.length > 0) {
    const node = pending.pop()!;
    rows.push(node);
    if (open.has(node)) pending.push(...[...childrenOf(tree, node)].reverse());
  }
  return rows;
}

/** Opens a node, and what is below it as long as there is only one way to go. */
export function opened(tree: RowTree, open: ReadonlySet<number>, node: number): Set<number> {
  const next = new Set(open);
  let at = node;
  for (;;) {
    next.add(at);
    const children = childrenOf(tree, at);
    if (children.length !== 1) return next;
    at = children[0];
  }
}

/** What is open at first: from the root on, the heaviest, while it has more than half. */
export function firstOpen(tree: RowTree): Set<number> {
  const open = new Set<number>();
  let at = 0;
  for (;;) {
    const heaviest = childrenOf(tree, at)[0];
    if (heaviest === undefined || tree.total[heaviest] * 2 < tree.total[0]) return open;
    open.add(heaviest);
    at = heaviest;
  }
}

/** The children of each node, the heaviest first; parents come before children. */
export function childLists(
  parent: ArrayLike<number>,
  total: ArrayLike<number>,
): Pick<RowTree, 'firstChild' | 'children'> {
  const count = parent.length;
  const firstChild = new Int32Array(count + 1);
  for (let node = 1; node < count; node += 1) firstChild[parent[node] + 1] += 1;
  for (let node = 0; node < count; node += 1) firstChild[node + 1] += firstChild[node];
  const filled = firstChild.slice();
  const children = new Int32Array(Math.max(0, count - 1));
  for (let node = 1; node < count; node += 1) children[filled[parent[node]]++] = node;
  for (let node = 0; node < count; node += 1) {
    const own = children.subarray(firstChild[node], firstChild[node + 1]);
    if (own.length > 1) own.sort((a, b) => total[b] - total[a] || a - b);
  }
  return { firstChild, children };
}
