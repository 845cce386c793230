import { useMemo, useRef, useState } from 'preact/hooks';
import type { Memory, MemoryMap } from '../../data/types';
import { useDrawing, useWidth } from '../../draw/canvas';
import { css, PALETTES } from '../../draw/palette';
import { address, count, exactSize, percent, size } from '../../format/units';
import { MAP_COLOURS, type MapColour } from '../../select/state';
import { Choice, Select } from '../../ui/choice';
import { Size } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { Term } from '../../ui/term';
import { blocksIn, liveAt, momentOfMap, nextBlock, wholeBlocks } from './blocks';
import { groupBlocks, swatch } from './groups';
import { BlockInfo } from './info';
import { growCells, paint } from './paint';
import { bytesAt, rangesAt } from './ranges';
import { moved, raster, wholeScale, zoomed, type Window } from './raster';

const COLOUR_NAMES: Record<MapColour, string> = {
  verdict: 'Verdict',
  type: 'Type',
  age: 'Age',
  iteration: 'Iteration',
  site: 'Site',
  class: 'Class',
};

/** Linear memory as a picture, from all of it down to single bytes. */
export function MapView() {
  const { report, state, update } = usePage();
  const { memories } = report.data;
  const withMap = memories.flatMap((memory, index) => (memory.map === null ? [] : [index]));
  if (withMap.length === 0) {
    return (
      <p>
        {report.data.kind === 'recording'
          ? 'There is no map: no linear memory was recorded, or it has too many blocks.'
          : 'Not known: only a recording tells the addresses of blocks.'}
      </p>
    );
  }
  const chosen = withMap.includes(state.memory) ? state.memory : withMap[0];
  const memory = memories[chosen];
  return (
    <>
      {withMap.length > 1 && (
        <Select
          label="Memory"
          value={String(chosen)}
          options={withMap.map((index) => ({ value: String(index), text: memories[index].name }))}
          choose={(value) => update({ memory: Number(value), mapBegin: 0, mapScale: 0 })}
        />
      )}
      <OneMemory key={chosen} memory={memory} index={chosen} map={memory.map!} />
    </>
  );
}

/** Side of a cell in CSS pixels. */
const CELL = 2;
const HEIGHT = 420;
/** More growths hide what they lie on: then they are marked only if that is asked for. */
const MARKED = 300;

function OneMemory({ memory, index, map }: { memory: Memory; index: number; map: MemoryMap }) {
  const { report, state, update, theme, momentNames } = usePage();
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useWidth(holder);
  const all = useMemo(() => wholeBlocks(map), [map]);
  const at = momentOfMap(map.at, state.to);
  const blocks = useMemo(() => liveAt(all, at), [all, at]);
  const bytes = map.size[at];
  const columns = Math.max(1, Math.floor(width / CELL));
  const rows = Math.floor((width > 0 && width < 500 ? HEIGHT * 0.8 : HEIGHT) / CELL);
  const widest = wholeScale(bytes, columns * rows);
  const scale = state.mapScale === 0 ? widest : Math.min(state.mapScale, widest);
  const window = moved({ begin: state.mapBegin, scale, columns, rows }, bytes, 0);
  const groups = useMemo(
    () => groupBlocks(report, blocks, state.mapColour, momentNames, state.site),
    [report, blocks, state.mapColour, state.site],
  );
  const [only, setOnly] = useState(-1);
  const [pointed, setPointed] = useState(-1);
  const [drag, setDrag] = useState<{ y: number; begin: number; moved: boolean } | null>(null);
  const grows = useMemo(
    () =>
      report.data.grows.filter(
        (grow) => grow.memory === index && grow.events <= report.data.moments[map.at[at]].events,
      ),
    [report, index, at],
  );
  const [marked, setMarked] = useState(grows.length <= MARKED);
  const ranges = useMemo(
    () => rangesAt(memory, at, state.mapColour === 'class'),
    [memory, at, state.mapColour === 'class'],
  );
  const fixed = useMemo(
    () => ranges.map(({ begin, end }, place) => ({ begin, end, group: groups.list.length + place })),
    [ranges, groups],
  );
  const drawnHeight = rows * CELL;

  useDrawing(
    canvas,
    width,
    drawnHeight,
    (context) => {
      const painted = raster(window, bytes, blocks, groups.of, fixed);
      const colours = [...groups.list.map(({ colour }) => colour), ...ranges.map(({ colour }) => colour)];
      paint(context, window, painted, colours, only < 0 ? null : only, PALETTES[theme], CELL);
      context.fillStyle = PALETTES[theme].focus;
      const grown = marked ? grows.map((grow) => grow.old_pages * 65536) : [];
      for (const { column, row } of growCells(window, grown)) {
        context.fillRect(column * CELL, row * CELL - 1, CELL, CELL + 3);
      }
      performance.mark('unfreed-map-drawn');
    },
    [blocks, groups, window.begin, window.scale, columns, theme, only, fixed, grows, marked],
  );

  const go = (next: Window) =>
    update({ mapBegin: next.begin, mapScale: next.scale >= widest ? 0 : next.scale });
  const cellAt = (event: MouseEvent): number => {
    const { left, top } = canvas.current!.getBoundingClientRect();
    const column = Math.min(columns - 1, Math.max(0, Math.floor((event.clientX - left) / CELL)));
    const row = Math.min(rows - 1, Math.max(0, Math.floor((event.clientY - top) / CELL)));
    return window.begin + (row * columns + column) * window.scale;
  };
  const visibleEnd = Math.min(bytes, window.begin + columns * rows * window.scale);
  const pointer = pointed >= 0 && pointed < bytes ? pointed : -1;

  const pointAt = (next: number) => {
    const inside = Math.max(0, Math.min(bytes - 1, next));
    setPointed(inside);
    if (inside < window.begin || inside >= visibleEnd) {
      go(moved(window, bytes, inside - window.begin - (columns * rows * window.scale) / 2));
    }
  };
  const onKey = (event: KeyboardEvent) => {
    const here = pointer >= 0 ? pointer : window.begin;
    const { key } = event;
    if (key === 'ArrowRight') pointAt(here + window.scale);
    else if (key === 'ArrowLeft') pointAt(here - window.scale);
    else if (key === 'ArrowDown') pointAt(here + window.scale * columns);
    else if (key === 'ArrowUp') pointAt(here - window.scale * columns);
    else if (key === 'n' || key === 'p') {
      const block = nextBlock(blocks, here, key === 'n' ? 1 : -1);
      if (block >= 0) pointAt(blocks.begin[block]);
    } else if (key === '+' || key === '=') go(zoomed(window, bytes, 0.25, here));
    else if (key === '-') go(zoomed(window, bytes, 4, here));
    else if (key === 'Home' || key === '0') update({ mapBegin: 0, mapScale: 0 });
    else if (key === 'Enter') openAt(here);
    else return;
    event.preventDefault();
  };
  const openAt = (where: number) => {
    const { largest } = blocksIn(blocks, where, where + window.scale);
    if (largest >= 0 && blocks.site[largest] >= 0) update({ site: blocks.site[largest], stack: -1 });
  };
  const holes = bytesAt(memory, at, 'holes');
  const colours = MAP_COLOURS.filter(
    (colour) => colour !== 'iteration' || report.data.moments.some(({ kind }) => kind === 'mark'),
  );
  const marker = pointer < 0 ? -1 : Math.floor((pointer - window.begin) / window.scale);
  return (
    <div class="memory-map">
      <div class="controls">
        <Choice
          label="Colour"
          value={state.mapColour}
          options={colours.map((value) => ({ value, text: COLOUR_NAMES[value] }))}
          choose={(mapColour) => {
            setOnly(-1);
            update({ mapColour });
          }}
        />
        <div class="choice" role="group" aria-label="Zoom">
          <button
            type="button"
            aria-label="Zoom in"
            disabled={window.scale === 1}
            onClick={() =>
              go(zoomed(window, bytes, 0.25, pointer >= 0 ? pointer : (window.begin + visibleEnd) / 2))
            }
          >
            +
          </button>
          <button
            type="button"
            aria-label="Zoom out"
            disabled={scale >= widest}
            onClick={() =>
              go(zoomed(window, bytes, 4, pointer >= 0 ? pointer : (window.begin + visibleEnd) / 2))
            }
          >
            −
          </button>
          <button
            type="button"
            disabled={scale >= widest}
            onClick={() => update({ mapBegin: 0, mapScale: 0 })}
          >
            Whole memory
          </button>
        </div>
      </div>
      <p class="map-state" data-blocks={blocks.count}>
        {memory.name} at {momentNames[map.at[at]]}: <Size bytes={bytes} />, {count(blocks.count)} live blocks.{' '}
        Shown is {address(window.begin)} to {address(visibleEnd)}, one cell is {exactSize(window.scale)}.
        {map.at[at] !== state.to &&
          ` The picture was taken at ${momentNames[map.at[at]]}, the last one before the selected moment.`}
      </p>
      <ul class="legend">
        {groups.list.map((group, place) => (
          <li key={place}>
            <button
              type="button"
              aria-pressed={only === place}
              onClick={() => setOnly(only === place ? -1 : place)}
            >
              <span class="swatch" style={{ background: swatch(group) }} />
              <span class="legend-name" title={group.name}>
                {group.name}
              </span>{' '}
              <Size bytes={group.bytes} />
            </button>
          </li>
        ))}
        {ranges
          .filter(({ name }, place) => ranges.findIndex((other) => other.name === name) === place)
          .map(({ name, colour }) => (
            <li key={`range-${name}`}>
              <span class="swatch" style={{ background: css(colour) }} />
              {name}
            </li>
          ))}
        <li>
          <span class="swatch" style={{ background: css(PALETTES[theme].free) }} />
          {state.mapColour === 'class'
            ? 'between blocks: holes and allocator overhead'
            : "in no block (free, or the allocator's own)"}
        </li>
        {grows.length > 0 && (
          <li>
            <button type="button" aria-pressed={marked} onClick={() => setMarked(!marked)}>
              <span class="swatch grow-swatch" />
              memory grew here ({count(grows.length)})
            </button>
          </li>
        )}
      </ul>
      <div
        ref={holder}
        class="map-picture"
        role="application"
        tabIndex={0}
        aria-label="Memory map. Arrow keys move, n and p go to the next and the previous block, plus and minus zoom, Enter opens the stack."
        onKeyDown={onKey}
      >
        <canvas
          ref={canvas}
          data-scale={window.scale}
          onMouseMove={(event) => {
            if (drag !== null && (event.buttons & 1) === 1) {
              const rowsMoved = Math.round((drag.y - event.clientY) / CELL);
              if (rowsMoved !== 0) {
                go(moved({ ...window, begin: drag.begin }, bytes, rowsMoved * columns * window.scale));
                setDrag({ ...drag, moved: true });
              }
              return;
            }
            setPointed(cellAt(event));
          }}
          onMouseLeave={() => setPointed(-1)}
          onMouseDown={(event) => setDrag({ y: event.clientY, begin: window.begin, moved: false })}
          onMouseUp={() => setDrag(null)}
          onClick={(event) => {
            if (drag?.moved !== true) openAt(cellAt(event));
          }}
          onDblClick={(event) => go(zoomed(window, bytes, 0.25, cellAt(event)))}
          onWheel={(event) => {
            // Without the key the wheel scrolls the page, as everywhere.
            if (!event.ctrlKey && !event.metaKey) return;
            event.preventDefault();
            go(zoomed(window, bytes, event.deltaY < 0 ? 0.5 : 2, cellAt(event)));
          }}
        />
        {marker >= 0 && marker < columns * rows && (
          <div
            class="map-focus"
            style={{
              left: `${(marker % columns) * CELL}px`,
              top: `${Math.floor(marker / columns) * CELL}px`,
            }}
          />
        )}
      </div>
      {scale < widest && (
        <label class="position">
          <span>Position</span>
          <input
            type="range"
            min={0}
            max={Math.max(0, bytes - columns * rows * window.scale)}
            step={columns * window.scale}
            value={window.begin}
            onInput={(event) => go(moved({ ...window, begin: Number(event.currentTarget.value) }, bytes, 0))}
          />
        </label>
      )}
      <BlockInfo blocks={blocks} pointer={pointer} scale={window.scale} ranges={ranges} grows={grows} />
      <p class="hint">
        {holes !== null && (
          <>
            <Term name="holes" /> have {size(holes)}, {percent(holes / Math.max(1, bytes))} of the
            memory.{' '}
          </>
        )}
        Ctrl and the wheel zoom, dragging moves, a click opens the stack.
      </p>
    </div>
  );
}
