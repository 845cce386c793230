// Keys, addresses and a transaction, most of whose objects are never freed.
import C from '@emurgo/cardano-serialization-lib-nodejs';
import { say, rounds } from './say.mjs';

const coins = (number) => C.BigNum.from_str(String(number));
await rounds(4, (round) => {
  const root = C.Bip32PrivateKey.from_bip39_entropy(Buffer.alloc(32, round + 1), Buffer.from(''));
  const key = root.derive(0x8000073c).derive(0x80000717).derive(0x80000000).derive(0).derive(0);
  const hash = key.to_public().to_raw_key().hash();
  const address = C.EnterpriseAddress.new(0, C.Credential.from_keyhash(hash)).to_address();
  say('address', address.to_bech32());
  const inputs = C.TransactionInputs.new();
  const outputs = C.TransactionOutputs.new();
  for (let i = 0; i < 50; i++) {
    inputs.add(C.TransactionInput.new(C.TransactionHash.from_bytes(Buffer.alloc(32, i)), i));
    outputs.add(C.TransactionOutput.new(address, C.Value.new(coins(1_000_000 + i))));
  }
  const body = C.TransactionBody.new_tx_body(inputs, outputs, coins(170_000));
  const fixed = C.FixedTransaction.new_from_body_bytes(body.to_bytes());
  fixed.sign_and_add_vkey_signature(key.to_raw_key());
  say('transaction', fixed.to_bytes());
  say('json', C.Transaction.from_bytes(fixed.to_bytes()).to_json());
  try {
    C.Address.from_bech32('addr1nothing');
  } catch (error) {
    say('error', String(error));
  }
  body.free();
  fixed.free();
});
