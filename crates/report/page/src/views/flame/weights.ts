import type { Report } from '../../data/report';
import type { Figures } from '../../data/types';
import type { State } from '../../select/state';
import type { Sums } from '../../select/sums';
import { unitOf } from './values';

type Shown = Pick<State, 'metric' | 'unit' | 'colour'>;

/** Whether two runs are compared: both as a whole, since their moments are not the same. */
export function isAgainst(report: Report, { colour }: Pick<State, 'colour'>): boolean {
  return colour === 'against' && report.data.against !== null;
}

/** What a metric says of each site, in bytes or blocks; may be negative. */
export function siteWeights(report: Report, sums: Sums, state: Shown): ArrayLike<number> {
  if (isAgainst(report, state)) return wholeWeights(report, state);
  const bytes = unitOf(state) === 'bytes';
  switch (state.metric) {
    case 'growth':
      return bytes ? sums.growthBytes : sums.growth;
    case 'live':
      return bytes ? sums.liveBytes : sums.live;
    case 'allocated':
      return bytes ? sums.allocatedBytes : sums.allocations;
    case 'peak':
    case 'temporary':
      return wholeWeights(report, state);
  }
}

/** The same of the whole run. */
export function wholeWeights(report: Report, state: Shown): ArrayLike<number> {
  return figuresOf(report.data.sites, state);
}

/** The same of each row of the run that is compared with. */
export function againstWeights(report: Report, state: Shown): ArrayLike<number> {
  const { against } = report.data;
  return against === null ? [] : figuresOf(against, state);
}

function figuresOf(figures: Figures, state: Shown): ArrayLike<number> {
  const bytes = unitOf(state) === 'bytes';
  switch (state.metric) {
    case 'growth':
    case 'live':
      return bytes ? figures.leaked_bytes : figures.leaked;
    case 'allocated':
      return bytes ? figures.allocated_bytes : figures.allocations;
    case 'peak':
      return bytes ? figures.peak_bytes : figures.peak;
    case 'temporary':
      return figures.temporary ?? [];
  }
}
