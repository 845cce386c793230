import type { Report } from '../../data/report';
import type { Metric, State } from '../../select/state';
import { group, type Sums } from '../../select/sums';
import { againstWeights, isAgainst, siteWeights, wholeWeights } from './weights';

/** What the flame graph is drawn from: a value for each stack, none below 0. */
export interface StackValues {
  /** Bytes or blocks by stack. */
  value: Float64Array;
  /** The same at the first moment of the selection; null where there is nothing to compare with. */
  before: Float64Array | null;
  unit: 'bytes' | 'blocks';
  /** Of the whole recording, whatever is selected. */
  whole: boolean;
  /** What stacks that shrank lost, at least 0: a flame graph cannot draw it. */
  shrunk: number;
}

/** In words, as the choice of metrics has them. */
export const METRIC_NAMES: Record<Metric, string> = {
  growth: 'Growth in the selection (leaked)',
  live: 'Live at the second moment',
  allocated: 'Allocated in the selection',
  peak: 'Live at the peak (whole run)',
  temporary: 'Temporary (whole run, blocks)',
};

/** Blocks that were freed before the next allocation have no sizes; all else can be shown in both units. */
export function unitOf(state: Pick<State, 'metric' | 'unit'>): 'bytes' | 'blocks' {
  return state.metric === 'temporary' ? 'blocks' : state.unit;
}

type Shown = Pick<State, 'metric' | 'unit' | 'colour'>;

export function stackValues(report: Report, sums: Sums, state: Shown): StackValues {
  const unit = unitOf(state);
  const ofStacks = (column: ArrayLike<number>) => group(column, report.siteStack, report.stackParent.length);
  if (isAgainst(report, state)) {
    const before = group(againstWeights(report, state), report.againstStack, report.stackParent.length);
    return { value: ofStacks(wholeWeights(report, state)), before, unit, whole: true, shrunk: 0 };
  }
  const value = ofStacks(siteWeights(report, sums, state));
  let shrunk = 0;
  for (let stack = 0; stack < value.length; stack += 1) {
    if (value[stack] >= 0) continue;
    shrunk -= value[stack];
    value[stack] = 0;
  }
  const before =
    state.metric === 'live' ? ofStacks(unit === 'bytes' ? sums.liveBytesBefore : sums.liveBefore) : null;
  const whole = state.metric === 'peak' || state.metric === 'temporary';
  return { value, before, unit, whole, shrunk };
}
