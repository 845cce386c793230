/** Colours that stay apart for colour-blind eyes: Okabe and Ito's, and viridis for an order. */

export type Theme = 'light' | 'dark';

export interface Palette {
  background: string;
  text: string;
  faint: string;
  grid: string;
  /** Free memory in the map, and what is beyond its end. */
  free: Rgb;
  beyond: Rgb;
  focus: string;
}

export type Rgb = [red: number, green: number, blue: number];

export const PALETTES: Record<Theme, Palette> = {
  light: {
    background: '#ffffff',
    text: '#1a1a1a',
    faint: '#595959',
    grid: '#dddddd',
    free: [228, 228, 222],
    beyond: [255, 255, 255],
    focus: '#000000',
  },
  dark: {
    background: '#16181c',
    text: '#ececec',
    faint: '#b0b0b0',
    grid: '#3a3d44',
    free: [52, 54, 60],
    beyond: [22, 24, 28],
    focus: '#ffffff',
  },
};

/** Okabe and Ito's colours but black. */
export const CATEGORIES: Rgb[] = [
  [213, 94, 0],
  [0, 114, 178],
  [230, 159, 0],
  [0, 158, 115],
  [204, 121, 167],
  [86, 180, 233],
  [240, 228, 66],
];

/** What has no colour of its own. */
export const OTHER: Rgb = [165, 165, 165];

/** Classes of memory, by the names that `unfreed account` gives them. */
const CLASSES = new Map<string, Rgb>(
  Object.entries({
    'static data': [105, 105, 105],
    'main shadow stack': [204, 121, 167],
    'thread shadow stacks and TLS': [213, 94, 0],
    'live payload': [0, 114, 178],
    'allocator overhead': [86, 180, 233],
    holes: [240, 228, 66],
    'free at the top': [0, 158, 115],
    'never touched': [190, 215, 205],
    recorder: [90, 60, 120],
    unknown: [230, 159, 0],
  }),
);

export function classColour(name: string, index: number): Rgb {
  return CLASSES.get(name) ?? CATEGORIES[index % CATEGORIES.length];
}

/** Frames by their kind, light enough for black text. */
export const FRAME_COLOURS: Rgb[] = [
  [244, 178, 72],
  [128, 198, 240],
  [200, 200, 200],
  [226, 170, 202],
  [96, 200, 168],
  [222, 214, 120],
];

const VIRIDIS: Rgb[] = [
  [68, 58, 131],
  [49, 104, 142],
  [33, 145, 140],
  [53, 183, 121],
  [143, 215, 68],
  [253, 231, 37],
];

/** From old (0) to new (1). */
export function sequential(share: number): Rgb {
  return between(VIRIDIS, share);
}

/** From shrunk (-1) over unchanged (0) to grown (1), light enough for black text. */
export function diverging(change: number): Rgb {
  return between(
    [
      [90, 165, 225],
      [226, 226, 226],
      [240, 140, 70],
    ],
    (change + 1) / 2,
  );
}

function between(stops: Rgb[], share: number): Rgb {
  const at = Math.min(1, Math.max(0, share)) * (stops.length - 1);
  const index = Math.min(stops.length - 2, Math.floor(at));
  return mix(stops[index], stops[index + 1], at - index);
}

/** `share` of the second, the rest of the first. */
export function mix(first: Rgb, second: Rgb, share: number): Rgb {
  return [0, 1, 2].map((part) => Math.round(first[part] + (second[part] - first[part]) * share)) as Rgb;
}

export function css([red, green, blue]: Rgb): string {
  return `rgb(${red},${green},${blue})`;
}
