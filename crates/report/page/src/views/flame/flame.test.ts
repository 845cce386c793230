import { expect, test } from 'vitest';
import { boxAt, layout, neighbour } from './layout';
import { firstOpen, opened, openRows } from '../../ui/tree-rows';
import { matchFrames, matchTree } from './search';
import { allocatorsFirst, callersFirst, nodeAt, pathOf, pathOfStack, type FlameTree } from './tree';

// main (0) calls a (1) and b (2); both call malloc (3), which is folded. b calls itself once more.
const stacks = {
  parent: Int32Array.from([-1, 0, 1, 0, 3, 3, 5]),
  frame: Int32Array.from([0, 1, 3, 2, 3, 2, 3]),
  folded: Uint8Array.from([0, 0, 0, 1]),
};
const values = { value: Float64Array.from([0, 0, 10, 0, 30, 0, 60]), before: null };
const labels = ['main', 'a', 'b', 'malloc'];

const named = (tree: FlameTree, node: number) =>
  pathOf(tree, node)
    .map((frame) => labels[frame])
    .join('>');
const byName = (tree: FlameTree) =>
  Object.fromEntries(Array.from({ length: tree.count }, (_, node) => [named(tree, node), tree.total[node]]));

test('callers first: totals are those of all below', () => {
  expect(byName(callersFirst(stacks, values, false))).toEqual({
    '': 100,
    main: 100,
    'main>a': 10,
    'main>a>malloc': 10,
    'main>b': 90,
    'main>b>malloc': 30,
    'main>b>b': 60,
    'main>b>b>malloc': 60,
  });
});

test('hidden frames give what they have to the frame above', () => {
  const tree = callersFirst(stacks, values, true);
  expect(byName(tree)).toEqual({ '': 100, main: 100, 'main>a': 10, 'main>b': 90, 'main>b>b': 60 });
  expect(tree.self[nodeAt(tree, [0, 2])]).toBe(30);
});

test('the heaviest child is on the left', () => {
  const tree = callersFirst(stacks, values, false);
  expect(tree.x[nodeAt(tree, [0, 2])]).toBe(0);
  expect(tree.x[nodeAt(tree, [0, 1])]).toBe(90);
});

test('inverse: the same total, callers below', () => {
  expect(byName(allocatorsFirst(stacks, values, true))).toEqual({
    '': 100,
    a: 10,
    'a>main': 10,
    b: 90,
    'b>main': 30,
    'b>b': 60,
    'b>b>main': 60,
  });
});

test('both moments are compared, also where nothing is left', () => {
  const before = Float64Array.from([0, 0, 40, 0, 0, 0, 0]);
  const after = { value: Float64Array.from([0, 0, 0, 0, 30, 0, 60]), before };
  const tree = callersFirst(stacks, after, true);
  const a = nodeAt(tree, [0, 1]);
  expect([tree.total[a], tree.before![a], tree.before![0]]).toEqual([0, 40, 40]);
});

test('a search counts each stack once', () => {
  const tree = callersFirst(stacks, values, false);
  const frames = matchFrames(labels, ['', '', 'lib.rs', ''], 'B');
  expect([...frames]).toEqual([0, 0, 1, 0]);
  expect(matchTree(tree, frames)).toMatchObject({ nodes: 2, total: 90 });
  expect(matchTree(tree, matchFrames(labels, ['', '', '', ''], '')).total).toBe(0);
});

test('layout of all and zoomed', () => {
  const tree = callersFirst(stacks, values, true);
  const all = layout(tree, 0, 1000);
  expect(boxAt(all, 950, 2)!.node).toBe(nodeAt(tree, [0, 1]));
  expect(boxAt(all, 950, 3)).toBeNull();
  const zoomed = layout(tree, nodeAt(tree, [0, 2]), 1000);
  expect(zoomed.boxes.filter((box) => box.row < 3).every((box) => box.width === 1000)).toBe(true);
  expect(boxAt(zoomed, 660, 3)!.node).toBe(nodeAt(tree, [0, 2, 2]));
});

test('boxes that are too narrow are drawn as one', () => {
  const wide = 5000;
  const many = {
    parent: new Int32Array(wide).fill(-1),
    frame: Int32Array.from({ length: wide }, (_, index) => index),
    folded: new Uint8Array(wide),
  };
  const tree = callersFirst(many, { value: new Float64Array(wide).fill(1), before: null }, false);
  const { boxes } = layout(tree, 0, 100);
  expect(boxes.length).toBe(2);
  expect(boxes[1]).toEqual({ node: -1, row: 1, left: 0, width: 100 });
});

test('keys lead to parents, children and siblings', () => {
  const tree = callersFirst(stacks, values, true);
  const b = nodeAt(tree, [0, 2]);
  const a = nodeAt(tree, [0, 1]);
  expect(neighbour(tree, b, 'ArrowRight')).toBe(a);
  expect(neighbour(tree, a, 'ArrowRight')).toBe(a);
  expect(neighbour(tree, a, 'ArrowUp')).toBe(nodeAt(tree, [0]));
  expect(neighbour(tree, 0, 'ArrowUp')).toBe(0);
  expect(neighbour(tree, b, 'ArrowDown')).toBe(nodeAt(tree, [0, 2, 2]));
});

test('the tree table', () => {
  const tree = callersFirst(stacks, values, true);
  const names = (rows: number[]) => rows.map((node) => named(tree, node));
  expect(names(openRows(tree, new Set()))).toEqual(['main']);
  expect(names(openRows(tree, opened(tree, new Set(), nodeAt(tree, [0]))))).toEqual([
    'main',
    'main>b',
    'main>a',
  ]);
  expect(names(openRows(tree, firstOpen(tree)))).toEqual(['main', 'main>b', 'main>b>b', 'main>a']);
});

test('a stack as a path', () => {
  expect(pathOfStack(stacks, 6, { inverse: false, hideFolded: true })).toEqual([0, 2, 2]);
  expect(pathOfStack(stacks, 6, { inverse: true, hideFolded: false })).toEqual([3, 2, 2, 0]);
});
