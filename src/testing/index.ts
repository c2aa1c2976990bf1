export { expectLock } from './expectLock.js';
export { formatState } from './formatState.js';
export { type LockMatchers, lockMatchers } from './lockMatchers.js';
export { MarbleMismatchError } from './MarbleMismatchError.js';
export { MarbleSyntaxError } from './MarbleSyntaxError.js';
export { occupyLock } from './occupyLock.js';
export { checkMarbles, runMarbles } from './runMarbles.js';
