/** As much of a text as fits into a width, with one character's width known (fixed pitch). */
export function fit(text: string, width: number, pitch: number): string {
  const fits = Math.floor(width / pitch);
  if (text.length <= fits) return text;
  return fits < 3 ? '' : `${text.slice(0, fits - 1)}…`;
}
