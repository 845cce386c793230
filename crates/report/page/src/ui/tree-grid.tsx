import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { childrenOf, firstOpen, opened, openRows, type RowTree } from './tree-rows';
import { bringIntoView, windowOf } from './window';

export interface TreeColumn {
  title: string;
  /** Numbers stand on the right. */
  number?: boolean;
  cell: (node: number) => ComponentChildren;
}

const ROW = 27;
const HEIGHT = 520;

/** Rows of a tree, those that are seen, with the keys that tree grids have. */
export function TreeGrid(props: {
  tree: RowTree;
  /** Of a node: what stands in the first column, and all of it on hover. */
  label: (node: number) => ComponentChildren;
  hover: (node: number) => string;
  head: string;
  columns: TreeColumn[];
  name: string;
  isMarked?: (node: number) => boolean;
  enter: (node: number) => void;
}) {
  const { tree, label, hover, head, columns, name, isMarked, enter } = props;
  const [open, setOpen] = useState<ReadonlySet<number>>(() => firstOpen(tree));
  const [current, setCurrent] = useState(0);
  const [top, setTop] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setOpen(firstOpen(tree));
    setCurrent(0);
  }, [tree]);
  const rows = useMemo(() => openRows(tree, open), [tree, open]);
  const seen = windowOf(top, HEIGHT, ROW, rows.length);
  const toggle = (node: number, wanted: boolean) => {
    if (wanted) setOpen(opened(tree, open, node));
    else setOpen(new Set([...open].filter((other) => other !== node)));
  };
  const moveTo = (index: number) => {
    const next = Math.max(0, Math.min(rows.length - 1, index));
    setCurrent(next);
    bringIntoView(scroller.current, next, ROW);
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
    else if (event.key === 'Enter') enter(node);
    else return;
    event.preventDefault();
  };
  const widths = columns.map(({ number }) => (number ? '120px' : '150px'));
  const template = `minmax(260px, 1fr) ${widths.join(' ')}`;
  const rowId = (index: number) => `${name}-row-${index}`.replaceAll(' ', '-');
  return (
    <div
      class="grid tree-table"
      role="treegrid"
      aria-label={name}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={rowId(current)}
      tabIndex={0}
      ref={scroller}
      onKeyDown={onKey}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      style={{ maxHeight: `${HEIGHT}px` }}
    >
      <div role="row" class="grid-row grid-head" aria-rowindex={1} style={{ gridTemplateColumns: template }}>
        <span role="columnheader">{head}</span>
        {columns.map(({ title, number }) => (
          <span key={title} role="columnheader" class={number ? 'number' : ''}>
            {title}
          </span>
        ))}
      </div>
      <div role="rowgroup" class="grid-body" style={{ height: `${rows.length * ROW}px` }}>
        {rows.slice(seen.begin, seen.end).map((node, offset) => {
          const index = seen.begin + offset;
          const leaf = childrenOf(tree, node).length === 0;
          const marked = isMarked?.(node) === true ? ' matched' : '';
          return (
            <div
              key={node}
              id={rowId(index)}
              role="row"
              class={`grid-row${index === current ? ' current' : ''}${marked}`}
              aria-level={tree.depth[node]}
              aria-expanded={leaf ? undefined : open.has(node)}
              aria-rowindex={index + 2}
              style={{ top: `${index * ROW}px`, height: `${ROW}px`, gridTemplateColumns: template }}
              onClick={() => {
                setCurrent(index);
                if (!leaf) toggle(node, !open.has(node));
              }}
              onDblClick={() => enter(node)}
            >
              <span
                role="gridcell"
                title={hover(node)}
                style={{ paddingLeft: `${Math.min(40, tree.depth[node]) * 12 - 6}px` }}
              >
                <span aria-hidden="true">{leaf ? '· ' : open.has(node) ? '▾ ' : '▸ '}</span>
                {label(node)}
              </span>
              {columns.map(({ title, number, cell }) => (
                <span key={title} role="gridcell" class={number ? 'number' : ''}>
                  {cell(node)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}
