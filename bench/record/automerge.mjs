// Five documents, each changed 300 times, saved, loaded and freed.
import * as Automerge from '@automerge/automerge';

const DOCUMENTS = 5;
const CHANGES = 300;

for (let number = 1; number <= DOCUMENTS; number += 1) {
  globalThis.unfreed?.mark(`document ${number}`);
  let document = Automerge.from({ title: '', items: [], counts: {} });
  for (let change = 0; change < CHANGES; change += 1) {
    document = Automerge.change(document, (draft) => {
      draft.title = `change ${change}`;
      draft.items.push({ id: change, name: `item ${change}`, done: false });
      draft.counts[`k${change % 17}`] = change;
      if (change % 3 === 0) draft.items[change >> 1].done = true;
    });
  }
  const bytes = Automerge.save(document);
  const copy = Automerge.load(bytes);
  console.log(number, bytes.length, copy.items.length);
  Automerge.free(document);
  Automerge.free(copy);
}
