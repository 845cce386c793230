import { when } from '../data/moment';
import { Select } from './choice';
import { usePage } from './page';

/** From when to when: all views below follow it. */
export function SelectionBar() {
  const { report, state, update, momentNames } = usePage();
  const { moments } = report.data;
  const options = moments.map((moment, index) => ({
    value: String(index),
    text: moment.kind === 'time' ? momentNames[index] : `${momentNames[index]} · ${when(moment)}`,
  }));
  const last = moments.length - 1;
  const choose = (from: number, to: number) => update({ from: Math.min(from, to), to: Math.max(from, to) });
  const marks = moments.flatMap((moment, index) => (moment.kind === 'mark' ? [index] : []));
  // Whole iterations: without what came before the first mark and after the last.
  const iterations = marks.length >= 2 ? [marks[0], marks[marks.length - 1]] : null;
  return (
    <div class="selection" role="group" aria-label="Selection">
      <Select
        label="From"
        options={options}
        value={String(state.from)}
        choose={(value) => choose(Number(value), state.to)}
      />
      <Select
        label="to"
        options={options}
        value={String(state.to)}
        choose={(value) => choose(state.from, Number(value))}
      />
      <button type="button" onClick={() => choose(0, last)} disabled={state.from === 0 && state.to === last}>
        Whole run
      </button>
      {iterations !== null && (
        <button type="button" class="wide-only" onClick={() => choose(iterations[0], iterations[1])}>
          First to last mark
        </button>
      )}
    </div>
  );
}
