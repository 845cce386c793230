// Preloaded into a scenario, with or without unfreed: when the process ends,
// writes which blocks the allocators of its modules say are in use, to the file
// that UNFREED_TEST_HEAP names. It knows nothing of unfreed: it takes the
// memories of all instances and walks the allocators' own headers in them.
'use strict';
const { writeFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');
const { blocksInUse } = require('./walk.cjs');

const memories = new Set();

function keep(module_, imports, exports) {
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module_)) {
    if (kind === 'memory') memories.add(imports[from][name]);
  }
  for (const value of Object.values(exports)) {
    if (value instanceof WebAssembly.Memory) memories.add(value);
  }
}

const { Instance, instantiate } = WebAssembly;
WebAssembly.Instance = new Proxy(Instance, {
  construct(target, parameters, newTarget) {
    const instance = Reflect.construct(target, parameters, newTarget);
    keep(parameters[0], parameters[1], instance.exports);
    return instance;
  },
});
WebAssembly.instantiate = async function (source, imports, ...rest) {
  const result = await instantiate.call(WebAssembly, source, imports, ...rest);
  keep(result.module ?? source, imports, (result.instance ?? result).exports);
  return result;
};

if (isMainThread && process.env.UNFREED_TEST_HEAP) {
  process.on('exit', () => {
    const heaps = [...memories].map((memory) => ({
      memory: memory.buffer.byteLength,
      ...blocksInUse(memory.buffer),
    }));
    writeFileSync(process.env.UNFREED_TEST_HEAP, JSON.stringify(heaps));
  });
}
