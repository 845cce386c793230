import { classColour, css } from '../../draw/palette';
import type { Memory } from '../../data/types';
import { percent, size } from '../../format/units';
import { GLOSSARY } from '../../ui/glossary';
import { Size } from '../../ui/numbers';
import { usePage } from '../../ui/page';
import { Term } from '../../ui/term';
import { shownMoments, waterfall } from './waterfall';

/** Where every byte of each memory is at marks, and where its growth went. */
export function PartitionView() {
  const { report } = usePage();
  const memories = report.data.memories.filter((memory) => memory.partitions.some(Boolean));
  if (memories.length === 0) {
    return (
      <p>
        {report.data.kind === 'recording'
          ? 'No linear memory was recorded.'
          : 'Not known: only a recording tells where each byte of linear memory is.'}
      </p>
    );
  }
  return (
    <>
      {memories.map((memory, index) => (
        <MemoryPartition key={index} memory={memory} />
      ))}
    </>
  );
}

function MemoryPartition({ memory }: { memory: Memory }) {
  const { state, momentNames } = usePage();
  const steps = waterfall(memory, state.from, state.to);
  if (steps === null) return null;
  const moved = steps.from !== state.from || steps.to !== state.to;
  const most = Math.max(steps.before, steps.after, ...steps.steps.flatMap(({ begin, end }) => [begin, end]));
  // Growth is seen better when what was there before does not fill the picture.
  const least = Math.min(steps.before, steps.after, ...steps.steps.map(({ end }) => end)) * 0.9;
  const share = (bytes: number) => `${((100 * (bytes - least)) / Math.max(1, most - least)).toFixed(3)}%`;
  const width = (bytes: number) => `${((100 * bytes) / Math.max(1, most - least)).toFixed(3)}%`;
  return (
    <section class="memory" aria-label={memory.name}>
      <h3>
        {memory.name}{' '}
        <small>
          {memory.model === null
            ? 'its allocator is not modelled: what lies between blocks is unknown'
            : `allocator: ${memory.model}`}
        </small>
      </h3>
      <StackedBars memory={memory} />
      <h4>
        Growth from {momentNames[steps.from]} to {momentNames[steps.to]}
      </h4>
      {moved && (
        <p class="notice">
          The selected moments were not looked at this closely. These are the nearest that were.
        </p>
      )}
      <div class="scroll-x" tabIndex={0} role="region" aria-label={`Growth of ${memory.name} by class`}>
        <table class="figures waterfall">
          <thead>
            <tr>
              <th scope="col">class</th>
              <th scope="col">before</th>
              <th scope="col">after</th>
              <th scope="col">growth</th>
              <th scope="col" class="bar-column">
                <span class="sr-only">bar</span>
              </th>
            </tr>
          </thead>
          <tbody>
            <WaterfallRow
              name="size before"
              before={steps.before}
              left="0%"
              width={share(steps.before)}
              colour="var(--faint)"
            />
            {steps.steps.map((step) => (
              <WaterfallRow
                key={step.index}
                name={step.class}
                before={step.before}
                after={step.after}
                growth={step.growth}
                left={share(Math.min(step.begin, step.end))}
                width={width(Math.abs(step.growth))}
                colour={css(classColour(step.class, step.index))}
              />
            ))}
            <WaterfallRow
              name="size after"
              after={steps.after}
              growth={steps.after - steps.before}
              left="0%"
              width={share(steps.after)}
              colour="var(--faint)"
            />
          </tbody>
        </table>
      </div>
      {least > 0 && <p class="hint">Bars begin at {size(least)}.</p>}
    </section>
  );
}

function WaterfallRow(props: {
  name: string;
  before?: number;
  after?: number;
  growth?: number;
  left: string;
  width: string;
  colour: string;
}) {
  const { name, before, after, growth } = props;
  return (
    <tr data-class={name}>
      <th scope="row">{GLOSSARY.has(name) ? <Term name={name} /> : name}</th>
      <td>{before !== undefined && <Size bytes={before} />}</td>
      <td>{after !== undefined && <Size bytes={after} />}</td>
      <td>{growth !== undefined && <Size bytes={growth} signed />}</td>
      <td class="bar-column" aria-hidden="true">
        <span class="bar">
          <span
            class={growth !== undefined && growth < 0 ? 'shrunk' : ''}
            style={{ left: props.left, width: props.width, background: props.colour }}
          />
        </span>
      </td>
    </tr>
  );
}

/** Bars with a name below each. */
const BARS = 24;

function StackedBars({ memory }: { memory: Memory }) {
  const { report, state, update, momentNames } = usePage();
  const shown = shownMoments(memory, report.data.moments, BARS);
  const sums = shown.map((moment) => memory.partitions[moment]!.reduce((all, bytes) => all + bytes, 0));
  const most = Math.max(1, ...sums);
  const used = memory.classes.map((_, index) =>
    shown.some((moment) => memory.partitions[moment]![index] > 0),
  );
  const total = memory.partitions.filter(Boolean).length;
  return (
    <>
      <ul class="legend">
        {memory.classes.map(
          (name, index) =>
            used[index] && (
              <li key={index}>
                <span class="swatch" style={{ background: css(classColour(name, index)) }} />
                {name}
              </li>
            ),
        )}
      </ul>
      <div
        class="bars"
        role="group"
        aria-label={`${memory.name} at marks; a bar selects its moment as the end`}
      >
        {shown.map((moment, index) => {
          const partition = memory.partitions[moment]!;
          const said = memory.classes
            .map((name, at) => [name, partition[at]] as const)
            .filter(([, bytes]) => bytes > 0)
            .map(([name, bytes]) => `${name} ${size(bytes)} (${percent(bytes / Math.max(1, sums[index]))})`)
            .join('\n');
          return (
            <button
              key={moment}
              type="button"
              class="stacked"
              aria-pressed={moment === state.from || moment === state.to}
              title={`${momentNames[moment]}: ${size(sums[index])}\n${said}`}
              aria-label={`${momentNames[moment]}: ${size(sums[index])}`}
              onClick={() => update({ from: Math.min(state.from, moment), to: moment })}
            >
              <svg viewBox="0 0 10 100" preserveAspectRatio="none" aria-hidden="true">
                {rects(partition, most).map(({ y, height, at }) => (
                  <rect
                    key={at}
                    x="0"
                    width="10"
                    y={y}
                    height={height}
                    fill={css(classColour(memory.classes[at], at))}
                  />
                ))}
              </svg>
              <span>{momentNames[moment]}</span>
            </button>
          );
        })}
      </div>
      {total > shown.length && (
        <p class="hint">
          {shown.length} of {total} moments have a bar here; a selection may have any of them.
        </p>
      )}
    </>
  );
}

/** Rectangles of a bar that is 100 high, from the bottom up in the order of addresses. */
function rects(partition: number[], most: number): { y: number; height: number; at: number }[] {
  let top = 100;
  return partition.flatMap((bytes, at) => {
    if (bytes === 0) return [];
    const height = (100 * bytes) / most;
    top -= height;
    return [{ y: top, height, at }];
  });
}
