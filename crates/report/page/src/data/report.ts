import type { PageData } from './types';

/** Kinds of frames, by the numbers that the data have. */
export const FRAME_KINDS = [
  'wasm',
  'JavaScript',
  'Node and others',
  'recorder',
  'place in a log',
  'machine code',
];

/** The data, and what all views look up in them. */
export interface Report {
  data: PageData;
  siteCount: number;
  typeCount: number;
  /** All stacks, and one of one frame for each place of sites without a stack. Parents come before children. */
  stackParent: Int32Array;
  /** Into the frames below. */
  stackFrame: Int32Array;
  /** By site: the node of its stack; never -1. */
  siteStack: Int32Array;
  frameLabel: string[];
  /** File and line, or module; empty if unknown. */
  framePlace: string[];
  frameKind: Uint8Array;
  frameFolded: Uint8Array;
  /** The sites of each stack that has any. */
  sitesOfStack: Map<number, number[]>;
}

export function makeReport(data: PageData): Report {
  const { frames, stacks, sites } = data;
  const text = (index: number) => (index < 0 ? '' : data.strings[index]);

  const frameLabel: string[] = [];
  const framePlace: string[] = [];
  for (let frame = 0; frame < frames.kind.length; frame += 1) {
    const place = text(frames.place[frame]) || text(frames.module[frame]);
    frameLabel.push(text(frames.function[frame]) || place || '(unknown)');
    framePlace.push(place);
  }
  const frameKind = [...frames.kind];
  const frameFolded = [...frames.folded];

  // A place stands for the stack where there is none, so that every view can treat sites alike.
  const extra = new Map<number, number>();
  const extraFrames: number[] = [];
  const siteStack = Int32Array.from(sites.stack, (stack, site) => {
    if (stack >= 0) return stack;
    const place = sites.place[site];
    let node = extra.get(place);
    if (node === undefined) {
      node = stacks.parent.length + extraFrames.length;
      extra.set(place, node);
      extraFrames.push(frameLabel.length);
      frameLabel.push(text(place) || '(no stack)');
      framePlace.push('');
      frameKind.push(4);
      frameFolded.push(0);
    }
    return node;
  });

  const stackCount = stacks.parent.length + extraFrames.length;
  const stackParent = new Int32Array(stackCount).fill(-1);
  stackParent.set(stacks.parent);
  const stackFrame = new Int32Array(stackCount);
  stackFrame.set(stacks.frame);
  stackFrame.set(extraFrames, stacks.frame.length);

  const sitesOfStack = new Map<number, number[]>();
  siteStack.forEach((stack, site) => {
    const list = sitesOfStack.get(stack);
    if (list === undefined) sitesOfStack.set(stack, [site]);
    else list.push(site);
  });
  return {
    data,
    siteCount: sites.type.length,
    typeCount: data.types.name.length,
    stackParent,
    stackFrame,
    siteStack,
    frameLabel,
    framePlace,
    frameKind: Uint8Array.from(frameKind),
    frameFolded: Uint8Array.from(frameFolded),
    sitesOfStack,
  };
}

/** Frames of a stack, innermost first. */
export function framesOf(report: Report, stack: number): number[] {
  const frames = [];
  for (let node = stack; node >= 0; node = report.stackParent[node]) {
    frames.push(report.stackFrame[node]);
  }
  return frames;
}

export function typeName(report: Report, type: number): string {
  return report.data.strings[report.data.types.name[type]];
}

/** Where a site is, as tables show it. */
export function sitePlace(report: Report, site: number): string {
  const place = report.data.sites.place[site];
  if (place >= 0) return report.data.strings[place];
  return stackLabel(report, report.siteStack[site]);
}

/** A stack by its innermost frame that is not folded. */
export function stackLabel(report: Report, stack: number): string {
  const frames = framesOf(report, stack);
  const frame = frames.find((frame) => report.frameFolded[frame] === 0) ?? frames[0];
  return report.frameLabel[frame];
}

/** A verdict in words; empty without one. */
export function verdictOf(report: Report, verdict: number): string {
  return verdict < 0 ? '' : report.data.types.verdicts[verdict];
}

export function isEstimate(report: Report): boolean {
  return report.data.kind === 'sample';
}
