import { count, time } from '../format/units';
import type { Moment } from './types';

/** What moments are called; names that several marks have get their number behind them. */
export function momentNames(moments: Moment[]): string[] {
  const seen = new Map<string, number>();
  const total = new Map<string, number>();
  for (const { name } of moments) {
    if (name !== null) total.set(name, (total.get(name) ?? 0) + 1);
  }
  return moments.map((moment) => {
    if (moment.kind === 'start' || moment.kind === 'end') return moment.kind;
    if (moment.name === null) return when(moment);
    const nth = (seen.get(moment.name) ?? 0) + 1;
    seen.set(moment.name, nth);
    return total.get(moment.name) === 1 ? moment.name : `${moment.name} #${nth}`;
  });
}

/** The time of a moment, or the events before it. */
export function when(moment: Moment): string {
  return moment.time === null ? `${count(moment.events)} events` : time(moment.time);
}
