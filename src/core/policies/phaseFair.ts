import type { LockPolicy } from '../LockPolicy.js';

/**
 * Lets phases of reading and of writing alternate.
 *
 * When a write ends, all the readers that wait at that moment enter; readers that come later stand
 * behind the waiting writer. So a reader waits for at most one writer, and a writer for at most one
 * phase of readers for each writer ahead of it. Requests for the upgradable mode, which come one at a
 * time, go by the order of asking. Choose it where reads must not wait long behind a row of writes.
 *
 * On a {@link KeyedReadWriteLock} a phase is one of all keys: the end of a write of any key lets in
 * the readers that wait.
 */
export const phaseFair: LockPolicy = (reader, writer, turn) =>
  (reader.mode === 'read' && reader.order <= turn) || reader.order < writer.order;
