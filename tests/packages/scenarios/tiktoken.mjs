// Tokens of a text; one of the encoders is not freed.
import { get_encoding } from 'tiktoken';
import { say, rounds } from './say.mjs';

const encoders = ['gpt2', 'r50k_base'].map((name) => get_encoding(name));
await rounds(4, (round) => {
  const text = `The quick brown fox number ${round} jumps over the lazy dog. `.repeat(40);
  for (const encoder of encoders) {
    const tokens = encoder.encode(text);
    say('tokens', tokens);
    say('text', encoder.decode(tokens));
  }
});
encoders[0].free();
