export { KeyedWebReadWriteLock } from './KeyedWebReadWriteLock.js';
export type { WebLockOptions } from './WebLockOptions.js';
export { WebReadWriteLock } from './WebReadWriteLock.js';
