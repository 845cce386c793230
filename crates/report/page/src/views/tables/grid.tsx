import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { toCsv } from '../../format/csv';
import { count, countChange, exactSize, size, sizeChange, things } from '../../format/units';
import { download } from '../../ui/download';
import { bringIntoView, windowOf } from '../../ui/window';
import { arrange, orderText, parseOrder, type Column, type Order } from './rows';

const ROW = 30;
const HEIGHT = 540;

/** A table that is sorted, filtered and exported; only the rows that are seen are in the page. */
export function Grid(props: {
  name: string;
  columns: Column[];
  rows: number;
  usual: Order;
  sort: string;
  filter: string;
  change: (change: { sort?: string; filter?: string }) => void;
  /** What a row leads to; null: nothing. */
  open: ((row: number) => void) | null;
  chosen: number;
}) {
  const { name, columns, open, usual } = props;
  const order = parseOrder(props.sort, columns, usual);
  const shown = useMemo(
    () => arrange(props.rows, columns, props.filter, order),
    [columns, props.rows, props.filter, order.column, order.falling],
  );
  const [current, setCurrent] = useState(0);
  const [top, setTop] = useState(0);
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    setCurrent(0);
    if (scroller.current !== null) scroller.current.scrollTop = 0;
  }, [name, props.filter, order.column, order.falling]);
  const seen = windowOf(top, HEIGHT, ROW, shown.length);
  const template = columns
    .map((column) =>
      column.as === undefined
        ? column.wide === true
          ? 'minmax(190px, 3fr)'
          : 'minmax(120px, 1.2fr)'
        : 'minmax(106px, 1fr)',
    )
    .join(' ');
  const least = columns.reduce(
    (sum, column) => sum + (column.as === undefined ? (column.wide === true ? 190 : 120) : 106),
    0,
  );

  const moveTo = (index: number) => {
    const next = Math.max(0, Math.min(shown.length - 1, index));
    setCurrent(next);
    bringIntoView(scroller.current, next, ROW);
  };
  const onKey = (event: KeyboardEvent) => {
    // Keys on the buttons in the header are theirs.
    if (event.target !== event.currentTarget) return;
    if (event.key === 'ArrowDown') moveTo(current + 1);
    else if (event.key === 'ArrowUp') moveTo(current - 1);
    else if (event.key === 'PageDown') moveTo(current + 15);
    else if (event.key === 'PageUp') moveTo(current - 15);
    else if (event.key === 'Home') moveTo(0);
    else if (event.key === 'End') moveTo(shown.length - 1);
    else if (event.key === 'Enter' && shown.length > 0) open?.(shown[current]);
    else return;
    event.preventDefault();
  };
  const sortBy = (column: Column) => {
    const falling = order.column === column.id ? !order.falling : column.as !== undefined;
    props.change({ sort: orderText({ column: column.id, falling }) });
  };
  const save = () => {
    const header = columns.map(({ title, as }) =>
      as === 'bytes' || as === 'change' ? `${title} (bytes)` : title,
    );
    const cells = shown.map((row) => columns.map((column) => column.value(row)));
    download(`unfreed-${name}.csv`, 'text/csv', toCsv(header, cells));
  };
  return (
    <>
      <div class="controls">
        <label class="search">
          <span class="sr-only">Filter {name}</span>
          <input
            type="search"
            placeholder={`Filter ${name}`}
            value={props.filter}
            onInput={(event) => props.change({ filter: event.currentTarget.value })}
          />
        </label>
        <span class="row-count" aria-live="polite">
          {shown.length === props.rows
            ? things(props.rows, 'row', 'rows')
            : `${count(shown.length)} of ${things(props.rows, 'row', 'rows')}`}
        </span>
        <button type="button" onClick={save} disabled={shown.length === 0}>
          Save as CSV
        </button>
      </div>
      <div
        class="grid"
        role="grid"
        aria-label={name}
        aria-rowcount={shown.length + 1}
        aria-activedescendant={shown.length > 0 ? `${name}-row-${current}` : undefined}
        tabIndex={0}
        ref={scroller}
        onKeyDown={onKey}
        onScroll={(event) => setTop(event.currentTarget.scrollTop)}
        style={{ maxHeight: `${HEIGHT}px` }}
      >
        <div
          role="row"
          class="grid-row grid-head"
          aria-rowindex={1}
          style={{ gridTemplateColumns: template, minWidth: `${least}px` }}
        >
          {columns.map((column) => (
            <span
              key={column.id}
              role="columnheader"
              class={column.as === undefined ? '' : 'number'}
              aria-sort={order.column !== column.id ? 'none' : order.falling ? 'descending' : 'ascending'}
            >
              <button type="button" data-term={column.term} onClick={() => sortBy(column)}>
                {column.title}
                <span aria-hidden="true">
                  {order.column !== column.id ? '' : order.falling ? ' ▾' : ' ▴'}
                </span>
              </button>
            </span>
          ))}
        </div>
        <div
          role="rowgroup"
          class="grid-body"
          style={{ height: `${shown.length * ROW}px`, minWidth: `${least}px` }}
        >
          {shown.slice(seen.begin, seen.end).map((row, offset) => {
            const index = seen.begin + offset;
            return (
              <div
                key={row}
                id={`${name}-row-${index}`}
                role="row"
                class={`grid-row${index === current ? ' current' : ''}${row === props.chosen ? ' chosen' : ''}${open === null ? '' : ' opens'}`}
                aria-rowindex={index + 2}
                aria-selected={row === props.chosen}
                style={{ gridTemplateColumns: template, top: `${index * ROW}px`, height: `${ROW}px` }}
                onClick={() => {
                  setCurrent(index);
                  open?.(row);
                }}
              >
                {columns.map((column) => (
                  <GridCell key={column.id} column={column} row={row} />
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {shown.length > seen.end && <p class="print-only">Only the first rows are printed.</p>}
    </>
  );
}

function GridCell({ column, row }: { column: Column; row: number }) {
  const value = column.value(row);
  if (typeof value !== 'number') {
    return (
      <span role="gridcell" title={value ?? undefined}>
        {value ?? ''}
      </span>
    );
  }
  const text = {
    bytes: size,
    change: sizeChange,
    count,
    'count-change': countChange,
  }[column.as ?? 'count'](value);
  const exact = column.as === 'bytes' || column.as === 'change' ? exactSize(value) : undefined;
  return (
    <span role="gridcell" class="number" title={exact}>
      {text}
    </span>
  );
}
