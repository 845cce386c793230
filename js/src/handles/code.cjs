'use strict';

/**
 * Tells code from text in a source: strings, templates, comments and regular
 * expressions are text. Only as good as that needs: where a `/` could begin
 * either, it is taken for a division.
 */

/** After these words a `/` begins a regular expression. */
const BEFORE_EXPRESSION = /(?:^|[^\w$.])(?:return|typeof|case|in|of|delete|void|instanceof|new|throw|do|else|yield|await)$/;

/**
 * A position in the code that was asked about.
 * @typedef {object} Place
 * @property {number} at
 * @property {number} open where the innermost block around it begins
 * @property {number} close where that ends
 */

/** What of a source is code. */
class Code {
  /**
   * @param {string} source
   * @param {number[]} wanted ascending positions whose blocks are asked for
   */
  constructor(source, wanted) {
    this.source = source;
    /** Begin and end of texts, in turns. */
    this.texts = [];
    /** @type {Place[]} the wanted positions that are code inside a block that ends */
    this.places = [];
    this.#read(wanted);
  }

  /** @param {number} at */
  isCode(at) {
    const { texts } = this;
    let low = 0;
    let high = texts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (texts[middle] <= at) low = middle + 1;
      else high = middle;
    }
    return low % 2 === 0;
  }

  /** @param {number[]} wanted */
  #read(wanted) {
    const { source, texts } = this;
    const interesting = /["'`/{}]/g;
    /** @type {{at: number, inTemplate: boolean, places: Place[]}[]} */
    const open = [];
    let next = 0;
    let at = 0;

    /** Gives the wanted positions before `end` to the innermost block. */
    const give = (end, isText) => {
      for (; next < wanted.length && wanted[next] < end; next += 1) {
        if (!isText && open.length > 0) open.at(-1).places.push({ at: wanted[next], open: open.at(-1).at, close: -1 });
      }
    };
    const text = (from, to) => {
      texts.push(from, to);
      give(to, true);
      at = to;
    };

    for (;;) {
      interesting.lastIndex = at;
      const found = interesting.exec(source);
      if (found === null) return;
      const from = found.index;
      give(from, false);
      const char = found[0];
      at = from + 1;
      if (char === '{') {
        open.push({ at: from, inTemplate: false, places: [] });
      } else if (char === '}') {
        const block = open.pop();
        if (block === undefined) continue;
        for (const place of block.places) this.places.push({ ...place, close: from });
        if (block.inTemplate) this.#template(from + 1, open, text);
      } else if (char === '`') {
        this.#template(from + 1, open, text);
      } else if (char === '/') {
        const end = endOfSlash(source, from);
        if (end > from) text(from, end);
      } else {
        text(from, endOfString(source, from));
      }
    }
  }

  /** Reads a template up to its end or to an expression in it. */
  #template(from, open, text) {
    const { source } = this;
    for (let at = from; at < source.length; at += 1) {
      const char = source[at];
      if (char === '\\') {
        at += 1;
      } else if (char === '`') {
        return text(from, at + 1);
      } else if (char === '$' && source[at + 1] === '{') {
        open.push({ at: at + 1, inTemplate: true, places: [] });
        return text(from, at + 2);
      }
    }
    text(from, source.length);
  }
}

/** A string ends at the end of its line, unless that is escaped. */
function endOfString(source, from) {
  const quote = source[from];
  let end = from;
  do end = source.indexOf(quote, end + 1);
  while (end >= 0 && isEscaped(source, end));
  end = end < 0 ? source.length : end + 1;
  let line = from;
  do line = source.indexOf('\n', line + 1);
  while (line >= 0 && line < end && isEscaped(source, source[line - 1] === '\r' ? line - 1 : line));
  return line >= 0 && line < end ? line : end;
}

function isEscaped(source, at) {
  let from = at;
  while (source[from - 1] === '\\') from -= 1;
  return (at - from) % 2 === 1;
}

/** @returns {number} where a comment or regular expression ends; `from`: it is a division */
function endOfSlash(source, from) {
  const next = source[from + 1];
  if (next === '/') return endOr(source.indexOf('\n', from), source);
  if (next === '*') {
    const end = source.indexOf('*/', from + 2);
    return end < 0 ? source.length : end + 2;
  }
  return beginsExpression(source, from) ? endOfRegularExpression(source, from) : from;
}

function endOr(at, source) {
  return at < 0 ? source.length : at;
}

function beginsExpression(source, from) {
  let at = from - 1;
  while (at >= 0 && /\s/.test(source[at])) at -= 1;
  if (at < 0) return true;
  if (/[)\]}"'`]/.test(source[at])) return false;
  if (!/[\w$]/.test(source[at])) return true;
  return BEFORE_EXPRESSION.test(source.slice(Math.max(at - 11, 0), at + 1));
}

function endOfRegularExpression(source, from) {
  let inSet = false;
  for (let at = from + 1; at < source.length; at += 1) {
    const char = source[at];
    if (char === '\n') return from;
    if (char === '\\') at += 1;
    else if (char === '[') inSet = true;
    else if (char === ']') inSet = false;
    else if (char === '/' && !inSet) return at + 1;
  }
  return from;
}

module.exports = { Code };
