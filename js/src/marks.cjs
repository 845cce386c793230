'use strict';

/** Marks: named moments, set by the program, by lines it prints, or by a clock. */

const { isMainThread } = require('node:worker_threads');
const { BLOCK, RECORD } = require('./format.cjs');
const { SHARED } = require('./pool.cjs');

// The program may replace these.
const { setInterval } = globalThis;
const { memoryUsage } = process;

/** A name is cut to this many characters. */
const NAME_LIMIT = 256;
/** A line that is not ended after this many characters is looked at as it is. */
const LINE_LIMIT = 65536;

/** What the host says about memory, in bytes. */
function hostFigures() {
  const { rss, heapUsed, heapTotal, external, arrayBuffers } = memoryUsage();
  return { rss, heap_used: heapUsed, heap_total: heapTotal, external, array_buffers: arrayBuffers };
}

/** The marks of one thread. */
class Marks {
  /** @param {import('./start.cjs').Thread} thread */
  constructor(thread) {
    this.thread = thread;
    this.count = 0;
  }

  /** @param {unknown} name */
  mark(name) {
    const { thread } = this;
    const { recorder, memories, output, pool } = thread.ready();
    memories.look(false);
    this.count += 1;
    thread.handles.look(this.count);
    const shown = String(name).slice(0, NAME_LIMIT);
    // Among records of shared memories a mark has its place in the order of all threads.
    const ordered = Atomics.load(pool.shared, SHARED.SEQUENCE) !== 0;
    recorder.lookAtClock();
    recorder.append(ordered ? thread.nextSequence() : 0, 0, 0, RECORD.MARK | (this.count << 3));
    output.json(BLOCK.MARK, { mark: this.count, name: shown, ...hostFigures() });
    thread.snapshots?.atMark(shown);
  }
}

/**
 * Sees the lines of a stream of text.
 * @param {(line: string) => void} onLine
 * @returns {(chunk: unknown, encoding: unknown) => void}
 */
function lineWatcher(onLine) {
  const decoder = new TextDecoder();
  let rest = '';
  return function see(chunk, encoding) {
    let text = '';
    if (typeof chunk === 'string') text = /^(hex|base64|base64url)$/.test(encoding) ? '' : chunk;
    else if (chunk instanceof Uint8Array) text = decoder.decode(chunk, { stream: true });
    const lines = (rest + text).split('\n');
    rest = lines.pop();
    for (const line of lines) onLine(line.endsWith('\r') ? line.slice(0, -1) : line);
    if (rest.length > LINE_LIMIT) {
      onLine(rest);
      rest = '';
    }
  };
}

/**
 * Has lines on standard output be marks. Standard output is opened when the
 * program first asks for it, as without the hook.
 * @param {import('./start.cjs').Thread} thread
 * @param {RegExp} pattern
 */
function markLines(thread, pattern) {
  const property = Object.getOwnPropertyDescriptor(process, 'stdout');
  if (typeof property?.get !== 'function') return;
  const see = lineWatcher((line) => {
    if (pattern.test(line)) thread.mark(line);
  });
  const watched = new WeakSet();
  function get() {
    const stream = Reflect.apply(property.get, process, []);
    if (stream && !watched.has(stream)) {
      watched.add(stream);
      const write = new Proxy(stream.write, {
        apply(target, self, args) {
          const result = Reflect.apply(target, self, args);
          see(args[0], args[1]);
          return result;
        },
      });
      Object.defineProperty(stream, 'write', { value: write, writable: true, configurable: true });
    }
    return stream;
  }
  Object.defineProperty(process, 'stdout', { ...property, get });
}

/**
 * Sets the marks that the recording was asked for. Workers print through the
 * main thread, and one clock is enough.
 * @param {import('./start.cjs').Thread} thread
 */
function markAsAsked(thread) {
  const { mark_stdout: pattern, mark_every_ms: every, debug } = thread.config;
  if (!isMainThread) return;
  if (every > 0) setInterval(() => thread.mark(`every ${every} ms`), every).unref();
  if (!pattern) return;
  try {
    markLines(thread, new RegExp(pattern, 'u'));
  } catch (error) {
    if (debug) process._rawDebug(`unfreed: no marks from standard output: ${error.message}`);
  }
}

module.exports = { Marks, markAsAsked, hostFigures };
