import { FRAME_KINDS } from '../../data/report';
import { percent } from '../../format/units';
import { amount } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { TreeGrid, type TreeColumn } from '../../ui/tree-grid';
import { pathOf, type FlameTree } from './tree';
import type { StackValues } from './values';

/** The tree as a table, in each place the heaviest first. */
export function TreeTable(props: {
  tree: FlameTree;
  values: StackValues;
  matched: Uint8Array | null;
  /** What the first of two compared figures is of. */
  before: string;
}) {
  const { tree, values, matched, before } = props;
  const { report, go } = usePage();
  const shown = (value: number, signed = false) => amount(value, values.unit, signed);
  const columns: TreeColumn[] = [
    { title: 'with all below', number: true, cell: (node) => shown(tree.total[node]) },
    { title: 'share', number: true, cell: (node) => percent(tree.total[node] / tree.total[0]) },
    { title: 'by itself', number: true, cell: (node) => shown(tree.self[node]) },
  ];
  const old = tree.before;
  if (old !== null) {
    columns.push(
      { title: before, number: true, cell: (node) => shown(old[node]) },
      { title: 'difference', number: true, cell: (node) => shown(tree.total[node] - old[node], true) },
    );
  }
  columns.push({ title: 'kind', cell: (node) => FRAME_KINDS[report.frameKind[tree.frame[node]]] });
  return (
    <>
      <p class="hint">
        Right and left arrows open and close a row, Enter shows it in the flame graph. Each row has what is
        below it, too.
      </p>
      <TreeGrid
        tree={tree}
        name="Stacks as a tree"
        head="function"
        label={(node) => report.frameLabel[tree.frame[node]]}
        hover={(node) => `${report.frameLabel[tree.frame[node]]} ${report.framePlace[tree.frame[node]]}`}
        columns={columns}
        isMarked={(node) => matched !== null && matched[tree.frame[node]] === 1}
        enter={(node) => go({ view: 'flame', shape: 'callers', zoom: pathOf(tree, node) })}
      />
    </>
  );
}
