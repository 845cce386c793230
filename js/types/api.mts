// What users may write, and what not, as ECMAScript modules.
import { leakCheck, LeakError, NotMeasuredError, type LeakCheckOptions, type LeakResult } from 'unfreed';

const options: LeakCheckOptions = {
  iterations: 11,
  warmup: 3,
  budget: { bytes: 0, objects: 1, handles: 0, memory: 65536, holes: 0, types: { 'Vec*': 16 }, stacks: { '^render$': 0 } },
  optional: true,
  label: 'render',
};

const result: LeakResult = await leakCheck(async () => 1, options);
if (result.outcome === 'skipped') {
  const reason: string = result.reason;
  console.log(reason);
} else {
  const growth: number | undefined = result.bytes?.growth;
  const level: number | null | undefined = result.series.liveBytes[0];
  const file: string | null | undefined = result.budgets[0]?.culprits[0]?.stack[0]?.file;
  console.log(growth, level, file);
}
try {
  await leakCheck(() => {});
} catch (error) {
  if (error instanceof LeakError) console.log(error.result.bytes?.high);
  else if (error instanceof NotMeasuredError && error.code === 'NO_RECORDING') console.log(error.result?.problems);
}

// @ts-expect-error a function is needed
await leakCheck('render');
// @ts-expect-error there is no such option
await leakCheck(() => {}, { iteration: 7 });
// @ts-expect-error there is no such budget
await leakCheck(() => {}, { budget: { byte: 0 } });
// @ts-expect-error there is no such code
if (new NotMeasuredError('', '').code === 'LEAK') console.log();
