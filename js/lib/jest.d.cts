import type { LeakCheckOptions } from './index.cjs';

/** What `expect` gets. */
interface LeakMatchers<R> {
  /**
   * Runs the function and checks what it leaves in WebAssembly memories; see `leakCheck`, whose options it takes.
   * Rejects whatever is expected if that cannot be told.
   */
  toLeakWasm(options?: LeakCheckOptions): Promise<R>;
}

declare global {
  namespace jest {
    // With the types of `@types/jest`
    interface Matchers<R, T = {}> extends LeakMatchers<R> {}
  }
}

declare module 'expect' {
  // With those of `@jest/globals`
  interface Matchers<R extends void | Promise<void>, T = unknown> {
    toLeakWasm(options?: LeakCheckOptions): Promise<void>;
  }
}
