// Parquet: DuckDB.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { exported, inputs, ledger, printed, without } from './common.mjs';

const python = process.env.CONSUMERS_PYTHON ?? '';

const program = `
import duckdb, json, sys
allocations, stacks = sys.argv[1:]
row = duckdb.sql(f"""
  select count(*), sum(allocated_bytes)::ubigint, count(*) filter (state = 'leaked'),
    coalesce(sum(last_size) filter (state = 'leaked'), 0)::ubigint
  from '{allocations}'""").fetchall()[0]
by_type = duckdb.sql(f"""
  select a.type, coalesce(sum(a.last_size) filter (a.state = 'leaked'), 0)::ubigint
  from '{allocations}' a join '{stacks}' s on s.site = a.site and s.depth = 0
  group by all""").fetchall()
print(json.dumps([row, by_type]))
`;

test('DuckDB sums the rows', { skip: without(python, 'a Python with DuckDB') }, (t) => {
  for (const input of inputs) {
    const expected = ledger(input);
    const file = exported(input, 'parquet', 'parquet');
    const stacks = file.replace(/parquet$/, 'stacks.parquet');
    const [row, byType] = JSON.parse(printed(python, ['-c', program, file, stacks]));
    assert.deepEqual(row, [expected.allocations, expected.allocatedBytes, expected.leaked, expected.leakedBytes]);
    // Each allocation has a stack.
    assert.equal(byType.reduce((all, [, bytes]) => all + bytes, 0), expected.leakedBytes);
    t.diagnostic(`${input}: ${row[0]} rows, ${row[3]} bytes leaked`);
  }
});
