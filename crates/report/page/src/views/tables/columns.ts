import type { Report } from '../../data/report';
import { framesOf, sitePlace, stackLabel, typeName, verdictOf } from '../../data/report';
import type { Grow } from '../../data/types';
import { groupSums, type Sums } from '../../select/sums';
import type { Column, Order } from './rows';

export interface Table {
  columns: Column[];
  rows: number;
  usual: Order;
  /** What is to be known about the figures. */
  note: string | null;
}

const GROWTH: Order = { column: 'growth', falling: true };

/** Columns that follow the selection. */
function selected(sums: Sums): Column[] {
  return [
    { id: 'growth', title: 'growth', term: 'growth', as: 'change', value: (row) => sums.growthBytes[row] },
    { id: 'growth_blocks', title: 'blocks', as: 'count-change', value: (row) => sums.growth[row] },
    { id: 'live', title: 'live', term: 'live', as: 'bytes', value: (row) => sums.liveBytes[row] },
    { id: 'live_blocks', title: 'live blocks', as: 'count', value: (row) => sums.live[row] },
    { id: 'allocated', title: 'allocated', as: 'bytes', value: (row) => sums.allocatedBytes[row] },
    {
      id: 'allocations',
      title: 'allocations',
      term: 'allocation',
      as: 'count',
      value: (row) => sums.allocations[row],
    },
  ];
}

const FOLLOWS =
  'Growth, live and allocated follow the selection; peak, temporary and verdicts are of the whole run.';

export function typesTable(report: Report, sums: Sums): Table {
  const { types } = report.data;
  const ofTypes = groupSums(sums, report.data.sites.type, report.typeCount);
  return {
    rows: report.typeCount,
    usual: GROWTH,
    note: FOLLOWS,
    columns: [
      { id: 'type', title: 'type', term: 'type', wide: true, value: (row) => typeName(report, row) },
      ...selected(ofTypes),
      { id: 'peak', title: 'at the peak', term: 'peak', as: 'bytes', value: (row) => types.peak_bytes[row] },
      ...temporary(types.temporary),
      {
        id: 'verdict',
        title: 'verdict',
        term: 'verdict',
        wide: true,
        value: (row) => verdictOf(report, types.verdict[row]),
      },
    ],
  };
}

export function sitesTable(report: Report, sums: Sums): Table {
  const { sites } = report.data;
  return {
    rows: report.siteCount,
    usual: GROWTH,
    note: FOLLOWS,
    columns: [
      { id: 'place', title: 'site', term: 'site', wide: true, value: (row) => sitePlace(report, row) },
      { id: 'type', title: 'type', term: 'type', value: (row) => typeName(report, sites.type[row]) },
      ...selected(sums),
      { id: 'peak', title: 'at the peak', term: 'peak', as: 'bytes', value: (row) => sites.peak_bytes[row] },
      ...temporary(sites.temporary),
      {
        id: 'verdict',
        title: 'verdict',
        term: 'verdict',
        value: (row) => verdictOf(report, sites.verdict[row]),
      },
    ],
  };
}

/** Rows are the stacks that have sites, in their order; `stacks` says which. */
export function stacksTable(report: Report, sums: Sums): Table & { stacks: number[] } {
  const stacks = [...report.sitesOfStack.keys()].sort((a, b) => a - b);
  const rowOf = new Map(stacks.map((stack, row) => [stack, row]));
  const ofStacks = groupSums(
    sums,
    Array.from(report.siteStack, (stack) => rowOf.get(stack)!),
    stacks.length,
  );
  return {
    stacks,
    rows: stacks.length,
    usual: GROWTH,
    note: 'All figures follow the selection. The filter looks at all frames that are not folded.',
    columns: [
      { id: 'stack', title: 'innermost frame', wide: true, value: (row) => stackLabel(report, stacks[row]) },
      { id: 'callers', title: 'callers', wide: true, value: (row) => callers(report, stacks[row]) },
      ...selected(ofStacks),
    ],
  };
}

function callers(report: Report, stack: number): string {
  const frames = framesOf(report, stack).filter((frame) => report.frameFolded[frame] === 0);
  return frames
    .slice(1)
    .map((frame) => report.frameLabel[frame])
    .join(' < ');
}

function temporary(column: number[] | null): Column[] {
  if (column === null) return [];
  return [
    { id: 'temporary', title: 'temporary', term: 'temporary', as: 'count', value: (row) => column[row] },
  ];
}

export function handlesTable(report: Report): Table {
  const { handles } = report.data;
  const sampled = handles.some(({ samples, made }) => samples < made);
  const column = (
    id: string,
    title: string,
    value: (row: number) => number | null,
    as: Column['as'] = 'count',
  ): Column => ({ id, title, value, as });
  return {
    rows: handles.length,
    usual: { column: 'held_bytes', falling: true },
    note:
      'Handles are counted over the whole run.' +
      (sampled ? ' Not all stacks of handles were taken: figures of who made them are estimates.' : ''),
    columns: [
      { id: 'class', title: 'class', wide: true, value: (row) => handles[row].class },
      column('made', 'made', (row) => handles[row].made),
      column('freed', 'freed', (row) => handles[row].freed),
      column('consumed', 'consumed', (row) => handles[row].consumed),
      column('collected', 'collected', (row) => handles[row].collected),
      column('never_freed', 'of these never freed', (row) => handles[row].never_freed),
      column('never_freed_bytes', 'never freed', (row) => handles[row].never_freed_bytes, 'bytes'),
      column('held', 'held', (row) => handles[row].held),
      column('lost', 'of these lost', (row) => handles[row].lost),
      column('held_bytes', 'held bytes', (row) => handles[row].held_bytes, 'bytes'),
      column('peak_held', 'most held', (row) => handles[row].peak_held),
      {
        ...column('retained', 'retained', (row) => handles[row].retained_bytes, 'bytes'),
        term: 'retained size',
      },
      { id: 'verdict', title: 'growth', wide: true, value: (row) => handles[row].verdict ?? '' },
      { id: 'module', title: 'module', value: (row) => handles[row].module },
    ],
  };
}

/** Rows are the growths between the two selected moments. */
export function growsTable(report: Report, from: number, to: number): Table & { grows: Grow[] } {
  const { moments, memories } = report.data;
  const grows = report.data.grows.filter(
    ({ events }) =>
      events >= moments[from].events && (events < moments[to].events || to === moments.length - 1),
  );
  const fitted = (row: number): string => {
    const answer = grows[row].would_have_fitted;
    return answer === null ? 'not known' : answer ? 'yes' : 'no';
  };
  return {
    grows,
    rows: grows.length,
    usual: { column: 'events', falling: false },
    note: 'Growths of linear memory in the selection. The last column says whether one large hole would have done.',
    columns: [
      { id: 'events', title: 'after events', as: 'count', value: (row) => grows[row].events },
      { id: 'time', title: 'seconds', as: 'count', value: (row) => seconds(grows[row].time) },
      { id: 'memory', title: 'memory', value: (row) => memories[grows[row].memory]?.name ?? '' },
      { id: 'size', title: 'size before', as: 'bytes', value: (row) => grows[row].old_pages * 65536 },
      { id: 'delta', title: 'grew by', as: 'change', value: (row) => grows[row].delta_pages * 65536 },
      { id: 'request', title: 'asked for', as: 'bytes', value: (row) => grows[row].request },
      { id: 'holes', title: 'in holes', term: 'holes', as: 'bytes', value: (row) => grows[row].holes },
      { id: 'largest', title: 'largest hole', as: 'bytes', value: (row) => grows[row].largest_hole },
      {
        id: 'site',
        title: 'site',
        term: 'site',
        wide: true,
        value: (row) => (grows[row].site < 0 ? 'not known' : sitePlace(report, grows[row].site)),
      },
      { id: 'thread', title: 'thread', value: (row) => grows[row].thread },
      { id: 'fitted', title: 'holes would do', value: fitted },
    ],
  };
}

function seconds(nanoseconds: number | null): number | null {
  return nanoseconds === null ? null : Math.round(nanoseconds / 1e7) / 100;
}

export function threadsTable(report: Report): Table {
  const { threads } = report.data;
  return {
    rows: threads.length,
    usual: { column: 'left', falling: true },
    note: 'What threads left behind: shadow stacks and thread-local storage that nobody freed.',
    columns: [
      { id: 'thread', title: 'thread', wide: true, value: (row) => threads[row].name },
      { id: 'ended', title: 'ended', value: (row) => (threads[row].ended ? 'yes' : 'no') },
      { id: 'left', title: 'left behind', as: 'bytes', value: (row) => threads[row].left_bytes },
      { id: 'blocks', title: 'blocks', as: 'count', value: (row) => threads[row].left_blocks },
    ],
  };
}
