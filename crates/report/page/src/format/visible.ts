/** Texts of the data come from logs, modules and stacks: anything may be in them. */

/** Longest text that is shown, in UTF-16 units. */
export const LONGEST = 4096;

// Controls, and what changes the direction or is not seen: a name must look like what it is.
const UNSEEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u115f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]/g;

/** The text with controls written as `\u{202e}`, and cut if it is very long. */
export function visible(text: string): string {
  const short = text.length > LONGEST ? `${text.slice(0, LONGEST)}… (${text.length - LONGEST} more)` : text;
  return short.replace(UNSEEN, (unit) =>
    unit === '\n' || unit === '\t' ? ' ' : `\\u{${unit.charCodeAt(0).toString(16)}}`,
  );
}

/** All texts in a value made visible, in place. Columns of numbers are not walked. */
export function makeVisible(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) {
    if (typeof value[0] === 'number') return value;
    for (let index = 0; index < value.length; index += 1) value[index] = makeVisible(value[index]);
  } else if (typeof value === 'object' && value !== null) {
    const members = value as Record<string, unknown>;
    for (const name of Object.keys(members)) members[name] = makeVisible(members[name]);
  }
  return value;
}
