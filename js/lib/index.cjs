'use strict';

/** What `require('unfreed')` gives. */

const { leakCheck } = require('./leak-check.cjs');
const { LeakError, NotMeasuredError } = require('./errors.cjs');

module.exports = { leakCheck, LeakError, NotMeasuredError };
