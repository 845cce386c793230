/** Numbers as people read them: the same texts as `crates/report/src/units.rs` makes. */

const UNITS = ['KiB', 'MiB', 'GiB', 'TiB'];

/** A size, a change of one or an average, in bytes: `1.50 KiB`, `-72 B`, `12.5 B`. */
export function size(bytes: number): string {
  const sign = bytes < 0 ? '-' : '';
  const absolute = Math.abs(bytes);
  let value = absolute / 1024;
  if (value < 1) {
    const whole = Number.isInteger(absolute) || absolute >= 100;
    return `${sign}${grouped(absolute, whole ? 0 : 1)} B`;
  }
  let unit = 0;
  // What would be shown as 1,024.00 belongs to the next unit.
  while (value >= 1023.995 && unit + 1 < UNITS.length) {
    value /= 1024;
    unit += 1;
  }
  return `${sign}${grouped(value, 2)} ${UNITS[unit]}`;
}

/** A size with its sign, as a change is shown; 0 has none. */
export function sizeChange(bytes: number): string {
  return bytes > 0 ? `+${size(bytes)}` : size(bytes);
}

/** All digits of a size in bytes. */
export function exactSize(bytes: number): string {
  return `${count(bytes)} B`;
}

/** A number with its thousands set apart; figures of a sample may be fractions. */
export function count(number: number): string {
  return grouped(number, Number.isInteger(number) || Math.abs(number) >= 100 ? 0 : 2);
}

/** The same with its sign. */
export function countChange(number: number): string {
  return number > 0 ? `+${count(number)}` : count(number);
}

/** `1 block`, `2 blocks`. */
export function things(number: number, one: string, more: string): string {
  return `${count(number)} ${number === 1 ? one : more}`;
}

/** A share of 1 in per cent; what is not all or nothing is not shown as such. */
export function percent(share: number): string {
  const value = share * 100;
  if (value > 0 && value < 0.05) return '< 0.1 %';
  if (value >= 99.95 && value < 100) return '> 99.9 %';
  return `${value.toFixed(1)} %`;
}

/** A time since the recording began, in nanoseconds. */
export function time(nanoseconds: number): string {
  if (nanoseconds >= 1e9) return `${grouped(nanoseconds / 1e9, 2)} s`;
  if (nanoseconds >= 1e6) return `${(nanoseconds / 1e6).toFixed(0)} ms`;
  if (nanoseconds >= 1e3) return `${(nanoseconds / 1e3).toFixed(0)} us`;
  return nanoseconds === 0 ? '0 s' : `${nanoseconds} ns`;
}

/** An address, as reports in text have it. */
export function address(value: number): string {
  return `0x${value.toString(16)}`;
}

function grouped(number: number, decimals: number): string {
  const [whole, fraction] = number.toFixed(decimals).split('.');
  const negative = whole.startsWith('-');
  const digits = negative ? whole.slice(1) : whole;
  const text = (negative ? '-' : '') + digits.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? text : `${text}.${fraction}`;
}
