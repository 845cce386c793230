import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Report } from '../data/report';
import type { Theme } from '../draw/palette';
import type { State } from '../select/state';
import type { Sums } from '../select/sums';

/** What all views have in common. */
export interface Page {
  report: Report;
  state: State;
  /** Changes what is shown, and the address with it. */
  update: (change: Partial<State>) => void;
  /** The same, and scrolls to the view that is then current. */
  go: (change: Partial<State>) => void;
  theme: Theme;
  momentNames: string[];
  /** By site, between the two selected moments. */
  sums: Sums;
}

export const PageContext = createContext<Page | null>(null);

export function usePage(): Page {
  return useContext(PageContext)!;
}
