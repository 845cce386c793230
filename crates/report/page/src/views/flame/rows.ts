import { childrenOf, type FlameTree } from './tree';

/** Rows of the tree table: nodes whose parents are all open, the heaviest first. */
export function openRows(tree: FlameTree, root: number, open: ReadonlySet<number>): number[] {
  const rows: number[] = [];
  const pending = [...childrenOf(tree, root)].reverse();
  while (pending.length > 0) {
    const node = pending.pop()!;
    rows.push(node);
    if (open.has(node)) pending.push(...[...childrenOf(tree, node)].reverse());
  }
  return rows;
}

/** Opens a node, and what is below it as long as there is only one way to go. */
export function opened(tree: FlameTree, open: ReadonlySet<number>, node: number): Set<number> {
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
export function firstOpen(tree: FlameTree, root: number): Set<number> {
  const open = new Set<number>();
  let at = root;
  for (;;) {
    const heaviest = childrenOf(tree, at)[0];
    if (heaviest === undefined || tree.total[heaviest] * 2 < tree.total[root]) return open;
    open.add(heaviest);
    at = heaviest;
  }
}
