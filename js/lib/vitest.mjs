/** `import 'unfreed/vitest'` adds the matcher. */

import { expect } from 'vitest';
import matchers from './matcher.cjs';

expect.extend(matchers);
