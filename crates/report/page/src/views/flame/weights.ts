import type { Report } from '../../data/report';
import type { State } from '../../select/state';
import type { Sums } from '../../select/sums';
import { unitOf } from './values';

/** What a metric says of each site, in bytes or blocks; may be negative. */
export function siteWeights(
  report: Report,
  sums: Sums,
  state: Pick<State, 'metric' | 'unit'>,
): ArrayLike<number> {
  const bytes = unitOf(state) === 'bytes';
  const { sites } = report.data;
  switch (state.metric) {
    case 'growth':
      return bytes ? sums.growthBytes : sums.growth;
    case 'live':
      return bytes ? sums.liveBytes : sums.live;
    case 'allocated':
      return bytes ? sums.allocatedBytes : sums.allocations;
    case 'peak':
      return bytes ? sites.peak_bytes : sites.peak;
    case 'temporary':
      return sites.temporary ?? [];
  }
}
