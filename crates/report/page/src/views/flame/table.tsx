import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { FRAME_KINDS } from '../../data/report';
import { percent } from '../../format/units';
import { amount } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { windowOf } from '../../ui/window';
import { firstOpen, opened, openRows } from './rows';
import { childrenOf, pathOf, type FlameTree } from './tree';
import type { StackValues } from './values';

const ROW = 26;
const HEIGHT = 520;

/** The tree as a table, in each place the heaviest first. */
export function TreeTable(props: { tree: FlameTree; values: StackValues; matched: Uint8Array | null }) {
  const { tree, values, matched } = props;
  const { report, go } = usePage();
  const [open, setOpen] = useState<ReadonlySet<number>>(() => firstOpen(tree, 0));
  const [current, setCurrent] = useState(0);
  const [top, setTop] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setOpen(firstOpen(tree, 0));
    setCurrent(0);
  }, [tree]);
  const rows = useMemo(() => openRows(tree, 0, open), [tree, open]);
  const seen = windowOf(top, HEIGHT, ROW, rows.length);
  const toggle = (node: number, wanted: boolean) => {
    if (wanted) setOpen(opened(tree, open, node));
    else {
      const next = new Set(open);
      next.delete(node);
      setOpen(next);
    }
  };
  const moveTo = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setCurrent(next);
    const node = scroller.current;
    if (node === null) return;
    if (next * ROW < node.scrollTop) node.scrollTop = next * ROW;
    else if ((next + 2) * ROW > node.scrollTop + node.clientHeight) {
      node.scrollTop = (next + 2) * ROW - node.clientHeight;
    }
  };
  const onKey = (event: KeyboardEvent) => {
    const node = rows[current];
    if (event.key === 'ArrowDown') moveTo(current + 1);
    else if (event.key === 'ArrowUp') moveTo(current - 1);
    else if (event.key === 'ArrowRight') toggle(node, true);
    else if (event.key === 'ArrowLeft') {
      if (open.has(node)) toggle(node, false);
      else moveTo(rows.indexOf(tree.parent[node]));
    } else if (event.key === 'Home') moveTo(0);
    else if (event.key === 'End') moveTo(rows.length - 1);
    else if (event.key === 'Enter') go({ view: 'flame', shape: 'callers', zoom: pathOf(tree, node) });
    else return;
    event.preventDefault();
  };
  return (
    <>
      <p class="hint">
        Right and left arrows open and close a row, Enter shows it in the flame graph. Each row has what is
        below it, too.
      </p>
      <div
        class="grid tree-table"
        role="treegrid"
        aria-label="Stacks as a tree"
        aria-rowcount={rows.length + 1}
        aria-activedescendant={`tree-row-${current}`}
        tabIndex={0}
        ref={scroller}
        onKeyDown={onKey}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        style={{ maxHeight: `${HEIGHT}px` }}
      >
        <div role="row" class="grid-row grid-head" aria-rowindex={1}>
          <span role="columnheader">function</span>
          <span role="columnheader" class="number">
            with all below
          </span>
          <span role="columnheader" class="number">
            share
          </span>
          <span role="columnheader" class="number">
            by itself
          </span>
          <span role="columnheader">kind</span>
        </div>
        <div role="rowgroup" class="grid-body" style={{ height: `${rows.length * ROW}px` }}>
          {rows.slice(seen.begin, seen.end).map((node, offset) => {
            const index = seen.begin + offset;
            const frame = tree.frame[node];
            const leaf = childrenOf(tree, node).length === 0;
            return (
              <div
                key={node}
                id={`tree-row-${index}`}
                role="row"
                class={`grid-row${index === current ? ' current' : ''}${matched !== null && matched[frame] === 1 ? ' matched' : ''}`}
                aria-level={tree.depth[node]}
                aria-expanded={leaf ? undefined : open.has(node)}
                aria-rowindex={index + 2}
                style={{ top: `${index * ROW}px`, height: `${ROW}px` }}
                onClick={() => {
                  setCurrent(index);
                  if (!leaf) toggle(node, !open.has(node));
                }}
              >
                <span
                  role="gridcell"
                  title={`${report.frameLabel[frame]} ${report.framePlace[frame]}`}
                  style={{ paddingLeft: `${Math.min(40, tree.depth[node]) * 12 - 6}px` }}
                >
                  <span aria-hidden="true">{leaf ? '· ' : open.has(node) ? '▾ ' : '▸ '}</span>
                  {report.frameLabel[frame]}
                </span>
                <span role="gridcell" class="number">
                  {amount(tree.total[node], values.unit)}
                </span>
                <span role="gridcell" class="number">
                  {percent(tree.total[node] / tree.total[0])}
                </span>
                <span role="gridcell" class="number">
                  {amount(tree.self[node], values.unit)}
                </span>
                <span role="gridcell">{FRAME_KINDS[report.frameKind[frame]]}</span>
              </div>
            );
          })}
        </div>
      </div>
    </>
  );
}
