// The same as CommonJS.
import unfreed = require('unfreed');

const result: Promise<unfreed.LeakResult> = unfreed.leakCheck(() => {}, { budget: { bytes: 8 } });
void result.catch((error: unknown) => error instanceof unfreed.LeakError && error.message);
