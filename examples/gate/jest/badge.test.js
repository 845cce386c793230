const { badge } = require('../src/badge.cjs');

test('a badge is a PNG', async () => {
  const png = await badge(0.5);
  expect(Buffer.from(png.subarray(1, 4)).toString()).toBe('PNG');
});

test('badges leave nothing behind', async () => {
  await expect(() => badge(0.7)).not.toLeakWasm();
});
