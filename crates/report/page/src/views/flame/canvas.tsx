import { useMemo, useRef, useState } from 'preact/hooks';
import { useDrawing, useWidth } from '../../draw/canvas';
import { fit } from '../../draw/fit';
import { css, diverging, FRAME_COLOURS, mix, PALETTES } from '../../draw/palette';
import { percent } from '../../format/units';
import { amount } from '../../ui/numbers';
import type { FlameColour } from '../../select/state';
import { usePage } from '../../ui/page';
import { boxAt, layout, neighbour } from './layout';
import type { FlameTree } from './tree';

const ROW = 19;
const FONT = '12px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace';
/** Deeper rows are drawn when the reader has zoomed to them: a picture has its limits. */
const MOST_ROWS = 600;

export function FlameCanvas(props: {
  tree: FlameTree;
  unit: 'bytes' | 'blocks';
  zoom: number;
  zoomTo: (node: number) => void;
  point: (node: number) => void;
  colour: FlameColour;
  matched: Uint8Array | null;
}) {
  const { tree, unit, zoom, zoomTo, point, colour, matched } = props;
  const { report, theme } = usePage();
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const drawn = useMemo(() => layout(tree, zoom, Math.max(1, width)), [tree, zoom, width]);
  const height = Math.min(drawn.rows, MOST_ROWS) * ROW;
  const [at, setAt] = useState(-1);
  const current = at >= 0 && at < tree.count ? at : zoom;
  const label = (node: number) => (node === 0 ? 'all' : report.frameLabel[tree.frame[node]]);
  const say = (node: number) =>
    `${label(node)}: ${amount(tree.total[node], unit)}, ${percent(tree.total[node] / tree.total[0])}`;

  useDrawing(
    canvas,
    width,
    height,
    (context) => {
      const palette = PALETTES[theme];
      context.clearRect(0, 0, width, height);
      context.font = FONT;
      context.textBaseline = 'middle';
      const pitch = context.measureText('m').width;
      for (const { node, row, left, width: boxWidth } of drawn.boxes) {
        if (row >= MOST_ROWS) continue;
        const top = row * ROW;
        const seen = Math.max(1, boxWidth - (boxWidth > 3 ? 1 : 0));
        context.globalAlpha = node >= 0 && node !== zoom && tree.depth[node] < tree.depth[zoom] ? 0.55 : 1;
        context.fillStyle = node < 0 ? css([150, 150, 150]) : fill(tree, node, report, colour);
        if (matched !== null && node > 0 && matched[tree.frame[node]] === 0) context.globalAlpha = 0.3;
        context.fillRect(left, top, seen, ROW - 1);
        if (matched !== null && node > 0 && matched[tree.frame[node]] === 1) {
          context.globalAlpha = 1;
          context.fillStyle = palette.focus;
          context.fillRect(left, top + ROW - 4, seen, 3);
        }
        if (boxWidth > 22 && node >= 0) {
          const text = node === 0 ? `all: ${amount(tree.total[0], unit)}` : label(node);
          context.globalAlpha = 1;
          const dimmed = matched !== null && node > 0 && matched[tree.frame[node]] === 0;
          context.fillStyle = dimmed ? palette.faint : '#111111';
          context.fillText(fit(text, boxWidth - 8, pitch), left + 4, top + ROW / 2);
        }
      }
      context.globalAlpha = 1;
      performance.mark('unfreed-flame-drawn');
    },
    [drawn, theme, colour, matched],
  );

  const nodeUnder = (event: MouseEvent): number => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    const box = boxAt(drawn, event.clientX - left, Math.floor((event.clientY - top) / ROW));
    return box === null ? -1 : box.node;
  };
  const move = (node: number) => {
    setAt(node);
    point(node);
  };
  const onKey = (event: KeyboardEvent) => {
    const { key } = event;
    if (key === 'ArrowUp' || key === 'ArrowDown' || key === 'ArrowLeft' || key === 'ArrowRight') {
      move(neighbour(tree, current, key));
    } else if (key === 'Enter' || key === ' ') {
      zoomTo(current);
    } else if (key === 'Escape' || key === 'Backspace') {
      const above = Math.max(0, tree.parent[zoom]);
      zoomTo(above);
      move(above);
    } else if (key === 'Home') {
      zoomTo(0);
      move(0);
    } else return;
    event.preventDefault();
  };
  const box = drawn.boxes.find(({ node }) => node === current);
  return (
    <div
      class="flame"
      role="application"
      aria-label="Flame graph. Arrow keys move between frames, Enter zooms in, Escape zooms out."
      tabIndex={0}
      onKeyDown={onKey}
    >
      <div ref={holder} class="flame-picture">
        <canvas
          ref={canvas}
          data-boxes={drawn.boxes.length}
          onMouseMove={(event) => move(nodeUnder(event))}
          onMouseLeave={() => move(-1)}
          onClick={(event) => {
            const node = nodeUnder(event);
            if (node >= 0) zoomTo(node);
          }}
          title={at > 0 ? say(at) : undefined}
        />
        {box !== undefined && (
          <div
            class="flame-focus"
            style={{
              left: `${box.left}px`,
              top: `${box.row * ROW}px`,
              width: `${Math.max(2, box.width)}px`,
              height: `${ROW - 1}px`,
            }}
          />
        )}
      </div>
      {drawn.rows > MOST_ROWS && (
        <p class="hint">
          {MOST_ROWS} of {drawn.rows} rows are drawn. Use the table, or search, for deeper ones.
        </p>
      )}
      <p class="sr-only" aria-live="polite">
        {at >= 0 ? say(current) : ''}
      </p>
    </div>
  );
}

function fill(
  tree: FlameTree,
  node: number,
  report: { frameKind: Uint8Array; frameFolded: Uint8Array },
  colour: FlameColour,
): string {
  if (node === 0) return css([215, 215, 215]);
  if (colour !== 'kind' && tree.before !== null) {
    const most = Math.max(tree.total[node], tree.before[node]);
    return css(diverging(most === 0 ? 0 : (tree.total[node] - tree.before[node]) / most));
  }
  const frame = tree.frame[node];
  const base = FRAME_COLOURS[report.frameKind[frame]] ?? FRAME_COLOURS[2];
  // Neighbours differ a little, so that they are seen as two.
  const shade = ((frame * 2654435761) % 97) / 97;
  const toned = mix(base, [255, 255, 255], shade * 0.35);
  return css(report.frameFolded[frame] === 1 ? mix(toned, [160, 160, 160], 0.5) : toned);
}
