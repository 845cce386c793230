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
