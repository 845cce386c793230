// A Plutus script that gets its parameters.
import uplc from '@lucid-evolution/uplc';
import { say, rounds } from './say.mjs';

const hex = (digits) => Buffer.from(digits, 'hex');
await rounds(5, (round) => {
  for (let i = 0; i < 20; i++) {
    const parameters = Buffer.concat([hex('9f58'), Buffer.from([40]), Buffer.alloc(40, round * 20 + i), hex('ff')]);
    say('script', uplc.apply_params_to_script(parameters, hex('4e4d01000033222220051200120011')));
  }
  try {
    uplc.apply_params_to_script(hex('ff'), hex('00'));
  } catch (error) {
    say('error', String(error));
  }
});
