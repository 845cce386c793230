'use strict';

/**
 * Has module bytes rewritten by the `unfreed` binary, once per content: results
 * are kept in the cache folder as `<sha256>-<version>.wasm` and `.json`. Whatever
 * goes wrong, the program gets the module it has asked for.
 */

const fs = require('node:fs');
const path = require('node:path');
const { isAnyArrayBuffer, isSharedArrayBuffer } = require('node:util').types;
const { BLOCK } = require('./format.cjs');
const { takeOrigin } = require('./stack.cjs');

// The program may replace these.
const { readFileSync, existsSync, statSync } = fs;
const { validate } = WebAssembly;

/** A module that begins otherwise is not one. */
const MAGIC = Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
/** Node has modules of its own, for HTTP and for reading source text. */
const NODES_OWN = 'node:internal/deps/';
/** After this long the module is used as it is. */
const PATIENCE_MS = 600_000;

/**
 * A rewritten module.
 * @typedef {object} Rewritten
 * @property {Uint8Array} original what the program gave, copied if other threads can change it
 * @property {Uint8Array} bytes
 * @property {string} id
 */

/**
 * @param {unknown} source what the program gave as bytes
 * @returns {Uint8Array | null} null: not bytes of a module
 */
function bytesOf(source) {
  try {
    let bytes = null;
    if (ArrayBuffer.isView(source)) bytes = new Uint8Array(source.buffer, source.byteOffset, source.byteLength);
    else if (isAnyArrayBuffer(source)) bytes = new Uint8Array(source);
    if (bytes === null || !MAGIC.equals(bytes.subarray(0, MAGIC.length))) return null;
    return isSharedArrayBuffer(bytes.buffer) ? new Uint8Array(bytes) : bytes;
  } catch {
    return null;
  }
}

/** Rewrites modules for one thread. */
class Rewriter {
  /** @param {import('./start.cjs').Thread} thread */
  constructor(thread) {
    this.thread = thread;
    /** Ids of modules that this thread has described. */
    this.described = new Set();
  }

  /**
   * @param {unknown} source
   * @param {Function} below the function that the program called
   * @returns {Rewritten | null} null: use what the program gave
   */
  rewrite(source, below) {
    const original = bytesOf(source);
    if (original === null) return null;
    const origin = takeOrigin(below);
    if (origin?.startsWith(NODES_OWN)) return null;
    const hash = require('node:crypto').createHash('sha256').update(original).digest('hex');
    let result;
    try {
      result = { ...(this.#cached(hash) ?? this.#run(hash, original)), version: this.#version };
    } catch (error) {
      result = { status: 'untouched', reason: String(error?.message ?? error), bytes: null };
    }
    const failed = result.bytes === null;
    // The engine says best what is wrong with a module that is not valid.
    if (failed && !validate(original)) return null;
    const id = result.id ?? hash.slice(0, 16);
    if (!this.described.has(id)) this.#describe({ id, bytes: original.length, origin }, result);
    return failed ? null : { original, bytes: result.bytes, id };
  }

  #describe(module, { status, reason, version = null }) {
    const { config, output } = this.thread;
    const { id, origin } = module;
    this.described.add(id);
    output.json(BLOCK.MODULE, { ...module, status, reason: reason ?? null, version });
    if (config.debug && status === 'untouched') {
      process._rawDebug(`unfreed: module ${id} (${origin}) is not recorded: ${reason}`);
    }
  }

  /** A changed binary may rewrite otherwise. */
  get #version() {
    const { cache_version: given, binary } = this.thread.config;
    if (given !== undefined) return String(given);
    const { size, mtimeMs } = statSync(binary);
    return `${size.toString(36)}${Math.floor(mtimeMs).toString(36)}`;
  }

  /** @param {string} hash */
  #place(hash) {
    const stem = path.join(this.thread.config.cache, `${hash}-${this.#version}`);
    return { wasm: `${stem}.wasm`, facts: `${stem}.json` };
  }

  #cached(hash) {
    const { wasm, facts } = this.#place(hash);
    if (!existsSync(facts)) return null;
    try {
      return readResult(wasm, facts);
    } catch {
      // Damaged: made again.
      return null;
    }
  }

  #run(hash, original) {
    const { wasm, facts } = this.#place(hash);
    const { binary, cache } = this.thread.config;
    fs.mkdirSync(cache, { recursive: true });
    const env = { ...process.env };
    delete env.NODE_OPTIONS;
    delete env.UNFREED_RECORDING;
    const { spawnSync } = require('node:child_process');
    // A program that is one file with Node in it would run again.
    const isNode = /^node(\.exe)?$/.test(path.basename(process.execPath));
    const check = isNode ? ['--check-with', process.execPath] : [];
    const done = spawnSync(binary, ['instrument', '-', '-o', wasm, '--facts', facts, '--quiet', ...check], {
      input: original,
      env,
      stdio: ['pipe', 'ignore', 'pipe'],
      timeout: PATIENCE_MS,
      windowsHide: true,
    });
    if (done.error) throw done.error;
    if (done.status !== 0) {
      const said = done.stderr.toString().trim().split('\n').pop();
      throw new Error(`unfreed instrument ended with ${done.status ?? done.signal}${said ? `: ${said}` : ''}`);
    }
    return readResult(wasm, facts);
  }
}

/**
 * @param {string} wasm
 * @param {string} facts
 * @returns {{id: string, status: string, reason: string | null, bytes: Buffer | null}}
 */
function readResult(wasm, facts) {
  const { id, status, reason } = JSON.parse(readFileSync(facts, 'utf8'));
  if (status === 'untouched') return { id, status, reason, bytes: null };
  const bytes = readFileSync(wasm);
  if (!MAGIC.equals(bytes.subarray(0, MAGIC.length))) throw new Error(`${wasm} is not a module`);
  return { id, status, reason, bytes };
}

module.exports = { Rewriter };
