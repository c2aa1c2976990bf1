import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { NEVER, of } from 'rxjs';
import {
  type Lease,
  type LockPolicy,
  phaseFair,
  ReadWriteLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { checkScenario, readChapter } from 'rxjs-rwlock/testing';
import { POLICIES } from '../support/policies.js';
import { unhandled } from '../support/sources.js';

const names = Object.keys(POLICIES);

/** The claims of the chapter on policies that hold, with another policy put into their blocks. */
function claimsThatHold(of: string, under: string): number {
  const text = readFileSync(join(__dirname, '../../marbles/policies.md'), 'utf8');
  const { blocks } = readChapter(text.replaceAll(`lock ${of}`, `lock ${under}`), 'policies.md');
  const claims = blocks.filter(({ heading }) => heading.startsWith(`A4 ${of}:`));
  expect(claims.length).toBeGreaterThan(0);
  return (
    claims.filter(({ scenario }) => {
      try {
        checkScenario(scenario);
        return true;
      } catch {
        return false;
      }
    }).length - claims.length
  );
}

const others = names.flatMap((of) => names.filter((name) => name !== of).map((name) => [of, name]));

it.each(others)('A4: what is claimed of %s does not all hold under %s', (of, under) => {
  expect(claimsThatHold(of, of)).toBe(0);
  expect(claimsThatHold(of, under)).toBeLessThan(0);
});

it('A4: the policy of a lock without keys is told how many had asked when the last write ended, also where nobody waited', () => {
  const turns: number[] = [];
  const policy: LockPolicy = (_reader, _writer, turn) => turns.push(turn) > 0;
  const lock = new ReadWriteLock({ policy });
  for (let i = 0; i < 10; i++) of(1).pipe(withWriteLock(lock)).subscribe();
  lock.reader.tryAcquire();
  lock.writer.acquire().subscribe();
  lock.reader.tryAcquire();
  expect(turns).toEqual([10]);
});

describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
  const hold = (lock: ReadWriteLock) => lock.writer.tryAcquire() as Lease;

  it('A2: a request without a conflict is granted at once', () => {
    const lock = new ReadWriteLock({ policy });
    const log: string[] = [];
    of('r')
      .pipe(withReadLock(lock))
      .subscribe((value) => log.push(value));
    of('w')
      .pipe(withWriteLock(lock))
      .subscribe((value) => log.push(value));
    expect(log).toEqual(['r', 'w']);
  });

  it('A3: waiters of one mode are served in the order of asking', () => {
    const lock = new ReadWriteLock({ policy });
    const lease = hold(lock);
    const log: number[] = [];
    for (let i = 0; i < 5; i++)
      of(i)
        .pipe(withWriteLock(lock))
        .subscribe((n) => log.push(n));
    lease.release();
    expect(log).toEqual([0, 1, 2, 3, 4]);
  });

  it('A3: one upgradable keeps out another and a writer, and no reader', () => {
    const lock = new ReadWriteLock({ policy });
    const lease = lock.upgradable.tryAcquire();
    expect(lock.upgradable.tryAcquire()).toBeUndefined();
    expect(lock.writer.tryAcquire()).toBeUndefined();
    lock.reader.tryAcquire()?.release();
    lease?.release();
    expect(lock.upgradable.tryAcquire()?.mode).toBe('upgradable');
    expect(lock.state.held).toEqual({ read: 0, upgradable: 1, write: 0 });
  });

  it('A9: a higher priority goes first, whatever the modes', () => {
    const lock = new ReadWriteLock({ policy });
    const lease = hold(lock);
    const log: string[] = [];
    const ask = (name: string, op: typeof withReadLock, priority: number) =>
      of(name)
        .pipe(op(lock, { priority }))
        .subscribe((value) => log.push(value));
    ask('r1', withReadLock, 1);
    ask('w2', withWriteLock, 2);
    ask('r3', withReadLock, 3);
    ask('w4', withWriteLock, 4);
    lease.release();
    expect(log).toEqual(['w4', 'r3', 'w2', 'r1']);
  });

  it('B2: a cancelled writer lets in the readers behind it', () => {
    const lock = new ReadWriteLock({ policy });
    lock.reader.tryAcquire();
    const writer = NEVER.pipe(withWriteLock(lock)).subscribe();
    const log: string[] = [];
    of('r')
      .pipe(withReadLock(lock))
      .subscribe((value) => log.push(value));
    writer.unsubscribe();
    expect(log).toEqual(['r']);
  });

  it('C6: twenty thousand synchronous sources of all modes drain', () => {
    const lock = new ReadWriteLock({ policy });
    const lease = hold(lock);
    const pipes = [withReadLock, withWriteLock, withUpgradableLock].map((op) =>
      of(1).pipe(op(lock)),
    );
    let run = 0;
    for (let i = 0; i < 20_000; i++) pipes[i % 3]?.subscribe(() => run++);
    lease.release();
    expect(run).toBe(20_000);
  });

  it('D6: an upgrade goes before every waiter', () => {
    const lock = new ReadWriteLock({ policy });
    const outer = lock.upgradable.tryAcquire();
    const reader = lock.reader.tryAcquire();
    const log: string[] = [];
    of('writer')
      .pipe(withWriteLock(lock))
      .subscribe((value) => log.push(value));
    outer?.writer.acquire().subscribe((lease) => {
      log.push('upgrade');
      lease.release();
    });
    of('reader')
      .pipe(withReadLock(lock))
      .subscribe((value) => log.push(value));
    reader?.release();
    expect(log[0]).toBe('upgrade');
    outer?.release();
    expect(log.slice(1).sort()).toEqual(['reader', 'writer']);
  });
});

it('A4: phaseFair lets no row of upgrades keep a writer waiting', () => {
  const lock = new ReadWriteLock({ policy: phaseFair });
  const log: string[] = [];
  let outer = lock.upgradable.tryAcquire();
  of('writer')
    .pipe(withWriteLock(lock))
    .subscribe((value) => log.push(value));
  for (let round = 0; round < 3; round++) {
    const inner = outer?.writer.tryAcquire();
    let next: typeof outer;
    lock.upgradable.acquire().subscribe((lease) => (next = lease));
    inner?.release();
    outer?.release();
    outer = next;
  }
  expect(log).toEqual(['writer']);
});

describe("a policy of a user's", () => {
  const nonsense: [string, LockPolicy][] = [
    ['tosses a coin', () => Math.random() < 0.5],
    [
      'answers no and yes in turn',
      ((): LockPolicy => {
        let answer = false;
        return () => (answer = !answer);
      })(),
    ],
    ['answers what is no boolean', () => 'yes' as never],
    ['answers undefined', () => undefined as never],
  ];

  it.each(nonsense)(
    'A4: one that %s strands nobody, and lets no writer in beside another',
    (_, policy) => {
      const lock = new ReadWriteLock({ policy });
      const lease = lock.writer.tryAcquire();
      let run = 0;
      const pipes = [withReadLock, withWriteLock, withUpgradableLock].map((op) =>
        of(1).pipe(
          op(lock, () => {
            const { read, upgradable, write } = lock.state.held;
            expect(write === 0 || read + upgradable + write === 1).toBe(true);
            return of(run++);
          }),
        ),
      );
      for (let i = 0; i < 300; i++) pipes[i % 3]?.subscribe();
      lease?.release();
      expect(run).toBe(300);
    },
  );

  it('A4: where one throws, the error is reported and fifo answers', async () => {
    const lock = new ReadWriteLock({
      policy: () => {
        throw new Error('policy');
      },
    });
    const log: string[] = [];
    const errors = await unhandled(() => {
      const lease = lock.writer.tryAcquire();
      of('w')
        .pipe(withWriteLock(lock))
        .subscribe((value) => log.push(value));
      of('r')
        .pipe(withReadLock(lock))
        .subscribe((value) => log.push(value));
      lease?.release();
    });
    expect(log).toEqual(['w', 'r']);
    expect(errors[0]).toEqual(new Error('policy'));
  });
});
