// Tables written and read as Parquet.
import parquet from 'parquet-wasm/node';
import { say, rounds } from './say.mjs';

// A table of 20 rows as an Arrow IPC stream: id (int32), name (utf8).
const arrow = Buffer.from([
  '/////8AAAAAQAAAAAAAKABAADgAHAAgACgAAAAAAAAEQAAAAAAAEAAgACAAAAAQACAAAAAQAAAACAAAAWAAAABQAAAAQABgABAALABMAFAAAAAwAEAAAABQAAAAAAAABGAAAAAAAAAUYAAAABAAAAG',
  '5hbWUAAAAAAAAAAAQABAAEAAAAEAAUAAQAAAAPABAAAAAIABAAAAAQAAAAFAAAAAAAAAIYAAAAAgAAAGlkAAAAAAAACAAMAAgABwAIAAAAAAAAASAAAAD/////yAAAABQAAAAAAAAADAAWABQADwAQ',
  'AAQADAAAAPgAAAAAAAAAAAAAAxAAAAAEAAoAGAAMAAgABAAKAAAAFAAAAGgAAAAUAAAAAAAAAAAAAAAFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAUAAAAAAAAABQAAAAAAAAAAAAAAAAAAAAUA',
  'AAAAAAAABYAAAAAAAAAKgAAAAAAAAAUAAAAAAAAAAAAAAAAgAAABQAAAAAAAAAAAAAAAAAAAAUAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAACAAAAAwAAAAQAAAAFAAAABgAAAAcAAAAIAAAACQAAAAoA',
  'AAALAAAADAAAAA0AAAAOAAAADwAAABAAAAARAAAAEgAAABMAAAAAAAAAAwAAAAgAAAAMAAAADwAAABQAAAAYAAAAGwAAACAAAAAkAAAAJwAAACwAAAAwAAAAMwAAADgAAAA8AAAAPwAAAEQAAABIAA',
  'AASwAAAFAAAAAAAAAAcmVkZ3JlZW5ibHVlcmVkZ3JlZW5ibHVlcmVkZ3JlZW5ibHVlcmVkZ3JlZW5ibHVlcmVkZ3JlZW5ibHVlcmVkZ3JlZW5ibHVlcmVkZ3JlZW7/////AAAAAA==',
].join(''), 'base64');
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
