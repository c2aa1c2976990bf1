import type { LockState } from 'rxjs-rwlock';

/** Whether two snapshots tell the same. */
export function sameState(a: LockState, b: LockState): boolean {
  const { version, closed, held, waiting } = a;
  return (
    version === b.version &&
    closed === b.closed &&
    sameCounts(held, b.held) &&
    sameCounts(waiting, b.waiting)
  );
}

function sameCounts(a: LockState['held'], b: LockState['held']): boolean {
  return a.read === b.read && a.upgradable === b.upgradable && a.write === b.write;
}
