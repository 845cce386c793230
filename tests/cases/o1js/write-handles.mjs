// Compares what unfreed says of the handles of handles.mjs with glue that counts and
// with live bytes before and after free(): node write-handles.mjs FOLDER > o1js-handles.md.
// Ends with 1 if a count differs, or the retained size of a class in MUST_AGREE.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** How far the retained size may be from what free() gives back. */
const TOLERANCE = 0.01;
const MUST_AGREE = /^Wasm(Pasta)?F[pq](Srs|PolyComm|Gate|GateVector|PlonkIndex|ProverProof)$/;

const folder = process.argv[2];
const read = (name) => readFileSync(join(folder, name), 'utf8');
const json = (name) => JSON.parse(read(name));
const lines = (name) => read(name).trim().split('\n').map((line) => JSON.parse(line));

const classes = json('handles.json').classes;
const { marks } = json('handles-account.json');
const weighed = lines('recorded.txt');
const { counted } = lines('counted.txt').at(-1);

const wrong = [];
const off = [];
const check = (holds, what) => holds || wrong.push(what);
const count = (number) => number.toLocaleString('en');
const row = (...cells) => `| ${cells.join(' | ')} |`;
const liveAt = (mark) => marks.find(({ name }) => name === mark).live;

function weights() {
  return weighed.map(({ name, class: type, objects }) => {
    const freed = liveAt(`held ${name}`) - liveAt(`freed ${name}`);
    const handles = json(`why/${name}.json`).memories.flatMap((memory) => memory.handles);
    const found = handles.find((handle) => handle.class === type);
    const retained = found?.retained_bytes ?? 0;
    const share = Math.abs(retained - freed) / freed;
    check(found?.handles === objects, `${name}: ${found?.handles} handles of ${type}, ${objects} expected`);
    const agrees = share <= TOLERANCE;
    if (!agrees) off.push(`\`${type}\``);
    check(agrees || !MUST_AGREE.test(type), `${name}: ${retained} bytes retained, ${freed} freed`);
    check(retained <= freed * (1 + TOLERANCE), `${name}: ${retained} bytes retained, but only ${freed} freed`);
    const cells = [objects, found?.shallow_bytes ?? 0, retained, freed].map(count);
    return row(`\`${type}\``, ...cells, `${(100 * share).toFixed(2)} %`);
  });
}

function counts() {
  for (const name of Object.keys(counted)) {
    check(classes.some((found) => found.class === name), `${name}: not seen by unfreed`);
  }
  return classes.map((found) => {
    const { class: name, made, freed, consumed, collected, held } = found;
    const by = counted[name] ?? { made: 0, freed: 0, given_up: 0 };
    const [theirs, ours] = [
      [by.made, by.freed, by.given_up - by.freed],
      [made, freed, consumed],
    ];
    check(String(theirs) === String(ours), `${name}: ${ours} made, freed, consumed; the glue counted ${theirs}`);
    check(made === freed + consumed + collected.count + held.count, `${name}: ${made} made do not add up`);
    return row(`\`${name}\``, ...ours.map(count), ...theirs.map(count), count(collected.count + held.count));
  });
}

const [sizes, numbers] = [weights(), counts()];
const unseen = 55 - classes.length;
console.log(`# o1js 2.7.0: handles, counted and weighed

\`make case-o1js-handles\` writes this page. \`tests/cases/o1js/handles.mjs\` makes objects of the package of npm
for both fields, two proofs of a circuit of 20 empty gates for each among them. It fails where a count differs from
that of the glue, or the retained size of a reference string, commitment, gate vector, index or proof from what
\`free()\` gives back by more than 1 %. Those of other classes may be too small without failing it, for some are.

## Retained sizes

Of each object: what \`unfreed why\` says, from a snapshot, that its handle retains, and by how much live
bytes went down when it was freed. All in bytes. \`WasmFpPolyComm\` and \`WasmFqPolyComm\` are there twice: one
commitment, and a vector of 1,024.

| class | objects | of the handle's own block | retained | given back by \`free()\` | difference |
| --- | ---: | ---: | ---: | ---: | ---: |
${sizes.join('\n')}

${weighed.length - off.length} of ${weighed.length} agree within 1 %. ${
  off.length === 0
    ? ''
    : `The retained sizes of ${off.join(', ')} are
too small: something besides the handle leads to a part of them. It was not found out what. Words that are left over
in capacity and padding of other live blocks would do that.`
}

A \`PlonkIndex\` and a \`PlonkVerifierIndex\` share the reference string with the handle of the \`Srs\`, which is
held beside them; that is in neither column.

## Counts

What unfreed recorded of all classes of the run, and what a copy of the glue counted to which a line had been added
in each \`__wrap\`, constructor, \`free\` and \`__destroy_into_raw\`. The glue counts in a run of its own, without
unfreed. Consumed is what was given up but not by \`free\`. The glue cannot count what is collected.

| class | made | freed | consumed | glue: made | glue: freed | glue: consumed | collected or held |
| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
${numbers.join('\n')}

## What is not in it

- Of the 55 classes of the glue, ${unseen} are not made: a circuit without lookups and without runtime tables has none of their
  commitments, verifier indexes and selectors.
- \`WasmVector\` of the published table is no class of JavaScript: it is a \`Vec\` on its way through the glue, and has
  no handle. Its blocks are in the [other case study](o1js.md), by stack.
- The proofs are of a small circuit. Those of a real one are larger; the [other case study](o1js.md) makes ten.`);
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exitCode = 1;
}
