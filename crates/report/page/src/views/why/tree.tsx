import { useMemo } from 'preact/hooks';
import { sitePlace, typeName } from '../../data/report';
import type { HeldTree } from '../../data/types';
import { count, percent } from '../../format/units';
import { Size } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { Term } from '../../ui/term';
import { TreeGrid, type TreeColumn } from '../../ui/tree-grid';
import { heldRows } from './held';

/** What is held through what, from the roots on: sizes of one level never overlap. */
export function HeldTreeView({ tree, name }: { tree: HeldTree; name: string }) {
  const { report, update } = usePage();
  const rows = useMemo(() => heldRows(tree), [tree]);
  const label = (node: number): string => {
    const { name, site } = tree;
    if (name[node] >= 0) return tree.names[name[node]];
    if (site[node] < 0) return 'site not known';
    return `${typeName(report, report.data.sites.type[site[node]])} at ${sitePlace(report, site[node])}`;
  };
  const open = (node: number) => {
    if (tree.site[node] >= 0) update({ site: tree.site[node], stack: -1 });
  };
  const columns: TreeColumn[] = [
    { title: 'retained', number: true, cell: (node) => <Size bytes={tree.retained_bytes[node]} /> },
    {
      title: 'share',
      number: true,
      cell: (node) => percent(tree.retained_bytes[node] / Math.max(1, tree.retained_bytes[0])),
    },
    { title: 'by itself', number: true, cell: (node) => <Size bytes={tree.bytes[node]} /> },
    { title: 'blocks', number: true, cell: (node) => count(tree.blocks[node]) },
    {
      title: 'stack',
      cell: (node) =>
        tree.site[node] >= 0 && (
          <button type="button" class="link" tabIndex={-1} onClick={() => open(node)}>
            Show
          </button>
        ),
    },
  ];
  return (
    <>
      <h4>
        What is held through what <small>(blocks of one site that hang on the same are one row)</small>
      </h4>
      <p class="hint">
        Without a row its <Term name="retained size" /> would be gone: each way from a root leads through it.
        Right and left arrows open and close a row, Enter shows its stack.
      </p>
      <TreeGrid
        tree={rows}
        name={`Held in ${name}`}
        head="held by"
        label={label}
        hover={label}
        columns={columns}
        enter={open}
      />
    </>
  );
}
