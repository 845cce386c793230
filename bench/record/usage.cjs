'use strict';

// Preloaded in a program that is measured: says at its end what it has used.
// The file is named by an environment variable.
process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const used = {
    wall_ms: performance.now(),
    cpu_ms: (user + system) / 1000,
    peak_bytes: process.resourceUsage().maxRSS * 1024,
  };
  require('node:fs').writeFileSync(process.env.UNFREED_BENCH_USAGE, JSON.stringify(used));
});
