// Makes an object of a package, and frees it: node retained.mjs NAME. Between the
// marks `held` and `freed` live bytes go down by what the object retains.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

const objects = {
  async cardano() {
    const { BigNum, Value, MultiAsset, Assets, AssetName, ScriptHash } = require('@emurgo/cardano-serialization-lib-nodejs');
    const value = Value.new(BigNum.from_str('5'));
    const all = MultiAsset.new();
    for (let i = 0; i < 20; i++) {
      const assets = Assets.new();
      for (let j = 0; j < 20; j++) assets.insert(AssetName.new(new Uint8Array(8).fill(j)), BigNum.from_str('7'));
      all.insert(ScriptHash.from_bytes(new Uint8Array(28).fill(i)), assets);
      assets.free();
    }
    value.set_multiasset(all);
    all.free();
    return value;
  },
  async matrix() {
    const { DeviceId, OlmMachine, UserId, initAsync } = require('@matrix-org/matrix-sdk-crypto-wasm');
    await initAsync();
    return OlmMachine.initialize(new UserId('@user:example.org'), new DeviceId('DEVICE'));
  },
  async 'matrix-lists'() {
    const { DeviceLists, UserId, initAsync } = require('@matrix-org/matrix-sdk-crypto-wasm');
    await initAsync();
    const users = Array.from({ length: 50 }, (_, number) => new UserId(`@user${number}:example.org`));
    return new DeviceLists(users, []);
  },
  async 'parquet-options'() {
    const { WriterPropertiesBuilder } = require('parquet-wasm/node');
    return new WriterPropertiesBuilder().setCreatedBy('x'.repeat(2000));
  },
  async photon() {
    const { PhotonImage } = require('@silvia-odwyer/photon-node');
    return new PhotonImage(new Uint8Array(64 * 64 * 4).fill(200), 64, 64);
  },
  async resvg() {
    const { initWasm, Resvg } = require('@resvg/resvg-wasm');
    await initWasm(readFileSync(require.resolve('@resvg/resvg-wasm/index_bg.wasm')));
    return new Resvg('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>');
  },
  async tiktoken() {
    return require('tiktoken').get_encoding('r50k_base');
  },
};

const [name] = process.argv.slice(2);
if (!Object.hasOwn(objects, name)) throw new Error(`no object is called ${name}; there are: ${Object.keys(objects).join(' ')}`);
const held = await objects[name]();
globalThis.unfreed?.mark('held');
console.log(held.constructor.name);
held.free();
globalThis.unfreed?.mark('freed');
