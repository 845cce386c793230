import type { Cell } from '../../format/csv';

/** A column of a table: what a row has there, and how it is shown. */
export interface Column {
  id: string;
  title: string;
  /** In the glossary. */
  term?: string;
  /** Texts are sorted by letters and filtered by; numbers are shown on the right. */
  value: (row: number) => Cell;
  /** Bytes get a unit, changes a sign. */
  as?: 'bytes' | 'change' | 'count' | 'count-change';
  /** Widest first: `wide` columns share what is left. */
  wide?: boolean;
}

export interface Order {
  column: string;
  falling: boolean;
}

/** `-growth` is by growth, falling. */
export function parseOrder(text: string, columns: Column[], usual: Order): Order {
  const falling = text.startsWith('-');
  const column = falling ? text.slice(1) : text;
  return columns.some(({ id }) => id === column) ? { column, falling } : usual;
}

export function orderText({ column, falling }: Order): string {
  return `${falling ? '-' : ''}${column}`;
}

/** Rows that have the filter's text in one of their text columns, in order. Rows that are equal stay as they were. */
export function arrange(count: number, columns: Column[], filter: string, order: Order): number[] {
  const wanted = filter.toLowerCase();
  const rows: number[] = [];
  for (let row = 0; row < count; row += 1) {
    if (wanted === '' || columns.some((column) => contains(column.value(row), wanted))) rows.push(row);
  }
  const by = columns.find(({ id }) => id === order.column);
  if (by === undefined) return rows;
  const values = new Map(rows.map((row) => [row, by.value(row)]));
  const direction = order.falling ? -1 : 1;
  return rows.sort((a, b) => compare(values.get(a)!, values.get(b)!, direction) || a - b);
}

function contains(cell: Cell, wanted: string): boolean {
  return typeof cell === 'string' && cell.toLowerCase().includes(wanted);
}

/** What is not known is last in either direction. */
function compare(a: Cell, b: Cell, direction: number): number {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  if (typeof a === 'number' && typeof b === 'number') return direction * (a - b);
  const [left, right] = [String(a), String(b)];
  return direction * (left < right ? -1 : left > right ? 1 : 0);
}
