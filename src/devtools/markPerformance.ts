import type { Subscription } from 'rxjs';
import { type LockEvent, type LockMode, type ReadWriteLock, traceLock } from '../index.js';
import { check, checkRecord } from '../lock/checks.js';
import { lockOf, type WatchedLock } from './watchedLocks.js';

/**
 * Where {@link markPerformance} draws.
 */
export interface MarkPerformanceOptions {
  /** The name of the track; by default the name of the lock. */
  readonly track?: string | undefined;
  /** The group in which the track is; `locks` by default. */
  readonly group?: string | undefined;
}

/** `console.timeStamp` of Chrome 134 and later. */
interface TrackConsole {
  readonly timeStamp: (
    label: string,
    start: number,
    end: number,
    track: string,
    group: string,
    color: string,
  ) => void;
}

/** The colours that Chrome has for tracks: a wait has the light one of its mode. */
const COLORS: Readonly<Record<LockMode, string>> = {
  read: 'secondary',
  upgradable: 'tertiary',
  write: 'primary',
};

/**
 * Shows a lock as a track of its own in Chrome's performance panel: each wait and each hold is a
 * bar, in the colour of its mode.
 *
 * @remarks
 * It calls `console.timeStamp` with the arguments that Chrome has for tracks; where that is missing
 * it does nothing. A bar is drawn when the wait or the hold has ended. Of a key, the whole keyed
 * lock is shown. It costs as much as {@link traceLock}.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 * import { markPerformance } from 'rxjs-rwlock/devtools';
 *
 * const lock = new ReadWriteLock({ name: 'settings' });
 * const marks = markPerformance(lock);
 * lock.writer.tryAcquire({ label: 'save' })?.release();
 * marks.unsubscribe();
 * ```
 *
 * @param lock - the lock
 * @param options - the names of the track and of its group
 * @returns a subscription that ends it
 * @throws TypeError if `lock` is not a lock, or for invalid options
 */
export function markPerformance(
  lock: WatchedLock,
  options: MarkPerformanceOptions = {},
): Subscription {
  const watched = lockOf('lock', lock) as object as ReadWriteLock;
  checkRecord('options', options);
  const { track = watched.core.terms.name, group = 'locks' } = options;
  check('track', track, 'string');
  check('group', group, 'string');
  const began = new Map<number, LockEvent>();
  const draw = ({ id, type, time }: LockEvent) => {
    const start = began.get(id);
    if (!start || start.time === time) return;
    const { mode, label = `#${id}` } = start;
    const isWait = start.type === 'requested';
    const what = isWait ? (type === 'cancelled' ? 'cancelled' : 'waits') : mode;
    const color = `${COLORS[mode]}${isWait ? '-light' : ''}`;
    const { timeStamp } = console as Partial<TrackConsole>;
    timeStamp?.(`${label} ${what}`, start.time, time, track, group, color);
  };
  return traceLock(watched, performance).subscribe({
    next: (event) => {
      draw(event);
      if (event.type === 'released' || event.type === 'cancelled') began.delete(event.id);
      else began.set(event.id, event);
    },
    // A lock that has failed has no more events.
    error: () => {},
  });
}
