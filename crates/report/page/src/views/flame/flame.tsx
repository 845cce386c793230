import { useMemo, useState } from 'preact/hooks';
import type { Report } from '../../data/report';
import { css, diverging, FRAME_COLOURS } from '../../draw/palette';
import { FRAME_KINDS } from '../../data/report';
import { count, percent } from '../../format/units';
import { METRICS, type FlameColour, type Metric, type State } from '../../select/state';
import { total } from '../../select/sums';
import { Choice, Select } from '../../ui/choice';
import { amount } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { Term } from '../../ui/term';
import { FlameCanvas } from './canvas';
import { NodeInfo } from './info';
import { matchFrames, matchTree } from './search';
import { TreeTable } from './table';
import { allocatorsFirst, callersFirst, goneFrom, nodeAt, pathOf, stacksOf, type FlameTree } from './tree';
import { METRIC_NAMES, stackValues } from './values';
import { isAgainst } from './weights';

/** Who allocated: stacks as a flame graph, from the callers or from the allocating functions on, or as a table. */
export function FlameView() {
  const { report, state, update, sums, momentNames } = usePage();
  const values = useMemo(
    () => stackValues(report, sums, state),
    [report, sums, state.metric, state.unit, state.colour],
  );
  const tree = useMemo(() => build(report, values, state), [values, state.shape === 'inverse', state.folded]);
  const labels = report.frameLabel;
  const matched = useMemo(() => matchFrames(labels, report.framePlace, state.search), [report, state.search]);
  const matches = useMemo(() => matchTree(tree, matched), [tree, matched]);
  const zoom = nodeAt(tree, state.zoom);
  const [pointed, setPointed] = useState(-1);
  const all = tree.total[0];
  const metrics = METRICS.filter((metric) => metric !== 'temporary' || report.data.sites.temporary !== null);
  const { against } = report.data;
  const compared = isAgainst(report, state);
  const colour = values.before === null ? 'kind' : state.colour;
  const before = compared ? `in ${against!.title}` : `at ${momentNames[state.from]}`;
  const zoomTo = (node: number) => update({ zoom: pathOf(tree, node) });
  const gone = useMemo(() => goneFrom(tree), [tree]);
  const shown = pointed > 0 && pointed < tree.count ? pointed : zoom;

  return (
    <>
      <div class="controls">
        <Select
          label="Show"
          value={state.metric}
          options={metrics.map((metric) => ({ value: metric, text: METRIC_NAMES[metric] }))}
          choose={(metric) => update({ metric: metric as Metric })}
        />
        {state.metric !== 'temporary' && (
          <Choice
            label="Unit"
            value={state.unit}
            options={[
              { value: 'bytes', text: 'Bytes' },
              { value: 'blocks', text: 'Blocks' },
            ]}
            choose={(unit) => update({ unit })}
          />
        )}
        <Choice
          label="Form"
          value={state.shape}
          options={[
            { value: 'callers', text: 'Callers first' },
            { value: 'inverse', text: 'Allocators first' },
            { value: 'table', text: 'Table' },
          ]}
          choose={(shape) => update({ shape, zoom: [] })}
        />
        {(state.metric === 'live' || against !== null) && (
          <Choice
            label="Compare"
            value={state.metric !== 'live' && state.colour === 'growth' ? 'kind' : state.colour}
            options={[
              { value: 'kind', text: 'Kind of frame' },
              ...(state.metric === 'live' ? [{ value: 'growth', text: 'Difference' } as const] : []),
              ...(against !== null ? [{ value: 'against', text: 'Against the other run' } as const] : []),
            ]}
            choose={(next) => update({ colour: next, zoom: [] })}
          />
        )}
        <label class="check-box">
          <input
            type="checkbox"
            checked={state.folded}
            onChange={(event) => update({ folded: event.currentTarget.checked, zoom: [] })}
          />
          <Term name="folded">all frames</Term>
        </label>
        <label class="search">
          <span class="sr-only">Search frames</span>
          <input
            type="search"
            placeholder="Search frames"
            value={state.search}
            onInput={(event) => update({ search: event.currentTarget.value })}
          />
        </label>
      </div>
      <p class="flame-total" data-total={all}>
        <b>{amount(all, values.unit)}</b> in {count(Math.max(0, tree.count - 1))} frames
        {values.whole && `, of the whole ${compared ? 'runs' : 'run'} whatever is selected`}
        {values.shrunk > 0 && `; stacks that shrank by ${amount(values.shrunk, values.unit)} are not drawn`}
        {values.before !== null && `; ${amount(total(values.before), values.unit)} ${before}`}
        {gone > 0 &&
          `; ${amount(gone, values.unit)} of it in stacks that have none of it here, which have no width`}
        .
        {state.search !== '' && (
          <span class="matches" data-matched={matches.total}>
            {' '}
            “{state.search}” is in {count(matches.nodes)} of them: <b>{amount(matches.total, values.unit)}</b>
            {all > 0 && `, ${percent(matches.total / all)}`}.
          </span>
        )}
      </p>
      {all === 0 ? (
        <p class="notice">There is nothing to draw: no stack has any of this between the selected moments.</p>
      ) : state.shape === 'table' ? (
        <TreeTable
          tree={tree}
          values={values}
          before={before}
          matched={state.search === '' ? null : matched}
        />
      ) : (
        <>
          <Legend colour={colour} report={report} before={before} />
          <FlameCanvas
            tree={tree}
            unit={values.unit}
            zoom={zoom}
            zoomTo={zoomTo}
            point={setPointed}
            colour={colour}
            matched={state.search === '' ? null : matched}
          />
        </>
      )}
      {all > 0 && state.shape !== 'table' && (
        <NodeInfo tree={tree} node={shown} zoomed={zoom} zoomTo={zoomTo} values={values} before={before} />
      )}
    </>
  );
}

function build(
  report: Report,
  values: { value: Float64Array; before: Float64Array | null },
  { shape, folded, colour }: Pick<State, 'shape' | 'folded' | 'colour'>,
): FlameTree {
  const stacks = stacksOf(report, isAgainst(report, { colour }));
  return shape === 'inverse'
    ? allocatorsFirst(stacks, values, !folded)
    : callersFirst(stacks, values, !folded);
}

function Legend(props: { colour: FlameColour; report: Report; before: string }) {
  const { colour, report } = props;
  if (colour !== 'kind') {
    const stops = [-1, -0.5, 0, 0.5, 1];
    return (
      <ul class="legend">
        <li>less than {props.before}</li>
        {stops.map((stop) => (
          <li key={stop}>
            <span class="swatch" style={{ background: css(diverging(stop)) }} />
          </li>
        ))}
        <li>more. What is gone has no width.</li>
      </ul>
    );
  }
  const kinds = FRAME_KINDS.map((name, kind) => ({ name, kind })).filter(({ kind }) =>
    report.frameKind.includes(kind),
  );
  return (
    <ul class="legend">
      {kinds.map(({ name, kind }) => (
        <li key={kind}>
          <span class="swatch" style={{ background: css(FRAME_COLOURS[kind]) }} />
          {name}
        </li>
      ))}
    </ul>
  );
}
