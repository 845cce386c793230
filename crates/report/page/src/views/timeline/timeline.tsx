import { useMemo, useState } from 'preact/hooks';
import type { Report } from '../../data/report';
import type { Theme } from '../../draw/palette';
import { count, countChange } from '../../format/units';
import { liveByMoment } from '../../select/sums';
import { usePage } from '../../ui/page';
import { Size } from '../../ui/numbers';
import { Term } from '../../ui/term';
import { lineStyle } from './lines';
import { Plot } from './plot';
import { charts, valueAt, type Chart, type Line } from './series';

/** Memory over time; a range that is dragged becomes the selection. */
export function TimelineView() {
  const { report, state, update, theme, momentNames } = usePage();
  const live = useMemo(() => liveByMoment(report), [report]);
  const all = useMemo(() => charts(report.data, live.bytes), [report]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  const { moments } = report.data;
  const choose = (from: number, to: number) => {
    update({ from, to });
    setSaid(`Selected from ${momentNames[from]} to ${momentNames[to]}.`);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const moving = event.shiftKey ? state.from : state.to;
    const next = Math.min(moments.length - 1, Math.max(0, moving + step));
    if (event.shiftKey) choose(Math.min(next, state.to), state.to);
    else choose(state.from, Math.max(next, state.from));
  };
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  if (moments[moments.length - 1].events === 0) return <p>Nothing was allocated or freed.</p>;
  return (
    <>
      <p class="hint">
        Drag over a chart to select from one moment to another; with the focus on it, arrow keys move the end
        of the selection, with Shift its begin.
        {all[0].unit === 'events'
          ? ' The run is shown by events (allocations and frees): not all times are known.'
          : report.data.timeline !== null &&
            ' Between times that were recorded, events are drawn at equal distances.'}
      </p>
      {all.map((made, index) => {
        const firstLine = all.slice(0, index).reduce((sum, { lines }) => sum + lines.length, 0);
        return (
          <div key={index}>
            {all.length > 1 && <h3>{made.title}</h3>}
            <div class="line-names" role="group" aria-label={`Lines of ${made.title}`}>
              {made.lines.map((line, at) => (
                <label key={at}>
                  <input
                    type="checkbox"
                    checked={!hidden.has(line.name)}
                    onChange={() => toggle(line.name)}
                  />
                  <LineSample index={firstLine + at} theme={theme} />
                  {line.name}
                </label>
              ))}
            </div>
            <div
              class="timeline"
              tabIndex={0}
              role="application"
              aria-label={`${made.title}: ${made.lines.length} lines and ${moments.length} moments. Arrow keys move the end of the selection, with Shift its begin.`}
              onKeyDown={onKey}
            >
              <Plot made={made} index={index} firstLine={firstLine} hidden={hidden} choose={choose} />
            </div>
          </div>
        );
      })}
      <p class="sr-only" aria-live="polite">
        {said}
      </p>
      <MomentFigures all={all} live={live} />
    </>
  );
}

/** Figures at the two selected moments. */
function MomentFigures(props: { all: Chart[]; live: { blocks: number[]; bytes: number[] } }) {
  const { all, live } = props;
  const { report, state, momentNames } = usePage();
  const rows = all.flatMap((made) =>
    made.lines
      .filter((line) => line.name !== 'live')
      .map((line) => ({
        name: line.name,
        ...sizes(report, made, line, state.from, state.to),
      })),
  );
  return (
    <>
      <div class="scroll-x" tabIndex={0} role="region" aria-label="Figures at both moments">
        <table class="figures">
          <thead>
            <tr>
              <th scope="col">at the selected moments</th>
              <th scope="col">{momentNames[state.from]}</th>
              <th scope="col">{momentNames[state.to]}</th>
              <th scope="col">
                <Term name="growth" />
              </th>
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">live blocks</th>
              <td>{count(live.blocks[state.from])}</td>
              <td>{count(live.blocks[state.to])}</td>
              <td>{countChange(live.blocks[state.to] - live.blocks[state.from])}</td>
            </tr>
            <SizeRow name="live" before={live.bytes[state.from]} after={live.bytes[state.to]} exact />
            {rows.map((row, index) => (
              <SizeRow key={index} {...row} />
            ))}
          </tbody>
        </table>
      </div>
      {rows.some(({ exact }) => !exact) && <p class="hint">* As last measured before the moment.</p>}
    </>
  );
}

function SizeRow(props: { name: string; before: number | null; after: number | null; exact: boolean }) {
  const { name, before, after, exact } = props;
  return (
    <tr data-row={name}>
      <th scope="row">
        {name === 'live' ? 'live bytes' : name}
        {!exact && '*'}
      </th>
      <td>{before === null ? 'not known' : <Size bytes={before} />}</td>
      <td>{after === null ? 'not known' : <Size bytes={after} />}</td>
      <td>{before === null || after === null ? '' : <Size bytes={after - before} signed />}</td>
    </tr>
  );
}

/** Of linear memory each moment has its own figures; all else is as it was last measured. */
function sizes(report: Report, made: Chart, line: Line, from: number, to: number) {
  const { memories, timeline } = report.data;
  const ofMemories = (moment: number): number | null => {
    let sum = 0;
    for (const { partitions, classes } of memories) {
      const partition = partitions[moment];
      if (partition === null || partition === undefined) return null;
      partition.forEach((bytes, at) => {
        if (line.name !== 'holes' || classes[at] === 'holes') sum += bytes;
      });
    }
    return sum;
  };
  const before = ofMemories(from);
  const after = ofMemories(to);
  const accounted = line.name === 'linear memory' || line.name === 'holes';
  if (timeline !== null && accounted && memories.length > 0 && before !== null && after !== null) {
    return { before, after, exact: true };
  }
  return {
    before: valueAt(made, line, made.moments[from]),
    after: valueAt(made, line, made.moments[to]),
    exact: false,
  };
}

function LineSample({ index, theme }: { index: number; theme: Theme }) {
  const { colour, dash } = lineStyle(index, theme);
  return (
    <svg width="26" height="8" aria-hidden="true">
      <line
        x1="0"
        y1="4"
        x2="26"
        y2="4"
        stroke={colour}
        stroke-width="2.5"
        stroke-dasharray={dash.join(' ')}
      />
    </svg>
  );
}
