export { fencingTokenOf } from './fencingTokenOf.js';
export type { CohortOptions } from './Hand.js';
export { KeyedRemoteReadWriteLock } from './KeyedRemoteReadWriteLock.js';
export type { LockDriver, RemoteGrant, RemoteMode, RemoteRequest } from './LockDriver.js';
export { type LockEngineCode, LockEngineError } from './LockEngineError.js';
export { localDriver } from './localDriver.js';
export { LockLostError } from './LockLostError.js';
export { type RemoteLockOptions, RemoteReadWriteLock } from './RemoteReadWriteLock.js';
