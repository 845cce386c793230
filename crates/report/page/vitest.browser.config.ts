import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/browser/*.test.ts'],
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // One browser at a time: two cores are enough.
    fileParallelism: false,
  },
});
