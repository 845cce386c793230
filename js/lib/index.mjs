/** What `import ... from 'unfreed'` gives: the same objects as `require`, so that `instanceof` holds. */

import unfreed from './index.cjs';

export const { leakCheck, LeakError, NotMeasuredError } = unfreed;
