export type { ContextStorage } from './ContextStorage.js';
export { defineLockPanel } from './defineLockPanel.js';
export { drawTimeline } from './drawing/drawTimeline.js';
export { type InspectedRequest, inspectLock, type LockInspection } from './inspectLock.js';
export { installFormatters } from './installFormatters.js';
export type { LockPanel } from './LockPanel.js';
export { markPerformance, type MarkPerformanceOptions } from './markPerformance.js';
export { type SlowLock, slowLocks, type SlowLocksOptions } from './slowLocks.js';
export type { Lane, Timeline } from './Timeline.js';
export { timelineOf } from './timelineOf.js';
export {
  type Deadlock,
  type DeadlockMember,
  watchDeadlocks,
  type WatchDeadlocksOptions,
} from './watchDeadlocks.js';
export type { WatchedLock } from './watchedLocks.js';
