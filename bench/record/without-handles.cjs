'use strict';

// Preloaded before the hook: a recording without handles, to measure what they cost.
// UNFREED_BENCH_HOOK is the hook's file.
const path = require('node:path');

const folder = path.join(path.dirname(process.env.UNFREED_BENCH_HOOK), 'handles');
const instead = { 'glue.cjs': { hookGlue() {} }, 'registry.cjs': { hookRegistries() {} } };
for (const [name, exports] of Object.entries(instead)) {
  const id = path.join(folder, name);
  require.cache[id] = { id, filename: id, loaded: true, exports };
}
