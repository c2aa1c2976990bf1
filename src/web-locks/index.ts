export { KeyedWebReadWriteLock } from './KeyedWebReadWriteLock.js';
export type { WebLockOptions } from './WebLockOptions.js';
export type { WebLocks } from './WebLocks.js';
export { WebReadWriteLock } from './WebReadWriteLock.js';
