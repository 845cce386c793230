// Documents that are changed in two places and merged.
import * as Automerge from '@automerge/automerge';
import { say, rounds } from './say.mjs';

await rounds(4, (round) => {
  let one = Automerge.init({ actor: 'aa'.repeat(16) });
  one = Automerge.change(one, { time: 0 }, (doc) => Object.assign(doc, { title: 'list', items: [], text: '' }));
  let two = Automerge.clone(one, { actor: 'bb'.repeat(16) });
  for (let i = 0; i < 20; i++) {
    one = Automerge.change(one, { time: 0 }, (doc) => {
      doc.items.push({ id: i, done: i % 2 === 0 });
      Automerge.splice(doc, ['text'], 0, 0, `line ${i} of round ${round}\n`);
    });
    two = Automerge.change(two, { time: 0 }, (doc) => doc.items.push({ id: 100 + i }));
  }
  const merged = Automerge.merge(one, two);
  say('merged', merged);
  const saved = Automerge.save(merged);
  say('saved', saved);
  say('loaded', Automerge.load(saved));
  try {
    Automerge.load(saved.slice(0, 100));
  } catch (error) {
    say('error', error.message);
  }
  for (const doc of [one, two]) Automerge.free(doc);
});
