'use strict';

/**
 * Signals that end a process at once unless it listens. In a process that
 * records, the hook listens, so that the records of the last moment are
 * written: then it sends the signal again, without a listener. A program that
 * listens itself does not notice: its listeners decide alone, and the hook's
 * are not among those that `process` shows.
 *
 * A listener is only called when the program is idle. One that never is would
 * not end, so a file `PID.SIGNAL` in the folder `config.armed` says while the
 * hook alone listens: `unfreed record` ends such a process a moment later.
 */

const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { hookFunction } = require('./process.cjs');

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

// The program may replace these.
const { writeFileSync, rmSync } = fs;
const { on, removeListener, listeners, kill } = process;

function listener() {}

/** @param {unknown} signal name or number; undefined: as `process.kill` takes it */
function nameOf(signal = 'SIGTERM') {
  return SIGNALS.find((name) => name === signal || os.constants.signals[name] === signal);
}

/** @param {string} name */
function isListening(name) {
  return Reflect.apply(listeners, process, [name]).includes(listener);
}

/** @param {string} name */
function programListens(name) {
  return Reflect.apply(listeners, process, [name]).some((each) => each !== listener);
}

/** The hook's listeners of a main thread. */
class Signals {
  /**
   * @param {string | undefined} folder of the files that say that the hook listens
   * @param {(reason: string) => void} end is called when a signal ends the process
   */
  constructor(folder, end) {
    this.folder = folder;
    this.end = end;
    this.armed = false;
    /** @type {Set<string>} signals whose file exists */
    this.told = new Set();
    /** Whether Node is asking, which must know the hook's listeners. */
    this.truthful = false;
    this.#hookEmit();
    this.#hide();
  }

  /** Begins to listen. */
  arm() {
    this.armed = true;
    for (const name of SIGNALS) {
      if (!isListening(name)) Reflect.apply(on, process, [name, listener]);
      this.#tell(name);
    }
  }

  /** Ends listening: the process ends. */
  disarm() {
    this.armed = false;
    for (const name of SIGNALS) {
      Reflect.apply(removeListener, process, [name, listener]);
      this.#tell(name);
    }
  }

  /**
   * The program sends itself a signal, and expects to end at once if it does not listen.
   * @param {unknown} signal
   */
  sent(signal) {
    const name = nameOf(signal);
    if (this.armed && name !== undefined && !programListens(name)) this.disarm();
  }

  /**
   * Makes or removes the file of a signal.
   * @param {string} name
   * @param {boolean} [soon] whether the program is about to listen
   */
  #tell(name, soon = false) {
    const alone = this.armed && !soon && !programListens(name);
    if (alone === this.told.has(name) || this.folder === undefined) return;
    const file = path.join(this.folder, `${process.pid}.${name}`);
    try {
      if (alone) writeFileSync(file, '');
      else rmSync(file, { force: true });
      if (alone) this.told.add(name);
      else this.told.delete(name);
    } catch {
      // The recording is over, and nobody looks.
    }
  }

  #asNode(call) {
    this.truthful = true;
    try {
      return call();
    } finally {
      this.truthful = false;
    }
  }

  #hookEmit() {
    hookFunction('emit', (target, self, args) => {
      const [name, value] = args;
      if (!this.armed) return Reflect.apply(target, self, args);
      if (SIGNALS.includes(name)) {
        if (programListens(name)) return Reflect.apply(target, self, args);
        // A program that emits it by itself does not give the number.
        if (typeof args[2] === 'number') this.#receive(name);
        return false;
      }
      const changes = (name === 'newListener' || name === 'removeListener') && SIGNALS.includes(value);
      if (!changes) return Reflect.apply(target, self, args);
      const result = this.#asNode(() => Reflect.apply(target, self, args));
      // A listener is announced before it is added.
      this.#tell(value, name === 'newListener' && args[2] !== listener);
      return result;
    });
  }

  #receive(name) {
    this.disarm();
    this.end(name);
    Reflect.apply(kill, process, [process.pid, name]);
  }

  /** Keeps the hook's listeners from those who ask for listeners, and from being removed. */
  #hide() {
    const filtered = (target, self, args) => {
      const found = Reflect.apply(target, self, args);
      return this.armed && SIGNALS.includes(args[0]) ? found.filter((each) => each !== listener) : found;
    };
    hookFunction('listeners', filtered);
    hookFunction('rawListeners', filtered);
    hookFunction('listenerCount', (target, self, args) => {
      const count = Reflect.apply(target, self, args);
      const counted = this.armed && !this.truthful && args[1] === undefined && SIGNALS.includes(args[0]);
      return counted && isListening(args[0]) ? count - 1 : count;
    });
    hookFunction('eventNames', (target, self, args) => {
      const names = Reflect.apply(target, self, args);
      return this.armed ? names.filter((name) => !SIGNALS.includes(name) || programListens(name)) : names;
    });
    hookFunction('removeAllListeners', (target, self, args) => {
      const result = Reflect.apply(target, self, args);
      if (this.armed) this.arm();
      return result;
    });
  }
}

module.exports = { Signals };
