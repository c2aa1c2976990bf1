import { Command } from 'commander';
import { defer, delay, Observable, repeat, Subscription, switchMap, takeUntil, timer } from 'rxjs';
import { ReadWriteLock, withWriteLock } from 'rxjs-rwlock';
import {
  type LockDriver,
  localDriver,
  type RemoteGrant,
  RemoteReadWriteLock,
} from 'rxjs-rwlock/remote';
import { TestScheduler } from 'rxjs/testing';

// Many processes that all write under one lock, in virtual time and without a server: real remote locks
// in front of one engine, whose answers take as long as those of a server. The guide on PostgreSQL says
// what follows from the numbers.

const { rounds, roundTrip, writers } = new Command('simulate')
  .description('Simulates many processes that all write under one lock, in virtual time.')
  .option('--rounds <number>', 'how often each process has its turn, about', Number, 2)
  .option('--round-trip <ms>', 'how long an answer of the server takes', Number, 1)
  .option('--writers <number>', 'how many requests of a process wait at the same time', Number, 2)
  .parse()
  .opts<{ rounds: number; roundTrip: number; writers: number }>();

interface Load {
  readonly processes: number;
  /** The budget of time of a lease, in milliseconds. */
  readonly budget: number;
  /** How long a writer holds the lock, in milliseconds. */
  readonly hold: number;
}

/** A driver whose engine is a round trip away; a wait takes three of them, as over PostgreSQL. */
function faraway(driver: LockDriver): LockDriver {
  return {
    hold: (request) =>
      new Observable((subscriber) => {
        const remote = new Subscription();
        const requested = new Observable<RemoteGrant>((near) => {
          remote.add(driver.hold(request).subscribe(near));
        });
        const granted = timer(1.5 * roundTrip).pipe(
          switchMap(() => requested),
          delay(1.5 * roundTrip),
        );
        subscriber.add(granted.subscribe(subscriber));
        // The server hears of the release later.
        return () => timer(roundTrip / 2).subscribe(() => remote.unsubscribe());
      }),
  };
}

/** Lets all processes write for a while. */
function simulate({ processes, budget, hold }: Load) {
  const duration = rounds * processes * (Math.max(budget, hold) + hold + 4 * roundTrip);
  const engine = faraway(localDriver(new ReadWriteLock()));
  const cohort = { grants: Infinity, time: budget };
  const waits: number[] = [];
  const grants = Array.from({ length: processes }, () => 0);
  const scheduler = new TestScheduler(() => {});
  scheduler.run(() => {
    const end = timer(duration);
    for (let i = 0; i < processes; i++) {
      const lock = new RemoteReadWriteLock(engine, { cohort });
      const write = defer(() => {
        const requested = scheduler.now();
        const granted = defer(() => {
          waits.push(scheduler.now() - requested);
          grants[i] = (grants[i] as number) + 1;
          return timer(hold);
        });
        return granted.pipe(withWriteLock(lock));
      });
      for (let writer = 0; writer < writers; writer++)
        timer(Math.random() * budget)
          .pipe(
            switchMap(() => write.pipe(repeat())),
            takeUntil(end),
          )
          .subscribe();
    }
  });
  waits.sort((a, b) => a - b);
  const total = grants.reduce((sum, n) => sum + n, 0);
  return {
    processes,
    budget,
    hold,
    'grants/s': Math.round((total / duration) * 1000),
    'of 1/hold': `${Math.round((total * hold * 100) / duration)} %`,
    'wait p50 s': seconds(waits[Math.floor(waits.length / 2)]),
    'wait p99 s': seconds(waits[Math.floor(waits.length * 0.99)]),
    'longest s': seconds(waits.at(-1)),
    'least/most': `${Math.min(...grants)}/${Math.max(...grants)}`,
  };
}

const seconds = (milliseconds = 0) => (milliseconds / 1000).toFixed(2);

const loads: readonly Load[] = [
  ...[1, 5, 10, 20, 50, 200].map((budget) => ({ processes: 100, budget, hold: 1 })),
  ...[5, 20, 50].map((hold) => ({ processes: 100, budget: 50, hold })),
  ...[10, 300, 1000].map((processes) => ({ processes, budget: 20, hold: 5 })),
];
for (const load of loads) console.log(JSON.stringify(simulate(load)));
