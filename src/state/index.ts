export { Guarded, type GuardedOptions, type UpdateOptions } from './Guarded.js';
export { KeyedGuarded, type KeyedGuardedOptions } from './KeyedGuarded.js';
