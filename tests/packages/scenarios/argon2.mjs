// Passwords made into keys.
import { say, rounds } from './say.mjs';

// Its glue takes fetch() for a sign of a browser.
delete globalThis.fetch;
const { default: argon2 } = await import('argon2-browser');

await rounds(4, async (round) => {
  for (const type of [argon2.ArgonType.Argon2d, argon2.ArgonType.Argon2id]) {
    const key = await argon2.hash({ pass: `password ${round}`, salt: 'somesaltvalue', time: 2, mem: 256, hashLen: 32, type });
    say('key', key.encoded);
    await argon2.verify({ pass: `password ${round}`, encoded: key.encoded, type });
  }
  await argon2.hash({ pass: 'p', salt: 'short' }).catch((error) => say('error', error.message));
});
