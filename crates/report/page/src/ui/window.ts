/** Rows of one height that are seen, with some more on either side: [begin, end). */
export function windowOf(
  scrolled: number,
  height: number,
  row: number,
  rows: number,
): { begin: number; end: number } {
  const more = 8;
  const begin = Math.max(0, Math.floor(scrolled / row) - more);
  const end = Math.min(rows, Math.ceil((scrolled + height) / row) + more);
  return { begin: Math.min(begin, end), end };
}

/** Scrolls as little as it takes to see a row below the head, which is as high as a row. */
export function bringIntoView(scroller: HTMLElement | null, index: number, row: number): void {
  if (scroller === null) return;
  if (index * row < scroller.scrollTop) scroller.scrollTop = index * row;
  else if ((index + 2) * row > scroller.scrollTop + scroller.clientHeight) {
    scroller.scrollTop = (index + 2) * row - scroller.clientHeight;
  }
}
