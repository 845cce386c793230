// CSV: the reader of DuckDB, and that of Python's library.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { exported, inputs, ledger, printed, without } from './common.mjs';

const python = process.env.CONSUMERS_PYTHON ?? '';
const figures = ['leaked_bytes', 'leaked', 'allocated_bytes', 'allocations', 'peak_bytes', 'peak'];

const program = `
import csv, duckdb, json, sys
figures = ${JSON.stringify(figures)}
with open(sys.argv[1], newline='') as file:
  rows = list(csv.DictReader(file))
plain = [sum(int(row[figure]) for row in rows) for figure in figures]
sums = ', '.join(f'sum({figure})::ubigint' for figure in figures)
duck = duckdb.sql(f"select {sums} from read_csv('{sys.argv[1]}', all_varchar = false)").fetchall()[0]
print(json.dumps([plain, duck]))
`;

test('rows are read by DuckDB and by Python', { skip: without(python, 'a Python with DuckDB') }, (t) => {
  for (const input of inputs) {
    const { leakedBytes, leaked, allocatedBytes, allocations, peakBytes, peak } = ledger(input);
    const expected = [leakedBytes, leaked, allocatedBytes, allocations, peakBytes, peak];
    const [plain, duck] = JSON.parse(printed(python, ['-c', program, exported(input, 'csv', 'csv')]));
    assert.deepEqual(plain, expected);
    assert.deepEqual(duck, expected);
    t.diagnostic(`${input}: ${plain[0]} bytes in ${plain[1]} blocks leaked`);
  }
});
