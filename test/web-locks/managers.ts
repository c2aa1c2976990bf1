import { FakeLockManager } from './FakeLockManager.js';

/** Node 24 has locks of its own. */
const { locks: native } = ((globalThis as { navigator?: unknown }).navigator ?? {}) as {
  locks?: LockManager;
};

/**
 * The locks that are tested: a title, how to make them, and whether a cancelled exclusive request
 * leaves the queue before its turn.
 */
export const managers: [string, () => LockManager, boolean][] = [
  ['locks as specified', () => new FakeLockManager(), true],
  ['locks that strand on an abort', () => new FakeLockManager({ strandsOnAbort: true }), true],
  ['locks that keep what is aborted', () => new FakeLockManager({ keepsAborted: true }), false],
  ...(native ? [['the locks of Node', () => native, false] as (typeof managers)[number]] : []),
];

/** Lets a few turns of the event loop pass. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((done) => setTimeout(done, 1));
}
