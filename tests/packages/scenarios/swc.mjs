// TypeScript made into JavaScript, and a source with an error.
import swc from '@swc/wasm';
import { say, rounds } from './say.mjs';

const source = (round) => `
interface Point { x: number; y?: number }
export class Shape${round}<T extends Point> { constructor(private points: T[] = []) {}
  async area(): Promise<number> { return this.points.reduce((sum, { x, y = ${round} }) => sum + x * (y ?? 1), 0) }
  get first() { return this.points?.[0]?.x ?? null } }
enum Colour { Red, Green = 'g' }
export const lazy = () => import('./other'); export default Colour;`;
await rounds(4, (round) => {
  const options = { filename: 'shape.ts', jsc: { parser: { syntax: 'typescript' }, target: 'es5' }, sourceMaps: true };
  const output = swc.transformSync(source(round), options);
  say('code', output.code);
  say('map', output.map);
  say('minified', swc.minifySync(output.code, { compress: true, mangle: true, module: true }).code);
  try {
    swc.parseSync('let = ;', { syntax: 'ecmascript' });
  } catch (error) {
    say('error', String(error.message ?? error).slice(0, 40));
  }
});
