'use strict';

/**
 * One number per memory and process.
 *
 * A memory of one thread is known by its object. A shared memory that another
 * thread has sent is a new object with a new buffer, and nothing that JS can
 * see says which memory it is, except one thing: a thread that waits at an
 * address is woken through any object of the same memory. So each thread that
 * knows a shared memory waits there (asynchronously), at a word chosen by the
 * memory's number, and a thread that meets an unknown one tries to wake each
 * word in turn. Nothing is written to the memory.
 *
 * The words lie in the first KiB, where compilers put no data because of null
 * pointers. When this can be wrong: a program that itself waits at such a word
 * is woken once for nothing and its memory may be taken for another; the 255th
 * and later shared memories of a process, memories of 0 pages, and ones whose
 * knowing threads have all ended or were never idle since many others asked,
 * get a new number in each thread.
 */

const { SHARED } = require('./pool.cjs');

/** Words used, one per number. */
const WORDS = 254;
/** Waits that a thread keeps up. Each question from elsewhere ends one until the thread is idle. */
const WAITS = 16;

const { waitAsync, notify, load } = Atomics;

/**
 * @param {SharedArrayBuffer} buffer
 * @param {number} number of the memory
 */
function keepWaiting(buffer, number) {
  const word = new Int32Array(buffer, number * 4, 1);
  /** @param {number} attempts in case the program changes the word meanwhile */
  function wait(attempts) {
    const wait_ = waitAsync(word, 0, load(word, 0));
    if (wait_.async) wait_.value.then(() => wait(3));
    else if (attempts > 0) wait(attempts - 1);
  }
  for (let count = 0; count < WAITS; count += 1) wait(3);
}

/**
 * @param {SharedArrayBuffer} buffer
 * @param {number} known numbers given so far
 * @returns {number} 0: none of them
 */
function recognize(buffer, known) {
  for (let number = 1; number <= Math.min(known, WORDS); number += 1) {
    if (notify(new Int32Array(buffer, number * 4, 1), 0, 1) > 0) return number;
  }
  return 0;
}

/**
 * @param {Int32Array} shared cells by `SHARED`
 * @returns {number} a number that no memory of the process has
 */
function newNumber(shared) {
  return Atomics.add(shared, SHARED.MEMORIES, 1) + 1;
}

/**
 * The number of a shared memory whose object this thread has not met.
 * @param {SharedArrayBuffer} buffer of the memory
 * @param {Int32Array} shared cells by `SHARED`
 * @returns {number}
 */
function numberOfShared(buffer, shared) {
  if (typeof waitAsync !== 'function' || buffer.byteLength === 0) return newNumber(shared);
  // One thread at a time, so that two that meet a memory at once agree.
  // A thread that was ended meanwhile is not waited for for ever.
  for (let turn = 0; turn < 20 && Atomics.compareExchange(shared, SHARED.NUMBERING, 0, 1) !== 0; turn += 1) {
    Atomics.wait(shared, SHARED.NUMBERING, 1, 5);
  }
  try {
    const number = recognize(buffer, Atomics.load(shared, SHARED.MEMORIES)) || newNumber(shared);
    if (number <= WORDS) keepWaiting(buffer, number);
    return number;
  } finally {
    Atomics.store(shared, SHARED.NUMBERING, 0);
    Atomics.notify(shared, SHARED.NUMBERING);
  }
}

module.exports = { newNumber, numberOfShared };
