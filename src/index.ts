export {
  LeaseReleasedError,
  LockClosedError,
  LockError,
  LockQueueFullError,
  LockTimeoutError,
  LockUnavailableError,
  LockUpgradeError,
} from './core/errors.js';
export { LockCoalescedError } from './core/LockCoalescedError.js';
export type { LockMode } from './core/LockMode.js';
export type { LockPolicy, WaitingRequest } from './core/LockPolicy.js';
export { fifo } from './core/policies/fifo.js';
export { phaseFair } from './core/policies/phaseFair.js';
export { readersFirst } from './core/policies/readersFirst.js';
export { writersFirst } from './core/policies/writersFirst.js';
export type {
  Gate,
  Lease,
  LeaseOf,
  LockLike,
  UpgradableLease,
  WriteLease,
} from './lock/LockLike.js';
export type { LockRequest } from './lock/LockRequest.js';
export type { LockState } from './lock/LockState.js';
export {
  type ObservableLock,
  ReadWriteLock,
  type ReadWriteLockOptions,
} from './lock/ReadWriteLock.js';
export type { RequestOptions } from './lock/RequestOptions.js';
export { type LockEvent, traceLock } from './lock/traceLock.js';
export { allOf } from './many/allOf.js';
export { drop } from './many/drop.js';
export { KeyedReadWriteLock } from './many/KeyedReadWriteLock.js';
export { latest } from './many/latest.js';
export { withGate } from './operators/withGate.js';
export { withLiveReadLock } from './operators/withLiveReadLock.js';
export type { LockProject } from './operators/withLock.js';
export { withReadLock } from './operators/withReadLock.js';
export { withUpgradableLock } from './operators/withUpgradableLock.js';
export { withWriteLock } from './operators/withWriteLock.js';
export {
  withYieldingReadLock,
  type YieldingReadOptions,
} from './operators/withYieldingReadLock.js';
