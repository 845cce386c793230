import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { GLOSSARY, termId } from './glossary';

/** A word of the glossary: what it means is shown on hover and focus. */
export function Term({ name, children }: { name: string; children?: ComponentChildren }) {
  return (
    <span class="term" tabIndex={0} data-term={name} aria-describedby={termId(name)}>
      {children ?? name}
    </span>
  );
}

/** The one box that shows what the word under the pointer or with the focus means. */
export function TermBox() {
  const [shown, setShown] = useState<{ term: string; left: number; top: number } | null>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const show = (event: Event) => {
      const target = event.target instanceof Element ? event.target.closest('[data-term]') : null;
      const term = target?.getAttribute('data-term') ?? null;
      if (target === null || term === null || !GLOSSARY.has(term)) {
        setShown(null);
        return;
      }
      const { left, bottom } = target.getBoundingClientRect();
      setShown({ term, left: Math.max(8, Math.min(left, innerWidth - 316)), top: bottom + 6 });
    };
    const hide = () => setShown(null);
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && hide();
    document.addEventListener('mouseover', show);
    document.addEventListener('focusin', show);
    document.addEventListener('scroll', hide, true);
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('mouseover', show);
      document.removeEventListener('focusin', show);
      document.removeEventListener('scroll', hide, true);
      document.removeEventListener('keydown', onKey);
    };
  }, []);
  if (shown === null) return null;
  return (
    <div
      class="term-box"
      ref={box}
      style={{ left: `${shown.left}px`, top: `${shown.top}px` }}
      aria-hidden="true"
    >
      <b>{shown.term}</b>: {GLOSSARY.get(shown.term)}
    </div>
  );
}

export function Glossary() {
  return (
    <dl class="glossary">
      {[...GLOSSARY].map(([term, meaning]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd id={termId(term)}>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
