'use strict';

/**
 * The end of a process or worker. `emit` is hooked instead of listening for
 * `exit`, so that the program's own listeners have run, and records that they
 * cause are written too. `reallyExit` is the way out when a listener exits.
 */

const { isMainThread } = require('node:worker_threads');
const { BLOCK } = require('./format.cjs');
const { CELL } = require('./pool.cjs');
const { drainEnded } = require('./drain.cjs');
const { hookFunction } = require('./process.cjs');
const { Signals } = require('./signals.cjs');
const { settle } = require('./handles/settle.cjs');

/**
 * Writes all that is left.
 * @param {import('./start.cjs').Thread} thread
 */
function drainAll(thread) {
  if (isMainThread) {
    for (const chunk of thread.pool.chunks) {
      if (chunk.owner >= 0 && chunk !== thread.chunk) drainEnded(chunk, thread.output);
    }
  }
  thread.drain(true);
}

/** @param {import('./start.cjs').Thread} thread */
function hookProcessEnd(thread) {
  let ended = false;
  let reason = 'exit';

  function end(code, why) {
    drainAll(thread);
    if (!isMainThread && thread.chunk !== null) thread.chunk.cells[CELL.ENDED] = 1;
    if (ended) return;
    ended = true;
    thread.snapshots?.atEnd();
    if (!isMainThread) return;
    thread.output.json(BLOCK.PROCESS_END, { code, reason: why });
    thread.signals.disarm();
  }

  hookFunction('emit', (target, self, args) => {
    if (args[0] === 'uncaughtExceptionMonitor') {
      reason = 'uncaught exception';
      setImmediate(() => (reason = 'exit')).unref();
    }
    if (args[0] === 'beforeExit' && settle(thread.handles)) return false;
    if (args[0] !== 'exit' || !process._exiting) return Reflect.apply(target, self, args);
    try {
      return Reflect.apply(target, self, args);
    } finally {
      end(Number(process.exitCode ?? args[1] ?? 0), reason);
    }
  });
  hookFunction('reallyExit', (target, self, args) => {
    end(Number(args[0] ?? 0), reason);
    return Reflect.apply(target, self, args);
  });
  if (isMainThread) {
    thread.signals = new Signals(thread.config.armed, (signal) => end(null, signal));
    hookSuddenEnd(thread, end);
  }
}

/**
 * Ends that the program itself asks for and that run none of its code after.
 * @param {import('./start.cjs').Thread} thread
 * @param {(code: number | null, why: string) => void} end
 */
function hookSuddenEnd(thread, end) {
  hookFunction('abort', (target, self, args) => {
    end(null, 'abort');
    return Reflect.apply(target, self, args);
  });
  hookFunction('execve', (target, self, args) => {
    end(null, 'execve');
    return Reflect.apply(target, self, args);
  });
  hookFunction('kill', (target, self, args) => {
    const [pid, signal] = args;
    // Also its process group. The program may have a handler, so that this need not be the end.
    const hitsItself = pid === process.pid || pid === 0 || pid === -process.pid;
    if (hitsItself && signal !== 0) {
      drainAll(thread);
      thread.signals.sent(signal);
    }
    return Reflect.apply(target, self, args);
  });
}

module.exports = { hookProcessEnd };
