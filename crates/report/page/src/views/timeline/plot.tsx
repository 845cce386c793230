import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import { useWidth } from '../../draw/canvas';
import { css, mix, PALETTES, type Theme } from '../../draw/palette';
import { count, percent, size, time } from '../../format/units';
import { usePage } from '../../ui/page';
import { lineStyle } from './lines';
import { snapped, valueAt, type Chart } from './series';

/** Height of the first chart, and of those below it. */
const HEIGHTS = [300, 190];

/** Lines over the run; a range that is dragged is chosen. */
export function Plot(props: {
  made: Chart;
  /** The number of the chart, and of its first line among those of all. */
  index: number;
  firstLine: number;
  hidden: ReadonlySet<string>;
  choose: (from: number, to: number) => void;
}) {
  const { made, index: number, firstLine, hidden, choose } = props;
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
    const begin = made.moments[0];
    const range: [number, number] = [begin, Math.max(made.moments[made.moments.length - 1], begin + 1e-9)];
    const axis: uPlot.Axis = {
      stroke: colours.text,
      grid: { stroke: colours.grid, width: 1 },
      ticks: { stroke: colours.grid, width: 1 },
    };
    const chartOptions: uPlot.Options = {
      width,
      height: HEIGHTS[Math.min(number, HEIGHTS.length - 1)],
      legend: { show: false },
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      scales: {
        // All charts have the same width of time.
        x: { time: false, range: () => range },
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
          const { colour, dash } = lineStyle(firstLine + index, theme);
          return {
            label: line.name,
            stroke: colour,
            width: 2,
            dash,
            spanGaps: true,
            // A size stays what it is until it is measured again.
            paths: uPlot.paths.stepped!({ align: 1 }),
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
  const all = made.moments[made.moments.length - 1] - made.moments[0];
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
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
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
