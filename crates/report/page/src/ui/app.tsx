import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ComponentType } from 'preact';
import { momentNames } from '../data/moment';
import { isEstimate, type Report } from '../data/report';
import type { Theme } from '../draw/palette';
import { fromHash, toHash, VIEWS, type Limits, type State, type View } from '../select/state';
import { sumChanges } from '../select/sums';
import { Answer } from '../views/answer/answer';
import { FlameView } from '../views/flame/flame';
import { MapView } from '../views/map/map';
import { PartitionView } from '../views/partition/partition';
import { TablesView } from '../views/tables/tables';
import { TimelineView } from '../views/timeline/timeline';
import { WhyView } from '../views/why/why';
import { Details } from './details';
import { PageContext, type Page } from './page';
import { SelectionBar } from './selection';
import { Glossary, Term, TermBox } from './term';

const SECTIONS: Record<View, { title: string; short: string; view: ComponentType }> = {
  answer: { title: 'What leaks', short: 'Answer', view: Answer },
  timeline: { title: 'Memory over time', short: 'Timeline', view: TimelineView },
  partition: { title: 'Where the bytes are', short: 'Where', view: PartitionView },
  map: { title: 'Memory map', short: 'Map', view: MapView },
  flame: { title: 'Who allocated', short: 'Flame graph', view: FlameView },
  tables: { title: 'Tables', short: 'Tables', view: TablesView },
  why: { title: 'Why it stays', short: 'Why', view: WhyView },
  words: { title: 'Words', short: 'Words', view: Glossary },
};

/** Lengths of texts in an address that change while they are typed should not each be a step back. */
const STEPS: (keyof State)[] = ['view', 'from', 'to', 'table', 'site', 'stack', 'zoom', 'shape'];

export function App({ report }: { report: Report }) {
  const limits: Limits = useMemo(
    () => ({
      moments: report.data.moments.length,
      sites: report.siteCount,
      stacks: report.stackParent.length,
      memories: report.data.memories.length,
      against: report.data.against !== null,
    }),
    [report],
  );
  const [state, setState] = useState(() => fromHash(location.hash, limits));
  const [printing, setPrinting] = useState(false);
  const system = useSystemTheme();
  const theme: Theme = printing ? 'light' : state.theme === 'auto' ? system : state.theme;
  const latest = useRef(state);
  latest.current = state;

  const update = useCallback(
    (change: Partial<State>) => {
      const next = { ...latest.current, ...change };
      const steps = STEPS.some(
        (name) => name in change && String(next[name]) !== String(latest.current[name]),
      );
      latest.current = next;
      setState(next);
      const address = `#${toHash(next, limits)}`;
      // Chromium refuses more than some hundred changes in a while: the page works without.
      try {
        if (steps) history.pushState(null, '', address);
        else history.replaceState(null, '', address);
      } catch {
        return;
      }
    },
    [limits],
  );
  const go = useCallback(
    (change: Partial<State>) => {
      update(change);
      if (change.view !== undefined) scrollTo(change.view);
    },
    [update],
  );

  useEffect(() => {
    const onHash = () => {
      const next = fromHash(location.hash, limits);
      const moves = next.view !== latest.current.view;
      latest.current = next;
      setState(next);
      if (moves) scrollTo(next.view);
    };
    addEventListener('popstate', onHash);
    return () => removeEventListener('popstate', onHash);
  }, [limits]);

  useEffect(() => {
    const before = () => {
      setPrinting(true);
    };
    const after = () => setPrinting(false);
    addEventListener('beforeprint', before);
    addEventListener('afterprint', after);
    return () => {
      removeEventListener('beforeprint', before);
      removeEventListener('afterprint', after);
    };
  }, []);

  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);

  // The answer is drawn at once, the rest one view after another; a link to a view needs all above it.
  const [drawn, setDrawn] = useState(() => (state.view === 'answer' ? 1 : VIEWS.length));
  useEffect(() => {
    if (drawn === 1) performance.mark('unfreed-answer-drawn');
    if (drawn >= VIEWS.length) {
      performance.mark('unfreed-all-drawn');
      document.documentElement.dataset.ready = 'true';
      return;
    }
    const timer = setTimeout(() => setDrawn(drawn + 1), 0);
    return () => clearTimeout(timer);
  }, [drawn]);
  useEffect(() => {
    if (state.view !== 'answer') requestAnimationFrame(() => scrollTo(state.view));
  }, []);

  useSettledView(update, latest);
  const sums = useMemo(
    () => sumChanges(report.data.changes, report.siteCount, state.from, state.to),
    [report, state.from, state.to],
  );
  const names = useMemo(() => momentNames(report.data.moments), [report]);
  const page: Page = { report, state, update, go, theme, momentNames: names, sums };
  const opened = state.site >= 0 || state.stack >= 0;
  return (
    <PageContext.Provider value={page}>
      <a
        class="skip"
        href="#view-answer"
        onClick={(event) => {
          event.preventDefault();
          go({ view: 'answer' });
        }}
      >
        To the answer
      </a>
      <header>
        <div class="title">
          <h1>
            unfreed <small>{report.data.title}</small>
          </h1>
          {isEstimate(report) && (
            <span class="badge">
              <Term name="estimate">all figures are estimates</Term>
            </span>
          )}
          <SelectionBar />
          <ThemeChoice theme={theme} choose={(theme) => update({ theme })} />
        </div>
        <nav aria-label="Views">
          {VIEWS.map((view) => (
            <a
              key={view}
              href={`#${toHash({ ...state, view }, limits)}`}
              aria-current={view === state.view ? 'true' : undefined}
              onClick={(event) => {
                event.preventDefault();
                go({ view });
              }}
            >
              {SECTIONS[view].short}
            </a>
          ))}
        </nav>
      </header>
      <div class={`content${opened ? ' with-details' : ''}`}>
        <main>
          {VIEWS.slice(0, drawn).map((view) => {
            const { title, view: Drawn } = SECTIONS[view];
            return (
              <section key={view} id={`view-${view}`} class="view" aria-labelledby={`title-${view}`}>
                <h2 id={`title-${view}`} tabIndex={-1}>
                  {title}
                </h2>
                <Drawn />
              </section>
            );
          })}
          <footer>
            Written by unfreed {report.data.version} from a {report.data.kind}. This file is all of it:
            nothing is loaded from elsewhere, and nothing is sent.
          </footer>
        </main>
        <Details />
      </div>
      <TermBox />
    </PageContext.Provider>
  );
}

function ThemeChoice({ theme, choose }: { theme: Theme; choose: (theme: Theme) => void }) {
  const other = theme === 'dark' ? 'light' : 'dark';
  return (
    <button type="button" class="theme" onClick={() => choose(other)}>
      {other === 'dark' ? 'Dark' : 'Light'}
    </button>
  );
}

function useSystemTheme(): Theme {
  const query = useMemo(() => matchMedia('(prefers-color-scheme: dark)'), []);
  const [dark, setDark] = useState(query.matches);
  useEffect(() => {
    const change = () => setDark(query.matches);
    query.addEventListener('change', change);
    return () => query.removeEventListener('change', change);
  }, [query]);
  return dark ? 'dark' : 'light';
}

/** So long a scroll that the page began itself is not the reader's. */
let scrollsItself = false;

function scrollTo(view: View): void {
  const section = document.getElementById(`view-${view}`);
  if (section === null) return;
  scrollsItself = true;
  section.scrollIntoView({ block: 'start' });
  document.getElementById(`title-${view}`)?.focus({ preventScroll: true });
}

/** The view that is read becomes the current one when the reader has stopped scrolling. */
function useSettledView(update: (change: Partial<State>) => void, latest: { current: State }): void {
  useEffect(() => {
    let timer = 0;
    const settle = () => {
      const itself = scrollsItself;
      scrollsItself = false;
      const view = viewAt(innerHeight * 0.4);
      if (itself || view === latest.current.view) return;
      // No step in the history: that would be one for each look at another view.
      latest.current = { ...latest.current, view };
      update({ view });
    };
    const onScroll = (event: Event) => {
      if (event.target !== document) return;
      clearTimeout(timer);
      timer = window.setTimeout(settle, 120);
    };
    addEventListener('scroll', onScroll, true);
    return () => removeEventListener('scroll', onScroll, true);
  }, []);
}

/** The last view that begins above a height in the window. */
function viewAt(height: number): View {
  let found: View = 'answer';
  for (const view of VIEWS) {
    const top = document.getElementById(`view-${view}`)?.getBoundingClientRect().top;
    if (top !== undefined && top <= height) found = view;
  }
  return found;
}
