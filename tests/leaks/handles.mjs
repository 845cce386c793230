// Cases of values that JavaScript owns by handles.
import { createRequire } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const glue = () => createRequire(import.meta.url)('./handles.js');

// Older glue does not ask the collector to free, nor does this where there is nobody to ask.
function glueWithoutRegistry() {
  globalThis.FinalizationRegistry = undefined;
  return glue();
}

// Throws away what nothing leads to, and lets the callbacks for that run.
async function collect() {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc');
  for (let i = 0; i < 3; i++) {
    gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function forget({ Document }, length) {
  const count = (() => new Document(length).count())();
  await collect();
  return count;
}

// What the program keeps until its end.
const kept = (globalThis.kept = []);

function keep({ Document }, length) {
  kept.push(new Document(length));
  return kept.at(-1).count();
}

function keepThree(loaded, length) {
  const count = keep(loaded, length);
  if (kept.length > 3) kept.shift().free();
  return count;
}

function freed({ Document }, length) {
  const document = new Document(length);
  const count = document.count();
  document.free();
  return count;
}

function freedTwice({ Document }, length) {
  const document = new Document(length);
  document.free();
  try {
    document.free();
    return 'nothing';
  } catch (error) {
    return error.message;
  }
}

function called(listener) {
  const result = listener.function()(2);
  listener.free();
  return result;
}

export const cases = {
  'handle-held': [glue, (loaded) => keep(loaded, 100)],
  'handle-ring': [glue, (loaded) => keepThree(loaded, 100)],
  'handle-collected': [glueWithoutRegistry, (loaded) => forget(loaded, 100)],
  'handle-collected-freed': [glue, (loaded) => forget(loaded, 100)],
  'handle-freed': [glue, (loaded) => freed(loaded, 100)],
  'handle-freed-twice': [glue, (loaded) => freedTwice(loaded, 100)],
  'handle-consumed': [glue, ({ Document }) => new Document(100).into_count()],
  'closure-forgotten': [glue, ({ listen }, round) => listen(round)(2)],
  'closure-dropped': [glue, ({ Listener }) => called(new Listener())],
};
