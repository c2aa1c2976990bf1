import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { of } from 'rxjs';
import {
  type LockPolicy,
  phaseFair,
  ReadWriteLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { checkScenario } from '../../src/testing/checkScenario.js';
import { readChapter } from '../../src/testing/readChapter.js';
import { POLICIES } from '../support/policies.js';
import { unhandled } from '../support/sources.js';

const names = Object.keys(POLICIES);

/** How many claims of a policy do not hold if its blocks are given another policy. */
function claimsThatFail(of: string, under: string): number {
  const text = readFileSync(join(__dirname, '../../marbles/policies.md'), 'utf8');
  const { blocks } = readChapter(text.replaceAll(`lock ${of}`, `lock ${under}`), 'policies.md');
  const claims = blocks.filter(({ heading }) => heading.startsWith(`A4 ${of}:`));
  expect(claims.length).toBeGreaterThan(0);
  const fails = ({ scenario }: (typeof claims)[number]) => {
    try {
      checkScenario(scenario);
      return false;
    } catch {
      return true;
    }
  };
  return claims.filter(fails).length;
}

const others = names.flatMap((of) => names.filter((name) => name !== of).map((name) => [of, name]));

it.each(others)('A4: a claim of %s fails under %s', (of, under) => {
  expect(claimsThatFail(of, of)).toBe(0);
  expect(claimsThatFail(of, under)).toBeGreaterThan(0);
});

it('A4: the policy is given the order of the newest request when the last write ended, also if none waited then', () => {
  const turns: number[] = [];
  const policy: LockPolicy = (_reader, _writer, turn) => turns.push(turn) > 0;
  const lock = new ReadWriteLock({ policy });
  for (let i = 0; i < 10; i++) of(1).pipe(withWriteLock(lock)).subscribe();
  lock.reader.tryAcquire();
  lock.writer.acquire().subscribe();
  lock.reader.tryAcquire();
  expect(turns).toEqual([10]);
});

it('A4: under phaseFair a reader goes before a later writer, also before any write has ended', () => {
  const lock = new ReadWriteLock({ policy: phaseFair });
  lock.reader.tryAcquire();
  const log: string[] = [];
  const writer = lock.writer.acquire().subscribe(() => log.push('first writer'));
  lock.reader.acquire().subscribe(() => log.push('reader'));
  lock.writer.acquire().subscribe(() => log.push('second writer'));
  writer.unsubscribe();
  expect(log).toEqual(['reader']);
});

it('A4: under phaseFair a row of upgrades does not keep a writer waiting', () => {
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

describe('a policy of the user', () => {
  const nonsense: [string, LockPolicy][] = [
    ['tosses a coin', () => Math.random() < 0.5],
    [
      'answers no and yes in turn',
      ((): LockPolicy => {
        let answer = false;
        return () => (answer = !answer);
      })(),
    ],
    ['answers a string', () => 'yes' as never],
    ['answers undefined', () => undefined as never],
  ];

  it.each(nonsense)(
    'A4: one that %s leaves no request waiting, and no writer beside another owner',
    async (_, policy) => {
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
      const errors = await unhandled(() => lease?.release());
      expect(run).toBe(300);
      // That it has contradicted itself is reported once.
      expect(errors.length).toBeLessThanOrEqual(1);
    },
  );

  it('A4: if one throws, the error is reported and fifo answers', async () => {
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
