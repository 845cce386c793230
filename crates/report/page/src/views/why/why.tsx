import { useState } from 'preact/hooks';
import type { Holders } from '../../data/types';
import { sitePlace, typeName } from '../../data/report';
import { CATEGORIES, css } from '../../draw/palette';
import { count, percent, size } from '../../format/units';
import { GLOSSARY } from '../../ui/glossary';
import { Size } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { Term } from '../../ui/term';
import { HeldTreeView } from './tree';

/** What holds the blocks that were live when the last snapshot was taken. */
export function WhyView() {
  const { report } = usePage();
  const { holders } = report.data;
  if (holders.length === 0) {
    return (
      <div class="notice">
        <p>
          {report.data.kind === 'recording'
            ? 'Not known: the recording has no snapshot of linear memory. Record with one to see what points to each live block:'
            : 'Not known: only a recording with a snapshot of linear memory tells what points to each live block:'}
        </p>
        <pre>unfreed record --snapshot end -- node app.mjs</pre>
      </div>
    );
  }
  return (
    <>
      {holders.map((held, index) => (
        <MemoryHolders key={index} held={held} />
      ))}
    </>
  );
}

/** Sites that are shown at first. */
const FIRST = 6;

function MemoryHolders({ held }: { held: Holders }) {
  const { report } = usePage();
  const [all, setAll] = useState(false);
  const name = report.data.memories[held.memory]?.name ?? `memory ${held.memory}`;
  const bytes = held.classes.reduce((sum, { bytes }) => sum + bytes, 0);
  const sites = [...held.sites].sort((a, b) => b.retained_bytes - a.retained_bytes);
  const shown = all ? sites : sites.slice(0, FIRST);
  return (
    <section class="memory" aria-label={`What holds ${name}`}>
      <h3>
        {name} <small>{held.taken}</small>
      </h3>
      {held.caveats.length > 0 && (
        <ul class="notice">
          {held.caveats.map((caveat, index) => (
            <li key={index}>{caveat}</li>
          ))}
        </ul>
      )}
      <div class="held-bar" aria-hidden="true">
        {held.classes.map(({ class: name, bytes: part }, index) => (
          <span
            key={index}
            title={`${name}: ${size(part)}`}
            style={{
              width: `${((100 * part) / Math.max(1, bytes)).toFixed(3)}%`,
              background: css(CATEGORIES[index % CATEGORIES.length]),
            }}
          />
        ))}
      </div>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Live blocks by what holds them">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">held by, or lost</th>
              <th scope="col">blocks</th>
              <th scope="col">bytes</th>
              <th scope="col">share</th>
            </tr>
          </thead>
          <tbody>
            {held.classes.map(({ class: name, blocks, bytes: part }, index) => (
              <tr key={index}>
                <th scope="row">
                  <span class="swatch" style={{ background: css(CATEGORIES[index % CATEGORIES.length]) }} />
                  {GLOSSARY.has(name) ? <Term name={name} /> : name}
                </th>
                <td>{count(blocks)}</td>
                <td>
                  <Size bytes={part} />
                </td>
                <td>{percent(part / Math.max(1, bytes))}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>

      <HeldTreeView tree={held.tree} name={name} />

      {sites.length > 0 && (
        <>
          <h4>
            What sites retain{' '}
            <small>
              (<Term name="retained size">retained sizes</Term> overlap: they do not add up)
            </small>
          </h4>
          <ol class="retained">
            {shown.map((site, index) => (
              <HeldSite key={index} site={site} most={sites[0].retained_bytes} />
            ))}
          </ol>
          {sites.length > shown.length && (
            <button type="button" onClick={() => setAll(true)}>
              Show all {count(sites.length)}
            </button>
          )}
        </>
      )}

      {held.handles.length > 0 && (
        <>
          <h4>
            What JS <Term name="handle">handles</Term> retain
          </h4>
          <div class="scroll-x" tabIndex={0} role="region" aria-label="Retained sizes of handles">
            <table class="figures">
              <thead>
                <tr>
                  <th scope="col">class</th>
                  <th scope="col">handles</th>
                  <th scope="col">
                    <Term name="shallow size" />
                  </th>
                  <th scope="col">
                    <Term name="retained size" />
                  </th>
                </tr>
              </thead>
              <tbody>
                {held.handles.map((row, index) => (
                  <tr key={index}>
                    <th scope="row">{row.class}</th>
                    <td>{count(row.handles)}</td>
                    <td>
                      <Size bytes={row.shallow_bytes} />
                    </td>
                    <td>
                      <Size bytes={row.retained_bytes} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </section>
  );
}

function HeldSite({ site, most }: { site: Holders['sites'][number]; most: number }) {
  const { report, update } = usePage();
  const known = site.site >= 0;
  return (
    <li class="held-site">
      <p>
        <b>
          <Size bytes={site.retained_bytes} />
        </b>{' '}
        retained by {count(site.blocks)} {site.blocks === 1 ? 'block' : 'blocks'} of{' '}
        <Size bytes={site.bytes} />
        {known && (
          <>
            {' of '}
            {typeName(report, report.data.sites.type[site.site])}, allocated at{' '}
            <button type="button" class="link" onClick={() => update({ site: site.site, stack: -1 })}>
              {sitePlace(report, site.site)}
            </button>
          </>
        )}
        <span class="share" aria-hidden="true">
          <span style={{ width: `${((100 * site.retained_bytes) / Math.max(1, most)).toFixed(2)}%` }} />
        </span>
      </p>
      <p>
        {site.why}
        {site.remedy !== '' && <span class="remedy">: {site.remedy}</span>}
      </p>
      {site.path.length > 0 && (
        <details>
          <summary>Path from the root to the largest block ({site.path.length} steps)</summary>
          <ol class="path">
            {site.path.map((step, index) => (
              <li key={index}>{step}</li>
            ))}
          </ol>
        </details>
      )}
    </li>
  );
}
