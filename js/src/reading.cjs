'use strict';

/**
 * What a program can ask of its own recording while it runs: the package's `leakCheck` does. Here is
 * what needs the hook and functions that the program has not replaced; what is measured and judged is
 * said by `unfreed check`.
 */

const { flush } = require('./flush.cjs');
const { settleGarbage } = require('./garbage.cjs');

// The program may replace it by a fake, on which the child processes of Node wait.
const { nextTick } = process;

/** Bytes that a reading may print. */
const MOST_BYTES = 256 * 1024 * 1024;

/**
 * How `unfreed` has ended.
 * @typedef {object} Said
 * @property {number | null} code null or negative: it has not ended by itself, or was not started
 * @property {string} stdout
 * @property {string} stderr if it is empty, what went wrong
 */

/** The recording as its own program reads it, in one thread. */
class Reading {
  #thread;
  #isBusy = false;
  #count = 0;

  /** @param {import('./start.cjs').Thread} thread */
  constructor(thread) {
    this.#thread = thread;
  }

  /** The file, whose and what is being recorded there. */
  get place() {
    const { config, id } = this.#thread;
    return { file: config.file, process: process.pid, thread: id };
  }

  /**
   * Takes what only one can have at a time in a thread: allocations of two would mix. What is allocated
   * from here on has stacks from here on.
   * @returns {string | null} a name that no other reading of the recording has; null: it is taken
   */
  begin() {
    if (this.#isBusy) return null;
    this.#isBusy = true;
    this.#count += 1;
    this.#thread.contexts?.forget();
    return `${process.pid}.${this.#thread.id}.${this.#count}`;
  }

  /** Gives back what `begin` has taken. */
  end() {
    this.#isBusy = false;
  }

  /** Collects garbage, and waits until registries have freed what goes with it. */
  settle() {
    return settleGarbage();
  }

  /**
   * Writes all that the threads of the process have recorded so far.
   * @returns {Promise<boolean>} false: the file does not have it all
   */
  flush() {
    return flush(this.#thread);
  }

  /**
   * Runs `unfreed`.
   * @param {string[]} args
   * @returns {Promise<Said>}
   */
  run(args) {
    const { binary } = this.#thread.config;
    const env = { ...process.env };
    // It is not to be recorded itself.
    delete env.NODE_OPTIONS;
    delete env.UNFREED_RECORDING;
    const options = { env, windowsHide: true, maxBuffer: MOST_BYTES };
    const children = require('node:child_process');
    if (process.nextTick !== nextTick) return runSync(children, binary, args, options);
    return new Promise((resolve) => {
      const child = children.execFile(binary, args, options, (error, stdout, stderr) => {
        resolve({ code: child.exitCode, stdout, stderr: stderr || String(error?.message ?? '') });
      });
    });
  }
}

/** As `run`, without a turn of the event loop. */
async function runSync(children, binary, args, options) {
  const { status, stdout, stderr, error } = children.spawnSync(binary, args, { ...options, encoding: 'utf8' });
  return { code: status, stdout: stdout ?? '', stderr: stderr || String(error?.message ?? '') };
}

module.exports = { Reading };
