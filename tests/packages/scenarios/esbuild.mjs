// Sources compiled by a program of Go, which runs in a process of its own.
import esbuild from 'esbuild-wasm';
import { say, rounds } from './say.mjs';

await rounds(3, async (round) => {
  const source = `const x: number = ${round}; export default async () => [...(await import('./a')).b].map((c) => c?.d ** 2)`;
  const output = await esbuild.transform(source, { loader: 'ts', target: 'es2017', sourcemap: true, minify: true });
  say('code', output.code);
  say('map', output.map);
  await esbuild.transform('let = ;', { logLevel: 'silent' }).catch((error) => say('error', error.message));
});
await esbuild.stop();
