'use strict';

/** Workers: has each of them record, and writes out what they leave when they end. */

const workerThreads = require('node:worker_threads');
const { BLOCK } = require('./format.cjs');
const { CELL } = require('./pool.cjs');
const { drainEnded } = require('./drain.cjs');
const { callHidden } = require('./stack.cjs');
const { preloadIn, giveEnvironment, restoreEnvironment } = require('./environment.cjs');

/**
 * Writes what a thread and those that it started have left: they end with it.
 * @param {import('./start.cjs').Thread} thread the calling one
 * @param {number} ended
 * @returns {boolean} whether it had come to its own end
 */
function collect(thread, ended) {
  let byItself = false;
  for (const chunk of thread.pool.chunks) {
    if (chunk.owner < 0) continue;
    if (chunk.owner === ended) {
      byItself = chunk.cells[CELL.ENDED] === 1;
      drainEnded(chunk, thread.output);
      thread.pool.release(chunk);
    } else if (chunk.cells[CELL.PARENT] === ended && ended !== 0) {
      collect(thread, chunk.owner);
    }
  }
  return byItself;
}

/**
 * Hooks the class. `exit` is seen by way of `emit`, before the program's
 * listeners and without adding one.
 * @param {import('./start.cjs').Thread} thread
 */
function hookWorkers(thread) {
  restoreEnvironment();
  const { Worker } = workerThreads;
  /** @type {WeakMap<object, number>} a worker that has ended has no number any more */
  const ids = new WeakMap();
  const terminated = new WeakSet();

  function onExit(worker, code) {
    const id = ids.get(worker);
    if (id === undefined) return;
    ids.delete(worker);
    const byItself = collect(thread, id) || code === 0;
    thread.output.json(BLOCK.THREAD_END, { thread: id, terminated: terminated.has(worker) && !byItself, exit_code: code });
  }

  const { emit, terminate } = Worker.prototype;
  Object.defineProperty(Worker.prototype, 'emit', {
    value: new Proxy(emit, {
      apply(target, self, args) {
        if (args[0] === 'exit') onExit(self, args[1]);
        return Reflect.apply(target, self, args);
      },
    }),
    writable: true,
    configurable: true,
  });
  Worker.prototype.terminate = new Proxy(terminate, {
    apply(target, self, args) {
      terminated.add(self);
      return Reflect.apply(target, self, args);
    },
  });
  Object.defineProperty(Worker.prototype, 'terminate', { enumerable: false });

  const proxy = new Proxy(Worker, {
    construct(target, [file, options, ...rest], newTarget) {
      const given = preloadIn(options) ? options : giveEnvironment(options);
      const worker = callHidden(() => Reflect.construct(target, [file, given, ...rest], newTarget), this.construct);
      ids.set(worker, worker.threadId);
      return worker;
    },
  });
  Worker.prototype.constructor = proxy;
  workerThreads.Worker = proxy;
}

module.exports = { hookWorkers };
