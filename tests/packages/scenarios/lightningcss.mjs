// Style sheets made smaller, and one with an error.
import { transform } from 'lightningcss-wasm';
import { say, rounds } from './say.mjs';

await rounds(4, (round) => {
  const rules = Array.from({ length: 40 }, (_, i) => `.a${i} { color: rgb(${i}, ${round}, 3); &:hover { margin: ${i}px calc(1px + 2 * 3px) } } @media (width >= ${i}px) { .b { display: grid } }`);
  const output = transform({ filename: 'a.css', code: Buffer.from(rules.join('\n')), minify: true, sourceMap: true, targets: { chrome: 80 << 16 } });
  say('code', output.code);
  say('map', output.map);
  try {
    transform({ filename: 'b.css', code: Buffer.from('a { color: ') });
    transform({ filename: 'b.css', code: Buffer.from('a }}} {') });
  } catch (error) {
    say('error', error.message);
  }
});
