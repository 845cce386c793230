// Scripts in a JavaScript engine; one handle of each round is not disposed of.
import { newQuickJSWASMModuleFromVariant } from 'quickjs-emscripten-core';
import variant from '@jitl/quickjs-wasmfile-release-sync';
import { say, rounds } from './say.mjs';

const quickjs = await newQuickJSWASMModuleFromVariant(variant);
const context = quickjs.newContext();
await rounds(4, (round) => {
  const result = context.unwrapResult(context.evalCode(`
    const people${round} = Array.from({ length: 200 }, (_, i) => ({ name: 'n' + i, tags: [i, i * ${round}] }));
    JSON.stringify(people${round}.filter((p) => /7/.test(p.name)).map((p) => p.tags))`));
  say('result', context.getString(result));
  result.dispose();
  context.newString(`kept in round ${round}`);
  const failed = context.evalCode('null.x');
  say('error', context.dump(failed.error).message);
  failed.error.dispose();
});
