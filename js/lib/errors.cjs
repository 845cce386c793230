'use strict';

/** What `leakCheck` rejects with. */

/** Something is leaked, more than is allowed. */
class LeakError extends Error {
  /**
   * @param {string} message
   * @param {object} result of the check
   */
  constructor(message, result) {
    super(message);
    this.name = 'LeakError';
    // Runners print what can be listed, and this is long.
    Object.defineProperty(this, 'result', { value: result, configurable: true, writable: true });
  }
}

/** Whether something is leaked could not be told. */
class NotMeasuredError extends Error {
  /**
   * @param {string} code why: NO_RECORDING, BUSY, NOT_WRITTEN, NOT_READ or UNKNOWN
   * @param {string} message
   * @param {object | null} [result] of the check, if there is one
   */
  constructor(code, message, result = null) {
    super(message);
    this.name = 'NotMeasuredError';
    this.code = code;
    Object.defineProperty(this, 'result', { value: result, configurable: true, writable: true });
  }
}

module.exports = { LeakError, NotMeasuredError };
