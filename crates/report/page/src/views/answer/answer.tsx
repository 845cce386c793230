import { isEstimate } from '../../data/report';
import { count, percent, size } from '../../format/units';
import { total } from '../../select/sums';
import { usePage } from '../../ui/page';
import { Size } from '../../ui/numbers';
import { Term } from '../../ui/term';
import { Findings } from './findings';

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
      {data.against !== null && <Compared />}
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

      <Findings />

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

/** How this run stands beside the one that it is compared with. */
function Compared() {
  const { report, go } = usePage();
  const against = report.data.against!;
  const { leaked_bytes, leaked } = report.data.totals;
  const bytes = total(against.leaked_bytes);
  return (
    <p class="notice" data-against={bytes}>
      Compared with <b>{against.title}</b>: <Size bytes={leaked_bytes} /> in {count(leaked)} blocks were never
      freed here, <Size bytes={bytes} /> in {count(total(against.leaked))} there,{' '}
      <b>
        <Size bytes={leaked_bytes - bytes} signed />
      </b>
      .{' '}
      <button
        type="button"
        class="link"
        onClick={() => go({ view: 'flame', colour: 'against', metric: 'growth', zoom: [] })}
      >
        Which stacks differ
      </button>
    </p>
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

/** One line for the title of the window. */
export function shortTitle(title: string, leakedBytes: number): string {
  return `${title}: ${size(leakedBytes)} never freed`;
}
