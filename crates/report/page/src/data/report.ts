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
  /** By row of the run that is compared with: the node of its stack. */
  againstStack: Int32Array;
  /** By frame: the first frame that is the same function, wherever in it. */
  sameFunction: Int32Array;
}

export function makeReport(data: PageData): Report {
  const { frames, stacks, sites } = data;
  const text = (index: number) => (index < 0 ? '' : data.strings[index]);

  const frameLabel: string[] = [];
  const framePlace: string[] = [];
  for (let frame = 0; frame < frames.kind.length; frame += 1) {
    const place = text(frames.place[frame]) || text(frames.module[frame]);
    frameLabel.push(named(text(frames.function[frame]), place));
    framePlace.push(place);
  }
  const frameKind = [...frames.kind];
  // What Node does before a program's own code runs is no answer to who allocated.
  const frameFolded = frames.folded.map((folded, frame) => (frames.kind[frame] === NODE ? 1 : folded));

  // A place stands for the stack where there is none, so that every view can treat sites alike.
  const extra = new Map<number, number>();
  const extraFrames: number[] = [];
  const nodeOf = (stack: number, place: number): number => {
    if (stack >= 0) return stack;
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
  };
  const siteStack = Int32Array.from(sites.stack, (stack, site) => nodeOf(stack, sites.place[site]));
  const { against } = data;
  const againstStack = Int32Array.from(against?.stack ?? [], (stack, row) =>
    nodeOf(stack, against!.place[row]),
  );

  const stackCount = stacks.parent.length + extraFrames.length;
  const stackParent = new Int32Array(stackCount).fill(-1);
  stackParent.set(stacks.parent);
  const stackFrame = new Int32Array(stackCount);
  stackFrame.set(stacks.frame);
  stackFrame.set(extraFrames, stacks.frame.length);

  showInnermost(frameFolded, stackParent, stackFrame, [...siteStack, ...againstStack]);
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
    againstStack,
    sameFunction: sameFunctions(data, frameLabel.length),
  };
}

/** What a frame is called: functions without a name by their place, too. */
function named(name: string, place: string): string {
  if (!name.endsWith('<anonymous>') || place === '') return name || place || '(unknown)';
  return `${name} ${place.slice(place.lastIndexOf('/') + 1)}`;
}

const NODE = 2;

/** A stack of nothing but folded frames is shown by its innermost one. */
function showInnermost(
  folded: number[],
  parent: Int32Array,
  frame: Int32Array,
  stacks: Iterable<number>,
): void {
  for (const stack of stacks) {
    let node = stack;
    while (node >= 0 && folded[frame[node]] === 1) node = parent[node];
    if (node < 0) folded[frame[stack]] = 0;
  }
}

/** Builds differ in where in a function a call is: frames of one function are the same in a comparison. */
function sameFunctions(data: PageData, count: number): Int32Array {
  const { frames } = data;
  const known = new Map<string, number>();
  return Int32Array.from({ length: count }, (_, frame) => {
    const name = frames.function[frame] ?? -1;
    if (name < 0) return frame;
    const key = `${name} ${frames.module[frame]} ${frames.kind[frame]}`;
    const first = known.get(key);
    if (first === undefined) known.set(key, frame);
    return first ?? frame;
  });
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
