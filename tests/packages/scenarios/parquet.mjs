// Tables written and read as Parquet.
import parquet from 'parquet-wasm/node';
import { arrow } from './arrow.mjs';
import { say, rounds } from './say.mjs';

await rounds(6, (round) => {
  const properties = new parquet.WriterPropertiesBuilder()
    .setCompression(round % 2 ? parquet.Compression.ZSTD : parquet.Compression.SNAPPY)
    .setDictionaryEnabled(round % 3 > 0);
  const file = parquet.writeParquet(parquet.Table.fromIPCStream(arrow), properties.build());
  say('file', file);
  const table = parquet.readParquet(file);
  say('rows', [table.numBatches, table.schema.intoIPCStream().length]);
  say('arrow', table.intoIPCStream());
  try {
    parquet.readParquet(file.subarray(0, 30));
  } catch (error) {
    say('error', String(error));
  }
});
