// Values cross the boundary in all ways; what is left at the end is known:
// two tickets, and one vector of bytes.
import { strict as assert } from 'node:assert';
import { createRequire } from 'node:module';

globalThis.FinalizationRegistry = undefined;
const wasm = createRequire(import.meta.url)('./pkg/probes_o1js.js');
wasm.log_by_probes();

assert.equal(wasm.back('grüße'), 'grüße');
assert.deepEqual(wasm.back_if_any(Uint32Array.of(1, 2)), Uint32Array.of(1, 2));
assert.equal(wasm.back_if_any(undefined), undefined);
assert.deepEqual(wasm.rest(['a', 'b', 'c']), ['b', 'c']);
assert.throws(() => wasm.refused('no'), (error) => error === 'no');
wasm.keep(new Uint8Array(100));

// Moved in and out, it is the same object; the class that was given away is empty.
const first = wasm.stamped(new wasm.Ticket('first'));
const second = wasm.stamped_if_any(new wasm.Ticket('second'));
assert.equal(wasm.stamped_if_any(undefined), undefined);
const [third, fourth] = wasm.other_tickets(['dropped', 'third', 'fourth'].map((name) => new wasm.Ticket(name)));
assert.equal(first.redeem(), 'first');
assert.throws(() => wasm.stamped(first), /null pointer/);
second.free();
assert.throws(() => second.free(), /null pointer/);
// Forgotten: third and fourth.
assert.ok(third && fourth);
