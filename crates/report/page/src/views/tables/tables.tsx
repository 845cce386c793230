import { useMemo } from 'preact/hooks';
import { stackLabel } from '../../data/report';
import { TABLES, type TableName } from '../../select/state';
import { count } from '../../format/units';
import { Choice } from '../../ui/choice';
import { usePage } from '../../ui/page';
import {
  growsTable,
  handlesTable,
  sitesTable,
  stacksTable,
  threadsTable,
  typesTable,
  type Table,
} from './columns';
import { Grid } from './grid';

const TITLES: Record<TableName, string> = {
  types: 'Types',
  sites: 'Sites',
  stacks: 'Stacks',
  handles: 'Handles',
  grows: 'Growths',
  threads: 'Threads',
};

interface Opened extends Table {
  open: ((row: number) => void) | null;
  chosen: number;
}

/** The same figures as rows, to sort, filter and take away. */
export function TablesView() {
  const { report, state, update, sums } = usePage();
  const { data } = report;
  const rows: Record<TableName, number> = {
    types: report.typeCount,
    sites: report.siteCount,
    stacks: report.sitesOfStack.size,
    handles: data.handles.length,
    grows: data.grows.length,
    threads: data.threads.length,
  };
  const table = useMemo((): Opened => {
    switch (state.table) {
      case 'types':
        return {
          ...typesTable(report, sums),
          open: (row) => update({ table: 'sites', filter: data.strings[data.types.name[row]], sort: '' }),
          chosen: -1,
        };
      case 'sites':
        return {
          ...sitesTable(report, sums),
          open: (site) => update({ site, stack: -1 }),
          chosen: state.site,
        };
      case 'stacks': {
        const table = stacksTable(report, sums);
        return {
          ...table,
          open: (row) => update({ stack: table.stacks[row], site: -1 }),
          chosen: table.stacks.indexOf(state.stack),
        };
      }
      case 'handles':
        return {
          ...handlesTable(report),
          open: (row) => {
            const made = data.handles[row].sites[0];
            if (made !== undefined && made.stack >= 0) update({ stack: made.stack, site: -1 });
          },
          chosen: -1,
        };
      case 'grows': {
        const table = growsTable(report, state.from, state.to);
        return {
          ...table,
          open: (row) => {
            if (table.grows[row].site >= 0) update({ site: table.grows[row].site, stack: -1 });
          },
          chosen: -1,
        };
      }
      case 'threads':
        return { ...threadsTable(report), open: null, chosen: -1 };
    }
  }, [report, sums, state.table, state.site, state.stack, state.from, state.to]);
  return (
    <>
      <Choice
        label="Table"
        value={state.table}
        options={TABLES.map((value) => ({ value, text: `${TITLES[value]} ${count(rows[value])}` }))}
        choose={(table) => update({ table, filter: '', sort: '' })}
      />
      {rows[state.table] === 0 ? (
        <p class="notice">{EMPTY[state.table]}</p>
      ) : (
        <>
          {table.note !== null && <p class="hint">{table.note}</p>}
          <Grid
            key={state.table}
            name={state.table}
            columns={table.columns}
            rows={table.rows}
            usual={table.usual}
            sort={state.sort}
            filter={state.filter}
            change={update}
            open={table.open}
            chosen={table.chosen}
          />
        </>
      )}
      {state.table === 'handles' && data.handles.length > 0 && <HandleSites />}
    </>
  );
}

const EMPTY: Record<TableName, string> = {
  types: 'Nothing was allocated.',
  sites: 'Nothing was allocated.',
  stacks: 'Nothing was allocated.',
  handles: 'No handle of a wasm-bindgen class was recorded.',
  grows: 'Linear memory did not grow, or its growth is not known.',
  threads: 'No thread was recorded.',
};

/** Who made the handles. */
function HandleSites() {
  const { report, update } = usePage();
  const classes = report.data.handles.filter(({ sites }) => sites.length > 0);
  if (classes.length === 0) return null;
  return (
    <div>
      <h3>Who made them</h3>
      {classes.map((handle, index) => (
        <details key={index} open={index === 0}>
          <summary>
            {handle.class}
            {handle.samples < handle.made &&
              ` (estimated from ${count(handle.samples)} stacks of ${count(handle.made)} handles)`}
          </summary>
          <ol class="sites-below">
            {handle.sites.map((site, place) => (
              <li key={place}>
                {site.stack >= 0 ? (
                  <button type="button" class="link" onClick={() => update({ stack: site.stack, site: -1 })}>
                    {stackLabel(report, site.stack)}
                  </button>
                ) : (
                  'stack not known'
                )}{' '}
                {handle.samples < handle.made ? 'about ' : ''}
                {count(site.made)} made, {count(site.not_freed)} not freed
              </li>
            ))}
          </ol>
        </details>
      ))}
    </div>
  );
}
