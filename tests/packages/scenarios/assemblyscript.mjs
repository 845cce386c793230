// A compiler (whose passes are a module of C++) and the module it makes, whose
// collector allocates and frees.
import asc from 'assemblyscript/asc';
import { say, rounds } from './say.mjs';

const source = `
class Person { constructor(public name: string, public friends: Person[]) {} }
const kept = new Map<string, Person>();
export function meet(round: i32, people: i32): i32 {
  let last: Person[] = [];
  for (let i = 0; i < people; i++) {
    const person = new Person('person ' + (round * 1000 + i).toString(), last);
    if (i % 10 == 0) kept.set(person.name, person);
    last = i % 7 == 0 ? [] : [person];
  }
  let letters = 0;
  for (let i = 0, names = kept.keys(); i < names.length; i++) letters += names[i].length;
  return letters;
}
export function collect(): void { __collect(); }`;
const output = {};
const { error, stderr } = await asc.main(
  ['people.ts', '--outFile', 'people.wasm', '--debug', '--runtime', 'incremental'],
  { readFile: (name) => (name === 'people.ts' ? source : null), writeFile: (name, bytes) => (output[name] = bytes), listFiles: () => [] },
);
if (error) throw new Error(String(stderr), { cause: error });
say('module', output['people.wasm']);
const { instance } = await WebAssembly.instantiate(output['people.wasm'], { env: { abort: () => { throw new Error('abort'); } } });
await rounds(5, (round) => {
  console.log('letters', instance.exports.meet(round, 500));
  instance.exports.collect();
});
