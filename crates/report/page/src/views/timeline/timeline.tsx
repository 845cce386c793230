import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { useWidth } from '../../draw/canvas';
import { css, mix, PALETTES, type Theme } from '../../draw/palette';
import { count, countChange, percent, size, time } from '../../format/units';
import { liveByMoment } from '../../select/sums';
import { usePage } from '../../ui/page';
import { Size } from '../../ui/numbers';
import { Term } from '../../ui/term';
import { lineStyle } from './lines';
import { chart, snapped, valueAt, type Chart } from './series';

/** Memory over time; a range that is dragged becomes the selection. */
export function TimelineView() {
  const { report, state, update, theme, momentNames } = usePage();
  const live = useMemo(() => liveByMoment(report), [report]);
  const made = useMemo(() => chart(report.data, live.bytes), [report]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const [said, setSaid] = useState('');
  if (made === null) return <p>There is nothing to draw: no moment of the run is known.</p>;
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
  return (
    <>
      <p class="hint">
        Drag over the chart to select from one moment to another; with the focus on it, arrow keys move the
        end of the selection, with Shift its begin.
        {made.unit === 'events' &&
          ' The run is shown by events (allocations and frees): not all times are known.'}
        {made.left_out !== null && ` ${made.left_out}`}
      </p>
      <div class="line-names" role="group" aria-label="Lines">
        {made.lines.map((line, index) => (
          <label key={index}>
            <input type="checkbox" checked={!hidden.has(line.name)} onChange={() => toggle(line.name)} />
            <LineSample index={index} theme={theme} />
            {line.name}
          </label>
        ))}
      </div>
      <div
        class="timeline"
        tabIndex={0}
        role="application"
        aria-label={`Timeline with ${made.lines.length} lines and ${moments.length} moments. Arrow keys move the end of the selection, with Shift its begin.`}
        onKeyDown={onKey}
      >
        <Plot made={made} hidden={hidden} choose={choose} />
      </div>
      <p class="sr-only" aria-live="polite">
        {said}
      </p>
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
            <tr data-row="live">
              <th scope="row">live bytes</th>
              <td>
                <Size bytes={live.bytes[state.from]} />
              </td>
              <td>
                <Size bytes={live.bytes[state.to]} />
              </td>
              <td>
                <Size bytes={live.bytes[state.to] - live.bytes[state.from]} signed />
              </td>
            </tr>
            {made.lines
              .filter((line) => line.name !== 'live')
              .map((line, index) => {
                const before = valueAt(made, line, made.moments[state.from]);
                const after = valueAt(made, line, made.moments[state.to]);
                return (
                  <tr key={index}>
                    <th scope="row">{line.name}*</th>
                    <td>{before === null ? 'not known' : <Size bytes={before} />}</td>
                    <td>{after === null ? 'not known' : <Size bytes={after} />}</td>
                    <td>{before === null || after === null ? '' : <Size bytes={after - before} signed />}</td>
                  </tr>
                );
              })}
          </tbody>
        </table>
      </div>
      {made.lines.some((line) => line.name !== 'live') && (
        <p class="hint">* As last measured before the moment.</p>
      )}
    </>
  );
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

const HEIGHT = 300;

function Plot(props: {
  made: Chart;
  hidden: ReadonlySet<string>;
  choose: (from: number, to: number) => void;
}) {
  const { made, hidden, choose } = props;
  const { state, theme, momentNames, report } = usePage();
  const holder = useRef<HTMLDivElement>(null);
  const width = useWidth(holder);
  const plot = useRef<uPlot | null>(null);
  const [readout, setReadout] = useState('');
  // What the chart's hooks see, without making the chart anew.
  const latest = useRef({ from: state.from, to: state.to, choose });
  latest.current = { from: state.from, to: state.to, choose };

  useLayoutEffect(() => {
    if (holder.current === null || width === 0) return;
    const colours = PALETTES[theme];
    const axis: uPlot.Axis = {
      stroke: colours.text,
      grid: { stroke: colours.grid, width: 1 },
      ticks: { stroke: colours.grid, width: 1 },
    };
    const chartOptions: uPlot.Options = {
      width,
      height: HEIGHT,
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      scales: {
        x: { time: false },
        y: { range: (_plot, _low, high) => [0, Math.max(1, high) * 1.05] },
      },
      axes: [
        {
          ...axis,
          values: (_plot, ticks) =>
            ticks.map((tick) => (made.unit === 'time' ? `${tick.toLocaleString('en')} s` : count(tick))),
        },
        // Multiples of powers of two: ticks at whole MiB.
        {
          ...axis,
          size: 80,
          incrs: Array.from({ length: 50 }, (_, power) => 2 ** power),
          values: (_plot, ticks) => ticks.map((tick) => size(tick)),
        },
      ],
      series: [
        {},
        ...made.lines.map((line, index) => {
          const { colour, dash } = lineStyle(index, theme);
          return {
            label: line.name,
            stroke: colour,
            width: 2,
            dash,
            spanGaps: true,
            points: { show: false },
          };
        }),
      ],
      hooks: {
        drawClear: [(plot) => drawSelection(plot, made, latest.current, theme)],
        draw: [
          (plot) =>
            drawMoments(
              plot,
              made,
              report.data.moments.map(({ kind }) => kind),
              momentNames,
              theme,
            ),
        ],
        setSelect: [
          (plot) => {
            if (plot.select.width < 3) return;
            const low = plot.posToVal(plot.select.left, 'x');
            const high = plot.posToVal(plot.select.left + plot.select.width, 'x');
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            const [from, to] = snapped(made.moments, low, high);
            latest.current.choose(from, to);
          },
        ],
        setCursor: [
          (plot) => {
            const index = plot.cursor.idx;
            if (index === null || index === undefined) {
              setReadout('');
              return;
            }
            const at = made.unit === 'time' ? time(made.x[index] * 1e9) : `${count(made.x[index])} events`;
            const values = made.lines
              .filter((line) => !hidden.has(line.name))
              .map((line) => {
                const value = valueAt(made, line, made.x[index]);
                return value === null ? '' : `${line.name} ${size(value)}`;
              });
            setReadout([at, ...values.filter(Boolean)].join(' · '));
          },
        ],
      },
    };
    const lines = [made.x, ...made.lines.map((line) => line.values)];
    const created = new uPlot(chartOptions, lines as uPlot.AlignedData, holder.current);
    made.lines.forEach((line, index) => {
      if (hidden.has(line.name)) created.setSeries(index + 1, { show: false });
    });
    plot.current = created;
    return () => {
      plot.current = null;
      created.destroy();
    };
  }, [made, width, theme, hidden]);

  useLayoutEffect(() => plot.current?.redraw(false), [state.from, state.to]);

  const from = made.moments[state.from];
  const to = made.moments[state.to];
  const all = made.x[made.x.length - 1] - made.x[0];
  return (
    <>
      <div ref={holder} class="plot" data-drawn={width > 0 ? 'true' : 'false'} />
      <p class="readout">
        {readout ||
          `Selected: ${momentNames[state.from]} to ${momentNames[state.to]}${
            all > 0 ? `, ${percent((to - from) / all)} of the run` : ''
          }`}
      </p>
    </>
  );
}

function drawSelection(plot: uPlot, made: Chart, { from, to }: { from: number; to: number }, theme: Theme) {
  const { ctx, bbox } = plot;
  const left = plot.valToPos(made.moments[from], 'x', true);
  const right = plot.valToPos(made.moments[to], 'x', true);
  ctx.save();
  ctx.fillStyle = theme === 'dark' ? 'rgba(86,180,233,0.16)' : 'rgba(0,114,178,0.10)';
  ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height);
  ctx.restore();
}

function drawMoments(plot: uPlot, made: Chart, kinds: string[], names: string[], theme: Theme) {
  const { ctx, bbox } = plot;
  const ratio = uPlot.pxRatio;
  const colours = PALETTES[theme];
  ctx.save();
  ctx.font = `${11 * ratio}px system-ui, sans-serif`;
  ctx.fillStyle = colours.faint;
  ctx.strokeStyle = css(mix([150, 150, 150], theme === 'dark' ? [0, 0, 0] : [255, 255, 255], 0.3));
  ctx.setLineDash([3 * ratio, 3 * ratio]);
  let free = bbox.left;
  made.moments.forEach((x, index) => {
    if (kinds[index] !== 'mark') return;
    const left = plot.valToPos(x, 'x', true);
    ctx.beginPath();
    ctx.moveTo(left, bbox.top);
    ctx.lineTo(left, bbox.top + bbox.height);
    ctx.stroke();
    const name = names[index].length > 24 ? `${names[index].slice(0, 23)}…` : names[index];
    const wide = ctx.measureText(name).width + 8 * ratio;
    // Names that would stand on each other are left out.
    if (left >= free && left + wide <= bbox.left + bbox.width) {
      ctx.fillText(name, left + 3 * ratio, bbox.top + 11 * ratio);
      free = left + wide;
    }
  });
  ctx.restore();
}
