import { count, countChange, exactSize, size, sizeChange } from '../format/units';

/** A size with all its digits in its title. */
export function Size({ bytes, signed = false }: { bytes: number; signed?: boolean }) {
  return <span title={exactSize(bytes)}>{signed ? sizeChange(bytes) : size(bytes)}</span>;
}

/** A value in the unit of a metric. */
export function amount(value: number, unit: 'bytes' | 'blocks', signed = false): string {
  if (unit === 'bytes') return signed ? sizeChange(value) : size(value);
  return `${signed ? countChange(value) : count(value)} ${value === 1 ? 'block' : 'blocks'}`;
}
