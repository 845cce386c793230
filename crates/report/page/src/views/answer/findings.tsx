import type { Finding } from '../../data/types';
import { framesOf, sitePlace, typeName, type Report } from '../../data/report';
import { count, percent } from '../../format/units';
import { Size } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { Term } from '../../ui/term';

/** Findings with less of the leaked bytes have a row, not a card. */
const SMALL = 0.01;

/** What was found: the large things as cards, the small ones as rows. */
export function Findings() {
  const { report } = usePage();
  const { findings } = report.data;
  const large = findings.filter((finding, index) => index === 0 || !isSmall(report, finding));
  const small = findings.filter((finding) => !large.includes(finding));
  return (
    <>
      {large.length > 0 && (
        <ol class="findings">
          {large.map((finding, index) => (
            <FindingCard key={index} finding={finding} />
          ))}
        </ol>
      )}
      {small.length > 0 && (
        <>
          <h3>Smaller things that leak or stay</h3>
          <div class="scroll-x" tabIndex={0} role="region" aria-label="Smaller findings">
            <table class="figures findings-small">
              <thead>
                <tr>
                  <th scope="col">what</th>
                  <th scope="col">never freed</th>
                  <th scope="col">per iteration</th>
                  <th scope="col">why it stays, and what to do</th>
                </tr>
              </thead>
              <tbody>
                {small.map((finding, index) => (
                  <FindingRow key={index} finding={finding} />
                ))}
              </tbody>
            </table>
          </div>
        </>
      )}
    </>
  );
}

/** The share of the leaked bytes; null where that does not apply. */
function shareOf(report: Report, { bytes }: Finding): number | null {
  const all = report.data.totals.leaked_bytes;
  return bytes !== null && all > 0 && bytes <= all ? bytes / all : null;
}

function isSmall(report: Report, finding: Finding): boolean {
  const share = shareOf(report, finding);
  return share !== null && share < SMALL;
}

/** Why it stays; what a recording without a snapshot cannot tell is said. */
function whyOf(report: Report, finding: Finding): string | null {
  const { kind, holders } = report.data;
  // Only a recording can have a snapshot, and only what is still there is held by something.
  const unknown =
    kind === 'recording' && holders.length === 0 && finding.bytes !== null
      ? 'Not known: a recording with --snapshot end tells.'
      : null;
  return finding.why ?? unknown;
}

/** The first line of the program's own JavaScript that leads to a site. */
function calledFrom(report: Report, site: number): string | null {
  const frame = framesOf(report, report.siteStack[site]).find((frame) => report.frameKind[frame] === 1);
  if (frame === undefined || report.framePlace[frame] === '') return null;
  const place = report.framePlace[frame];
  return place === sitePlace(report, site) ? null : place;
}

function FindingCard({ finding }: { finding: Finding }) {
  const { report } = usePage();
  const why = whyOf(report, finding);
  const share = shareOf(report, finding);
  const caller = finding.site >= 0 ? calledFrom(report, finding.site) : null;
  return (
    <li class={`finding finding-${finding.kind}`}>
      <h3>{finding.title}</h3>
      <p>{finding.what}</p>
      {finding.bytes !== null && (
        <p class="finding-bytes">
          <b>
            <Size bytes={finding.bytes} />
          </b>
          {finding.blocks !== null && ` in ${count(finding.blocks)} blocks`}
          {share !== null && (
            <>
              , {percent(share)} of what was never freed
              <span class="share" aria-hidden="true">
                <span style={{ width: `${(100 * share).toFixed(2)}%` }} />
              </span>
            </>
          )}
        </p>
      )}
      <dl>
        {finding.per_iteration !== null && (
          <>
            <dt>Per iteration</dt>
            <dd>
              <b>{finding.per_iteration}</b>
              {finding.verdict !== null && (
                <>
                  {' '}
                  (<Term name="verdict">{finding.verdict}</Term>)
                </>
              )}
            </dd>
          </>
        )}
        {finding.site >= 0 && (
          <>
            <dt>Allocated by</dt>
            <dd>
              <SiteLink finding={finding} />
            </dd>
          </>
        )}
        {caller !== null && (
          <>
            <dt>Called from</dt>
            <dd class="place">{caller}</dd>
          </>
        )}
        {why !== null && (
          <>
            <dt>Why it stays</dt>
            <dd>{why}</dd>
          </>
        )}
        <dt>What to do</dt>
        <dd>{finding.todo}</dd>
      </dl>
    </li>
  );
}

function SiteLink({ finding: { site, title } }: { finding: Finding }) {
  const { report, update } = usePage();
  const type = typeName(report, report.data.sites.type[site]);
  const place = sitePlace(report, site);
  return (
    <button type="button" class="link" onClick={() => update({ site, stack: -1 })}>
      {type === title ? place : `${type} at ${place}`}
    </button>
  );
}

function FindingRow({ finding }: { finding: Finding }) {
  const { report } = usePage();
  const why = whyOf(report, finding);
  return (
    <tr class="finding">
      <th scope="row">
        <b>{finding.title}</b>
        <small>{finding.what}</small>
        {finding.site >= 0 && <SiteLink finding={finding} />}
      </th>
      <td data-head="never freed">{finding.bytes !== null && <Size bytes={finding.bytes} />}</td>
      <td data-head={finding.per_iteration === null ? undefined : 'per iteration'}>
        {finding.per_iteration ?? ''}
      </td>
      <td class="words">
        {why !== null && `${why}${/[.!?]$/.test(why) ? '' : '.'} `}
        {finding.todo}
      </td>
    </tr>
  );
}
