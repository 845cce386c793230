// Documents of lists, maps and text that are edited and exchanged.
import { createRequire } from 'node:module';
import { say, rounds } from './say.mjs';

const { LoroDoc } = createRequire(import.meta.url)('loro-crdt');
await rounds(4, (round) => {
  const one = new LoroDoc();
  one.setPeerId('1');
  const two = new LoroDoc();
  two.setPeerId('2');
  const [text, list] = [one.getText('text'), one.getList('list')];
  for (let i = 0; i < 30; i++) {
    text.insert(0, `line ${i} of ${round}\n`);
    list.push({ id: i, tags: ['a', 'b'] });
    one.commit({ timestamp: 0 });
  }
  two.import(one.export({ mode: 'snapshot' }));
  two.getMap('map').set('done', true);
  two.getText('text').delete(0, 20);
  two.commit({ timestamp: 0 });
  one.import(two.export({ mode: 'update', from: one.version() }));
  say('one', one.toJSON());
  say('update', one.export({ mode: 'update' }).length.toString());
  try {
    one.import(new Uint8Array(30));
  } catch (error) {
    say('error', String(error));
  }
  two.free();
});
