import type { Finding } from '../../data/types';
import { isEstimate, sitePlace } from '../../data/report';
import { count, percent, size } from '../../format/units';
import { usePage } from '../../ui/page';
import { Size } from '../../ui/numbers';
import { Term } from '../../ui/term';

/** What leaks, how far that can be trusted, and what to do. */
export function Answer() {
  const { report } = usePage();
  const { data } = report;
  const { totals, trust } = data;
  const [first, ...others] = data.headline;
  return (
    <>
      <p class="headline">{first}</p>
      {others.map((line, index) => (
        <p key={index}>{line}</p>
      ))}
      {isEstimate(report) && (
        <p class="notice">
          This is a sample: all figures are <Term name="estimate">estimates</Term>.
        </p>
      )}
      <dl class="totals">
        <div>
          <dt>never freed</dt>
          <dd>
            <Size bytes={totals.leaked_bytes} />
            <small>
              {count(totals.leaked)} of {count(totals.allocations)} <Term name="allocation">allocations</Term>
            </small>
          </dd>
        </div>
        <div>
          <dt>allocated</dt>
          <dd>
            <Size bytes={totals.allocated_bytes} />
            <small>{count(totals.frees)} frees</small>
          </dd>
        </div>
        <div>
          <dt>
            live at the <Term name="peak" />
          </dt>
          <dd>
            <Size bytes={totals.peak_bytes} />
            <small>{count(totals.peak)} blocks</small>
          </dd>
        </div>
        {totals.temporary !== null && (
          <div>
            <dt>
              <Term name="temporary" />
            </dt>
            <dd>
              {count(totals.temporary)}
              <small>
                {totals.allocations > 0 ? percent(totals.temporary / totals.allocations) : '0.0 %'} of
                allocations
              </small>
            </dd>
          </div>
        )}
        <div>
          <dt>trust in these figures</dt>
          <dd class={`grade grade-${trust.grade}`}>
            {trust.grade}
            {trust.because !== null && <small>{trust.because}</small>}
          </dd>
        </div>
      </dl>

      {data.findings.length > 0 && (
        <ol class="findings">
          {data.findings.map((finding, index) => (
            <FindingCard key={index} finding={finding} />
          ))}
        </ol>
      )}

      <div class="columns">
        {data.next_steps.length > 0 && (
          <div>
            <h3>Next steps</h3>
            <ol>
              {data.next_steps.map((step, index) => (
                <li key={index}>{step}</li>
              ))}
            </ol>
          </div>
        )}
        <div>
          <h3>Can this be believed?</h3>
          <ul class="checks">
            {trust.checks.map((check, index) => (
              <li key={index} class={`check check-${check.outcome}`}>
                <span class="outcome">{check.outcome}</span>
                <span>
                  <b>{check.name}</b> {check.detail}
                </span>
              </li>
            ))}
          </ul>
          <Gaps title="What is missing" lines={data.missing} none="The input is complete." />
          <Gaps title="What this page leaves out" lines={data.left_out} none="Nothing was left out." />
        </div>
      </div>
    </>
  );
}

function Gaps({ title, lines, none }: { title: string; lines: string[]; none: string }) {
  return (
    <>
      <h3>{title}</h3>
      {lines.length === 0 ? (
        <p>{none}</p>
      ) : (
        <ul>
          {lines.map((line, index) => (
            <li key={index}>{line}</li>
          ))}
        </ul>
      )}
    </>
  );
}

function FindingCard({ finding }: { finding: Finding }) {
  const { report, update } = usePage();
  const { totals, kind, holders } = report.data;
  // Only a recording can have a snapshot, and only what is still there is held by something.
  const unknown =
    kind === 'recording' && holders.length === 0 && finding.bytes !== null
      ? 'Not known: a recording with --snapshot end tells.'
      : null;
  const why = finding.why ?? unknown;
  const share =
    finding.bytes !== null && totals.leaked_bytes > 0 ? finding.bytes / totals.leaked_bytes : null;
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
          {share !== null && share <= 1 && (
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
              {finding.per_iteration}
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
              <button type="button" class="link" onClick={() => update({ site: finding.site, stack: -1 })}>
                {sitePlace(report, finding.site)}
              </button>
            </dd>
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

/** One line for the title of the window. */
export function shortTitle(title: string, leakedBytes: number): string {
  return `${title}: ${size(leakedBytes)} never freed`;
}
