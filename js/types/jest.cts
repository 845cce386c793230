// The matcher in jest, with the types of DefinitelyTyped, which declare `expect`.
import 'unfreed/jest';

test('nothing is left', async () => {
  await expect(() => 1).not.toLeakWasm();
  await expect(async () => 1).not.toLeakWasm({ iterations: 11, budget: { bytes: 16 } });
  // @ts-expect-error there is no such option
  await expect(() => 1).not.toLeakWasm({ bytes: 16 });
});
