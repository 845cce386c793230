// Bundles of modules that are in no file.
import { rollup } from '@rollup/wasm-node';
import { say, rounds } from './say.mjs';

const virtual = (round) => ({
  name: 'virtual',
  resolveId: (id) => id,
  load: (id) => {
    const number = Number(id.replace(/\D/g, ''));
    const next = number < 30 ? `import { value as next } from 'm${number + 1}';` : `const next = ${round};`;
    return `${next} export const value = next + ${number}; export const unused = [${'1, 2, { a: `x${next}` }, '.repeat(20)}]; if (value === ${number}) console.log(value);`;
  },
});
await rounds(4, async (round) => {
  const bundle = await rollup({ input: 'm1', plugins: [virtual(round)] });
  const { output } = await bundle.generate({ format: 'cjs', sourcemap: true });
  say('code', output[0].code);
  await bundle.close();
  try {
    await rollup({ input: 'm1', plugins: [{ resolveId: (id) => id, load: () => 'let = 1;;(' }] });
  } catch (error) {
    say('error', error.message);
  }
});
