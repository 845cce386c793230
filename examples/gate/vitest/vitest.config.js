import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    setupFiles: ['unfreed/vitest'],
    // A check runs its function nine times and then has the recording read.
    testTimeout: 60_000,
  },
});
