import { useEffect, useRef } from 'preact/hooks';
import { FRAME_KINDS, framesOf, sitePlace, stackLabel, typeName, verdictOf } from '../data/report';
import { count, things } from '../format/units';
import { pathOfStack, stacksOf } from '../views/flame/tree';
import { isAgainst } from '../views/flame/weights';
import { Size } from './numbers';
import { usePage } from './page';
import { Term } from './term';

/** The stack of what was chosen, what is known of it, and the ways to the other views. */
export function Details() {
  const { report, state, update, go, sums } = usePage();
  const close = useRef<HTMLButtonElement>(null);
  const { site } = state;
  const stack = site >= 0 ? report.siteStack[site] : state.stack;
  const opened = stack >= 0;
  useEffect(() => {
    if (!opened) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape' && !event.defaultPrevented) update({ site: -1, stack: -1 });
    };
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, [opened]);
  if (!opened) return null;
  const sites = site >= 0 ? [site] : (report.sitesOfStack.get(stack) ?? []);
  const title = site >= 0 ? typeName(report, report.data.sites.type[site]) : stackLabel(report, stack);
  const toFlame = () => {
    const stacks = stacksOf(report, isAgainst(report, state));
    const zoom = pathOfStack(stacks, stack, { inverse: false, hideFolded: !state.folded });
    const metric = sites.some((site) => sums.growthBytes[site] > 0) ? 'growth' : 'allocated';
    go({ view: 'flame', shape: 'callers', metric, zoom });
  };
  return (
    <aside class="details" aria-label="Details">
      <div class="details-head">
        <h2>{title}</h2>
        <button
          type="button"
          ref={close}
          aria-label="Close details"
          onClick={() => update({ site: -1, stack: -1 })}
        >
          ×
        </button>
      </div>
      {sites.map((site) => (
        <SiteFigures key={site} site={site} withType={state.site < 0} />
      ))}
      <p class="node-actions">
        <button type="button" onClick={toFlame}>
          Show in the flame graph
        </button>
        {sites.length > 0 && (
          <>
            <button
              type="button"
              onClick={() =>
                go({ view: 'tables', table: 'sites', filter: sitePlace(report, sites[0]), sort: '' })
              }
            >
              Show in the table
            </button>
            {report.data.memories.some(({ map }) => map !== null) && (
              <button
                type="button"
                onClick={() => go({ view: 'map', mapColour: 'site', site: sites[0], stack: -1 })}
              >
                Colour it in the map
              </button>
            )}
          </>
        )}
      </p>
      <h3>Stack, innermost first</h3>
      <ol class="stack">
        {framesOf(report, stack).map((frame, index) => (
          <li key={index} class={report.frameFolded[frame] === 1 ? 'folded' : ''}>
            <span
              class={`kind kind-${report.frameKind[frame]}`}
              title={FRAME_KINDS[report.frameKind[frame]]}
            />
            <span>
              {report.frameLabel[frame]}
              {report.framePlace[frame] !== '' && report.framePlace[frame] !== report.frameLabel[frame] && (
                <small>{report.framePlace[frame]}</small>
              )}
            </span>
          </li>
        ))}
      </ol>
    </aside>
  );
}

function SiteFigures({ site, withType }: { site: number; withType: boolean }) {
  const { report, sums, state, momentNames } = usePage();
  const { sites, strings } = report.data;
  const verdict = verdictOf(report, sites.verdict[site]);
  const why = sites.why[site];
  return (
    <dl class="site-figures">
      {withType && (
        <>
          <dt>type</dt>
          <dd>{typeName(report, sites.type[site])}</dd>
        </>
      )}
      <dt>allocated at</dt>
      <dd>{sitePlace(report, site)}</dd>
      <dt>
        <Term name="growth" />, {momentNames[state.from]} to {momentNames[state.to]}
      </dt>
      <dd>
        <Size bytes={sums.growthBytes[site]} signed /> in {things(sums.growth[site], 'block', 'blocks')}
      </dd>
      <dt>
        <Term name="live" /> at {momentNames[state.to]}
      </dt>
      <dd>
        <Size bytes={sums.liveBytes[site]} /> in {things(sums.live[site], 'block', 'blocks')}
      </dd>
      <dt>allocated in between</dt>
      <dd>
        <Size bytes={sums.allocatedBytes[site]} /> in {count(sums.allocations[site])}
      </dd>
      {verdict !== '' && (
        <>
          <dt>
            <Term name="verdict" />
          </dt>
          <dd>{verdict}</dd>
        </>
      )}
      {why >= 0 && (
        <>
          <dt>why it stays</dt>
          <dd>{strings[why]}</dd>
        </>
      )}
    </dl>
  );
}
