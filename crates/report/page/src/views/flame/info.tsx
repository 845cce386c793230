import { useMemo } from 'preact/hooks';
import { FRAME_KINDS, sitePlace, typeName } from '../../data/report';
import { count, percent } from '../../format/units';
import { amount } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { siteWeights } from './weights';
import { sitesBelow } from './sites';
import type { FlameTree } from './tree';
import type { StackValues } from './values';

/** So many sites are named. */
const SITES = 5;

/** What the frame under the pointer is, and the sites below the one that is zoomed to. */
export function NodeInfo(props: {
  tree: FlameTree;
  node: number;
  zoomed: number;
  zoomTo: (node: number) => void;
  values: StackValues;
  /** What the first of two compared figures is of. */
  before: string;
}) {
  const { tree, node, zoomed, zoomTo, values, before } = props;
  const { report, state, update, go, sums } = usePage();
  const weight = siteWeights(report, sums, state);
  const sites = useMemo(
    () => sitesBelow(tree, report.siteStack, weight, zoomed, SITES),
    [tree, zoomed, weight],
  );
  const frame = tree.frame[node];
  const label = node === 0 ? 'all' : report.frameLabel[frame];
  const zoomedLabel = zoomed === 0 ? 'all' : report.frameLabel[tree.frame[zoomed]];
  return (
    <div class="node-info">
      <p class="node-name">
        <b>{label}</b>
        {node > 0 && report.framePlace[frame] !== label && ` ${report.framePlace[frame]}`}
        {node > 0 && <small> {FRAME_KINDS[report.frameKind[frame]]}</small>}
      </p>
      <p class="node-figures">
        {amount(tree.total[node], values.unit)}, {percent(tree.total[node] / Math.max(1, tree.total[0]))} of
        all; {amount(tree.self[node], values.unit)} by itself
        {tree.before !== null &&
          `; ${amount(tree.before[node], values.unit)} ${before}, ${amount(
            tree.total[node] - tree.before[node],
            values.unit,
            true,
          )}`}
      </p>
      <p class="node-actions">
        {zoomed !== 0 && (
          <>
            <button type="button" onClick={() => zoomTo(Math.max(0, tree.parent[zoomed]))}>
              Zoom out
            </button>
            <button type="button" onClick={() => zoomTo(0)}>
              Show all
            </button>
            <button
              type="button"
              onClick={() => go({ view: 'tables', table: 'stacks', filter: zoomedLabel, sort: '' })}
            >
              Stacks with this name in the table
            </button>
          </>
        )}
      </p>
      {sites.count > 0 && (
        <>
          <h3>
            Sites in {zoomedLabel === 'all' ? 'all stacks' : zoomedLabel}{' '}
            <small>
              ({count(sites.count)}
              {sites.count > SITES && `, the largest ${SITES}`})
            </small>
          </h3>
          <ol class="sites-below">
            {sites.largest.map((site) => (
              <li key={site}>
                <button type="button" class="link" onClick={() => update({ site, stack: -1 })}>
                  {typeName(report, report.data.sites.type[site])} at {sitePlace(report, site)}
                </button>{' '}
                {amount(weight[site], values.unit)}
              </li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}
