import 'vitest';
import type { LeakCheckOptions } from './index.cjs';

/** What `expect` gets. */
interface LeakMatchers {
  /**
   * Runs the function and checks what it leaves in WebAssembly memories; see `leakCheck`, whose options it takes.
   * Rejects whatever is expected if that cannot be told.
   */
  toLeakWasm(options?: LeakCheckOptions): Promise<void>;
}

declare module 'vitest' {
  // Vitest 3.2 and later
  interface Matchers<T = any> extends LeakMatchers {}
  // before
  interface Assertion<T = any> extends LeakMatchers {}
}
