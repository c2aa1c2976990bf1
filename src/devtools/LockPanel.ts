import type { Timeline } from './Timeline.js';
import type { WatchedLock } from './watchedLocks.js';

/**
 * The element that {@link defineLockPanel} defines: a lane for each request of some locks. A wait
 * is hatched, a hold is solid, a cross is a cancelled wait, and an arrow leads from a wait to what
 * it waits for.
 *
 * @remarks
 * In the list of lanes the arrow keys choose a lane, Enter goes to what blocks it, Left and Right
 * move in time, plus and minus zoom, 0 shows all, Space pauses and goes on, Escape chooses none.
 */
export interface LockPanel {
  /** The locks to show, from now on. Of a key, the whole keyed lock is shown. */
  locks: readonly WatchedLock[];
  /** A timeline to show in place of locks, as {@link timelineOf} makes it. */
  timeline: Timeline | undefined;
  /** Whether the panel stands still. What happens meanwhile is shown when it goes on. */
  paused: boolean;
  /** Shows only lanes whose label, lock, key and mode have each of these words. */
  filter: string;
  /** Forgets the requests that have ended. */
  clear(): void;
}
