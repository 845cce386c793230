'use strict';

/** `require('unfreed/jest')`, or the file in `setupFilesAfterEnv`, adds the matcher. */

const matchers = require('./matcher.cjs');

const { expect } = typeof globalThis.expect === 'function' ? globalThis : require('@jest/globals');

expect.extend(matchers);
