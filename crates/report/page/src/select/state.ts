/** What the page shows, as it stands in the hash of its address, so that a link leads to the same. */

export const VIEWS = ['answer', 'timeline', 'partition', 'map', 'flame', 'tables', 'why', 'words'] as const;
export type View = (typeof VIEWS)[number];

export const METRICS = ['growth', 'live', 'allocated', 'peak', 'temporary'] as const;
export type Metric = (typeof METRICS)[number];

export const SHAPES = ['callers', 'inverse', 'table'] as const;
export type Shape = (typeof SHAPES)[number];

export const TABLES = ['types', 'sites', 'stacks', 'handles', 'grows', 'threads'] as const;
export type TableName = (typeof TABLES)[number];

export const MAP_COLOURS = ['verdict', 'type', 'age', 'iteration', 'site', 'class'] as const;
export type MapColour = (typeof MAP_COLOURS)[number];

export const FLAME_COLOURS = ['kind', 'growth', 'against'] as const;
export type FlameColour = (typeof FLAME_COLOURS)[number];

export interface State {
  view: View;
  /** Into the moments; `from` is not after `to`. */
  from: number;
  to: number;
  metric: Metric;
  unit: 'bytes' | 'blocks';
  shape: Shape;
  /** Of the flame graph: by kind of frame, by growth between the two moments, or against another run. */
  colour: FlameColour;
  /** Whether folded frames are drawn. */
  folded: boolean;
  search: string;
  /** The frames from the root to where the flame graph is zoomed; empty: all. */
  zoom: number[];
  table: TableName;
  filter: string;
  /** Column and direction, `-growth` for falling; empty: as the table comes. */
  sort: string;
  /** What the details pane shows; -1: nothing. */
  site: number;
  stack: number;
  memory: number;
  mapColour: MapColour;
  /** First address that the map shows, and the bytes of one cell; 0: all of the memory. */
  mapBegin: number;
  mapScale: number;
  theme: 'auto' | 'light' | 'dark';
}

/** Where a state's indices end. */
export interface Limits {
  moments: number;
  sites: number;
  stacks: number;
  memories: number;
  /** Whether there is another run to compare with. */
  against: boolean;
}

export function firstState(limits: Limits): State {
  return {
    view: 'answer',
    from: 0,
    to: Math.max(0, limits.moments - 1),
    metric: 'growth',
    unit: 'bytes',
    shape: 'callers',
    colour: limits.against ? 'against' : 'kind',
    folded: false,
    search: '',
    zoom: [],
    table: 'types',
    filter: '',
    sort: '',
    site: -1,
    stack: -1,
    memory: 0,
    mapColour: 'verdict',
    mapBegin: 0,
    mapScale: 0,
    theme: 'auto',
  };
}

/** The hash without `#`. Only what differs from the first state is in it. */
export function toHash(state: State, limits: Limits): string {
  const first = firstState(limits);
  const query = new URLSearchParams();
  for (const name of Object.keys(first) as (keyof State)[]) {
    const value = String(state[name]);
    if (value !== String(first[name])) query.set(name, value);
  }
  return query.toString();
}

/** What a hash says; what it does not say, or says wrongly, is as in the first state. */
export function fromHash(hash: string, limits: Limits): State {
  const state = firstState(limits);
  const query = new URLSearchParams(hash.replace(/^#/, ''));
  const word = <T extends string>(name: string, words: readonly T[], usual: T): T =>
    words.find((word) => word === query.get(name)) ?? usual;
  const index = (name: string, end: number, usual: number): number => {
    const value = Number(query.get(name) ?? usual);
    return Number.isInteger(value) && value >= 0 && value < end ? value : usual;
  };
  const from = index('from', limits.moments, state.from);
  const to = index('to', limits.moments, state.to);
  return {
    view: word('view', VIEWS, state.view),
    from: Math.min(from, to),
    to: Math.max(from, to),
    metric: word('metric', METRICS, state.metric),
    unit: word('unit', ['bytes', 'blocks'], state.unit),
    shape: word('shape', SHAPES, state.shape),
    colour: word('colour', limits.against ? FLAME_COLOURS : (['kind', 'growth'] as const), state.colour),
    folded: query.get('folded') === 'true',
    search: (query.get('search') ?? '').slice(0, 500),
    zoom: (query.get('zoom') ?? '')
      .split(',')
      .filter((part) => /^\d+$/.test(part))
      .map(Number),
    table: word('table', TABLES, state.table),
    filter: (query.get('filter') ?? '').slice(0, 500),
    sort: (query.get('sort') ?? '').slice(0, 50),
    site: index('site', limits.sites, state.site),
    stack: index('stack', limits.stacks, state.stack),
    memory: index('memory', limits.memories, state.memory),
    mapColour: word('mapColour', MAP_COLOURS, state.mapColour),
    mapBegin: index('mapBegin', Number.MAX_SAFE_INTEGER, state.mapBegin),
    mapScale: index('mapScale', 2 ** 40, state.mapScale),
    theme: word('theme', ['auto', 'light', 'dark'], state.theme),
  };
}
