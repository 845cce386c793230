import { framesOf, sitePlace, typeName, type Report } from '../../data/report';
import type { Grow } from '../../data/types';
import { address, count, size } from '../../format/units';
import { Size } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { blocksIn, lastEnd, type Blocks } from './blocks';
import type { Range } from './ranges';

/** Frames of a stack that are named under the pointer. */
const FRAMES = 5;

/** The innermost frames that are not folded, from the allocating function to its callers. */
function shortStack(report: Report, stack: number): string {
  const frames = framesOf(report, stack).filter((frame) => report.frameFolded[frame] === 0);
  const names = frames.slice(0, FRAMES).map((frame) => report.frameLabel[frame]);
  return `${names.join(' ← ')}${frames.length > FRAMES ? ' ← …' : ''}`;
}

/** What is under the pointer. */
export function BlockInfo(props: {
  blocks: Blocks;
  pointer: number;
  scale: number;
  ranges: Range[];
  grows: Grow[];
}) {
  const { blocks, pointer, scale, ranges, grows } = props;
  const { report, momentNames } = usePage();
  if (pointer < 0) {
    return (
      <p class="block-info" aria-live="polite">
        Point at the picture, or move in it by arrow keys, to see what is there.
      </p>
    );
  }
  const cell = pointer - (pointer % scale);
  const { largest, count: within } = blocksIn(blocks, cell, cell + scale);
  const grow = grows.find(({ old_pages }) => old_pages * 65536 >= cell && old_pages * 65536 < cell + scale);
  const grew = grow === undefined ? '' : ` Memory grew here by ${size(grow.delta_pages * 65536)}.`;
  if (largest < 0) {
    const range = ranges.find(({ begin, end }) => begin < cell + scale && end > cell);
    const what =
      range !== undefined
        ? range.name
        : cell >= lastEnd(blocks)
          ? 'above all live blocks'
          : 'in no live block';
    return (
      <p class="block-info" aria-live="polite">
        <b>{address(cell)}</b> {what}.{grew}
      </p>
    );
  }
  const site = blocks.site[largest];
  const born = blocks.born[largest];
  const why = site >= 0 ? report.data.sites.why[site] : -1;
  return (
    <p class="block-info" aria-live="polite">
      <b>{address(blocks.begin[largest])}</b> <Size bytes={blocks.length[largest]} />
      {site >= 0 && (
        <>
          {' '}
          of <b>{typeName(report, report.data.sites.type[site])}</b>, allocated at {sitePlace(report, site)}
        </>
      )}
      {born > 0 && ` between ${momentNames[born - 1]} and ${momentNames[born]}`}.
      {why >= 0 && ` ${report.data.strings[why]}.`}
      {within > 1 && ` The largest of ${count(within)} blocks in this cell.`}
      {grew}
      {site >= 0 && <small class="block-stack">{shortStack(report, report.siteStack[site])}</small>}
    </p>
  );
}
