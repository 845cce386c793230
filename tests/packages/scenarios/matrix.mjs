// Machines for end-to-end encryption. Their keys are random, so what is said
// does not depend on them.
import { DeviceId, DeviceLists, OlmMachine, UserId, initAsync } from '@matrix-org/matrix-sdk-crypto-wasm';
import { say, rounds } from './say.mjs';

await initAsync();
await rounds(3, async (round) => {
  const user = new UserId(`@user${round}:example.org`);
  const machine = await OlmMachine.initialize(user, new DeviceId(`DEVICE${round}`));
  say('keys', [machine.identityKeys.ed25519.toBase64().length, machine.userId.toString()]);
  const requests = await machine.outgoingRequests();
  say('requests', requests.map((request) => request.type));
  say('signed', Object.keys(JSON.parse((await machine.sign('a message')).asJSON())));
  await machine.updateTrackedUsers([new UserId('@other:example.org')]);
  const lists = new DeviceLists([new UserId('@third:example.org')], []);
  const decrypted = await machine.receiveSyncChanges('[]', lists, new Map(), undefined);
  say('decrypted', JSON.stringify(decrypted));
  try {
    new UserId('nobody');
  } catch (error) {
    say('error', error.message);
  }
  machine.close();
});
