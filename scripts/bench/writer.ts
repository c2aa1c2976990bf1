import { defer, lastValueFrom, repeat, takeUntil, tap, timer } from 'rxjs';
import { withWriteLock } from 'rxjs-rwlock';
import { PostgresLocks } from 'rxjs-rwlock/postgres';
import type { ClientConfig } from 'pg';

/** How one process writes. */
export interface Load {
  readonly name: string;
  readonly cohort: { readonly grants: number; readonly time: number };
  readonly writers: number;
  /** How long each write holds the lock, in milliseconds; 0 for no time at all. */
  readonly hold: number;
  readonly duration: number;
}

// A process that writes under a lock for a while whenever it is told to, and tells how long each write
// has waited for the lock.

const locks = new PostgresLocks({
  connection: JSON.parse(process.argv[2] as string) as ClientConfig,
});

async function write({ name, cohort, writers, hold, duration }: Load): Promise<number[]> {
  const lock = locks.lock(name, { cohort });
  const waits: number[] = [];
  const writer = defer(() => {
    const requested = performance.now();
    const granted = () => waits.push(performance.now() - requested);
    const work = defer(() => (hold === 0 ? [0] : timer(hold)));
    return work.pipe(tap({ subscribe: granted }), withWriteLock(lock));
  }).pipe(repeat(), takeUntil(timer(duration)));
  const all = Array.from({ length: writers }, () => lastValueFrom(writer, { defaultValue: 0 }));
  await Promise.all(all);
  await lock.close();
  return waits;
}

process.on('message', (load: Load | 'end') => {
  if (load === 'end') void locks.close().then(() => process.disconnect());
  else void write(load).then((waits) => process.send?.(waits));
});
