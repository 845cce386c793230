'use strict';

/** Begins recording in a thread: opens the file or takes it over, and puts all hooks in place. */

const fs = require('node:fs');
const workerThreads = require('node:worker_threads');
const { BLOCK } = require('./format.cjs');
const { Pool, SHARED } = require('./pool.cjs');
const { Output } = require('./output.cjs');
const { createRecorder } = require('./recorder.cjs');
const { Contexts } = require('./contexts.cjs');
const { Memories } = require('./memories.cjs');
const { Rewriter } = require('./rewrite.cjs');
const { Marks, markAsAsked } = require('./marks.cjs');
const { install } = require('./webassembly.cjs');
const { hookRealms } = require('./realms.cjs');
const { hookWorkers } = require('./workers.cjs');
const { hookProcessEnd } = require('./exit.cjs');
const { Handles } = require('./handles/handles.cjs');
const { hookGlue } = require('./handles/glue.cjs');
const { hookRegistries } = require('./handles/registry.cjs');
const { startDraining } = require('./timer.cjs');
const { Snapshots } = require('./snapshot.cjs');
const { Reading } = require('./reading.cjs');

/**
 * What `unfreed record` asks for, as JSON in `UNFREED_RECORDING`.
 * @typedef {object} Config
 * @property {string} file the recording, which has its file header already
 * @property {string} binary the `unfreed` command
 * @property {string} cache folder of rewritten modules
 * @property {string | number} [cache_version] of the rewriter; without it, told from the binary
 * @property {string} [armed] folder for the processes whose signals the hook answers: see signals.cjs
 * @property {string[]} [mark_calls] exports whose calls are marks
 * @property {string | null} [mark_stdout] regular expression of lines that are marks
 * @property {number | null} [mark_every_ms]
 * @property {import('./snapshot.cjs').Asked | null} [snapshot]
 * @property {boolean} [debug]
 */

/**
 * What a thread hands to the workers it starts.
 * @typedef {object} Handed
 * @property {Config} config
 * @property {WebAssembly.Memory} pool
 * @property {number} fd of the recording, opened for appending
 * @property {number} parent thread that hands it on
 */

/** All that belongs to one recorded thread. */
class Thread {
  /**
   * @param {Config} config
   * @param {Pool} pool
   * @param {number} fd
   * @param {number} parent
   */
  constructor(config, pool, fd, parent) {
    this.config = config;
    this.pool = pool;
    this.id = workerThreads.threadId;
    this.parent = parent;
    this.output = new Output({ fd, file: config.file, pid: process.pid, thread: this.id }, pool);
    /** @type {import('./pool.cjs').Chunk | null} */
    this.chunk = null;
    /** @type {import('./recorder.cjs').Recorder | null} */
    this.recorder = null;
    /** @type {Contexts | null} */
    this.contexts = null;
    this.memories = new Memories(this);
    this.rewriter = new Rewriter(this);
    this.marks = new Marks(this);
    this.snapshots = config.snapshot ? new Snapshots(this, config.snapshot) : null;
    this.handles = new Handles(this);
    /** @type {import('./signals.cjs').Signals | null} of the main thread */
    this.signals = null;
    /** Instances made so far. */
    this.instances = 0;
    /** @type {Set<import('./instances.cjs').Instance>} */
    this.undescribed = new Set();
  }

  /** Takes a chunk when there is something to record: most threads never have. */
  ready() {
    if (this.recorder === null) {
      this.chunk = this.pool.take(this.id, this.parent);
      this.contexts = new Contexts(this);
      this.recorder = createRecorder(this.chunk, this.output);
      this.signals?.arm();
    }
    return this;
  }

  /** @returns {number} the next number of the order that all threads share; never 0 but when it wraps */
  nextSequence() {
    return (Atomics.add(this.pool.shared, SHARED.SEQUENCE, 1) + 1) | 0;
  }

  /** @param {unknown} name */
  mark(name) {
    this.marks.mark(name);
  }

  /**
   * Writes all that the thread has recorded.
   * @param {boolean} final no later call will come
   */
  drain(final) {
    if (this.recorder === null) return;
    this.memories.look(final);
    if (final) this.handles.look(0);
    if (final) for (const instance of this.undescribed) instance.describe();
    this.recorder.drain();
  }
}

/**
 * @param {Thread} thread
 * @param {string} key of what is handed on
 */
function hook(thread, key) {
  const { config, pool, output, id } = thread;
  /** @type {Handed} */
  const handed = { config, pool: pool.memory, fd: output.fd, parent: id };
  workerThreads.setEnvironmentData(key, handed);
  install(WebAssembly, thread);
  hookRealms(thread);
  hookGlue(thread.handles);
  hookRegistries(thread.handles);
  hookWorkers(thread);
  hookProcessEnd(thread);
  startDraining(thread);
  markAsAsked(thread);
  const unfreed = { mark: (name) => thread.mark(name), reading: new Reading(thread) };
  const property = { value: unfreed, writable: true, configurable: true };
  Object.defineProperty(globalThis, 'unfreed', property);
  // Found from contexts of `node:vm` too, whose global objects are others.
  Object.defineProperty(workerThreads, Symbol.for('unfreed'), property);
  require('node:module').syncBuiltinESMExports();
}

function describeProcess() {
  const { pid, ppid, argv, versions, platform, arch } = process;
  let cwd = null;
  try {
    cwd = process.cwd();
  } catch {
    // It was deleted.
  }
  return { pid, ppid, argv: [...argv], cwd, node: versions.node, v8: versions.v8, platform, arch };
}

/**
 * Begins in the main thread.
 * @param {string} text the config as JSON
 * @param {string} key of what is handed on
 */
function startProcess(text, key) {
  let thread;
  try {
    const config = JSON.parse(text);
    const fd = fs.openSync(config.file, fs.constants.O_WRONLY | fs.constants.O_APPEND);
    thread = new Thread(config, new Pool(), fd, 0);
  } catch (error) {
    process._rawDebug(`unfreed: nothing is recorded: ${error.message}`);
    return;
  }
  thread.output.json(BLOCK.PROCESS, describeProcess());
  hook(thread, key);
}

/**
 * Begins in a worker.
 * @param {Handed} handed
 * @param {string} key of what is handed on
 */
function startWorker(handed, key) {
  const thread = new Thread(handed.config, new Pool(handed.pool), handed.fd, handed.parent);
  thread.output.json(BLOCK.THREAD, { thread: thread.id, started_by: handed.parent });
  hook(thread, key);
}

module.exports = { startProcess, startWorker, Thread };
