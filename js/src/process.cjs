'use strict';

/**
 * Hooks a function of `process`.
 * @param {string} name
 * @param {ProxyHandler<Function>['apply']} apply
 */
function hookFunction(name, apply) {
  const original = process[name];
  if (typeof original !== 'function') return;
  const before = Object.getOwnPropertyDescriptor(process, name) ?? { writable: true, configurable: true };
  Object.defineProperty(process, name, { ...before, value: new Proxy(original, { apply }) });
}

module.exports = { hookFunction };
