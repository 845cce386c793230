'use strict';

/** Lines of the stacks of a thread. Nearly all come again: each is written once and called by its number after that. */

/** Lines that are remembered. After so many all are forgotten, and get new numbers where they come again. */
const LIMIT = 200_000;

/** The lines of one thread. */
class Lines {
  /** @param {number} [limit] */
  constructor(limit = LIMIT) {
    this.limit = limit;
    /** @type {Map<string, number>} */
    this.numbers = new Map();
    /** Numbers given. */
    this.used = 0;
  }

  /**
   * @param {string[]} stack
   * @returns {string} members of the JSON of a stack block: numbers, and the lines that are new
   */
  spell(stack) {
    if (this.numbers.size >= this.limit) this.forget();
    const first = this.used;
    const fresh = [];
    let text = '';
    for (const line of stack) {
      let number = this.numbers.get(line);
      if (number === undefined) {
        number = this.used;
        this.used += 1;
        this.numbers.set(line, number);
        fresh.push(line);
      }
      text += text === '' ? number : `,${number}`;
    }
    const lines = `"stack":[${text}]`;
    return fresh.length === 0 ? lines : `${lines},"first":${first},"new":${JSON.stringify(fresh)}`;
  }

  /** Has all lines written again where they come again: the file does not have them. */
  forget() {
    this.numbers.clear();
  }
}

module.exports = { Lines };
