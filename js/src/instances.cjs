'use strict';

/** Instances of rewritten modules: gives them the functions they import and records what they are. */

const { BLOCK } = require('./format.cjs');
const { createEvents } = require('./events.cjs');
const { newNumber } = require('./numbering.cjs');
const { joinImports } = require('./imports.cjs');

/** An instance from before its creation on, until it is described in the recording. */
class Instance {
  /**
   * @param {import('./start.cjs').Thread} thread
   * @param {string} module id
   * @param {unknown} imports of the program
   */
  constructor(thread, module, imports) {
    this.thread = thread;
    this.module = module;
    thread.instances += 1;
    this.number = thread.instances;
    this.events = createEvents(thread, this.number);
    /** @type {import('./memories.cjs').Memory | null} */
    this.memory = null;
    this.bits = 32;
    /** @type {number | null} */
    this.pages = null;
    /**
     * What reads its globals, until it is made; only if snapshots were asked for.
     * @type {import('./globals.cjs').Reader | null}
     */
    this.reader = null;
    const { functions } = this.events;
    const setReader = (read, count) => {
      this.reader = { read, count };
    };
    this.imports = joinImports(
      imports,
      thread.snapshots === null ? functions : { ...functions, globals: setReader },
      (value) => this.#setMemory(value),
      (name) => {
        if (String(name).endsWith('64')) this.bits = 64;
      },
    );
    thread.undescribed.add(this);
  }

  #setMemory(value) {
    if (this.memory !== null) return;
    const memory = this.thread.memories.find(value);
    if (memory === null) return;
    this.memory = memory;
    const size = memory.size;
    const early = this.events.setMemory(memory);
    this.pages = size === null ? null : size - early;
    if (memory.instance === 0) memory.instance = this.number;
  }

  /**
   * The engine has made the instance.
   * @param {object} exports of the instance
   */
  made(exports) {
    for (const name of Object.keys(exports)) this.#setMemory(exports[name]);
    if (this.reader !== null && this.memory !== null) {
      this.thread.snapshots.globals.add(this.memory, this.number, exports, this.reader);
    }
    this.reader = null;
    this.describe();
    if (this.memory?.instance === this.number) this.thread.snapshots?.atBegin(this.memory);
    this.thread.handles.instantiated(exports, this);
  }

  /** Writes what is known of it. An instance that was never made may have run its start function. */
  describe() {
    if (!this.thread.undescribed.delete(this)) return;
    const { output, pool } = this.thread;
    output.json(BLOCK.INSTANCE, {
      instance: this.number,
      module: this.module,
      memory: this.memory?.number ?? newNumber(pool.shared),
      shared: this.memory?.shared ?? false,
      address_bits: this.bits,
      pages: this.pages ?? 0,
    });
  }
}

module.exports = { Instance };
