// Runs a TypeScript file as a command: node run.mjs FILE [ARGUMENT…]
import { runnerImport } from 'vite';

const { module } = await runnerImport(new URL(process.argv[2], import.meta.url).pathname, {
  configFile: false,
});
await module.main(process.argv.slice(3));
