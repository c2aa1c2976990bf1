import { of } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  LockError,
  type LockLike,
  ReadWriteLock,
  type RequestOptions,
  type UpgradableLease,
  withWriteLock,
} from 'rxjs-rwlock';
import { orderedLocks } from '../support/order.js';

/** What a request errors with, once virtual time has run out. */
function messageOf(gate: Gate, options: RequestOptions = {}, meanwhile?: () => void): string {
  let message = 'granted';
  new TestScheduler(() => undefined).run(({ flush }) => {
    gate.acquire(options).subscribe({
      error: (error: Error) => {
        message = error.message;
        expect(error).toBeInstanceOf(LockError);
      },
    });
    meanwhile?.();
    flush();
  });
  return message;
}

const now = { ifAvailable: true } as const;
const soon = { waitTimeout: 20 } as const;
const hold = (gate: Gate, label?: string) =>
  gate.tryAcquire(label === undefined ? {} : { label }) as Lease;
const wait = (gate: Gate, label?: string) =>
  gate.acquire(label === undefined ? {} : { label }).subscribe({ error: () => undefined });

describe('who holds', () => {
  it('H1: a timeout names the lock, the mode, the label, and who holds', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    hold(lock.reader, 'report');
    expect(messageOf(lock.writer, { ...soon, label: 'save' })).toBe(
      'settings: timed out after 20 ms waiting to acquire write "save"; held by read "report"',
    );
  });

  it('H1: a refusal does, too', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    hold(lock.writer, 'save');
    expect(messageOf(lock.reader, { ...now, label: 'report' })).toBe(
      `settings: can't acquire read "report" immediately; held by write "save"`,
    );
    expect(messageOf(lock.upgradable, now)).toBe(
      `settings: can't acquire upgradable immediately; held by write "save"`,
    );
  });

  it('H1: without names and labels it tells the modes', () => {
    const lock = new ReadWriteLock();
    hold(lock.upgradable);
    expect(messageOf(lock.upgradable, now)).toBe(
      `lock: can't acquire upgradable immediately; held by upgradable`,
    );
  });

  it.each([
    [1, ''],
    [2, ', read "1"'],
    [3, ', read "1", read "2"'],
    [4, ', read "1", read "2" and 1 more'],
    [8, ', read "1", read "2" and 5 more'],
    [1_000, ', read "1", read "2" and 997 more'],
    // A message looks at no more than a thousand, so that many requests can time out at once.
    [5_000, ', read "1", read "2" and 997 more'],
  ])('H1: of %i holders it names three, and the rest as a number', (count, rest) => {
    const lock = new ReadWriteLock({ name: 'settings' });
    for (let i = 0; i < count; i++) hold(lock.reader, String(i));
    expect(messageOf(lock.writer, now)).toBe(
      `settings: can't acquire write immediately; held by read "0"${rest}`,
    );
  });

  it('H1: only what conflicts is named', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    hold(lock.reader, 'reader');
    hold(lock.upgradable, 'upgradable');
    expect(messageOf(lock.upgradable, now)).toBe(
      `settings: can't acquire upgradable immediately; held by upgradable "upgradable"`,
    );
  });

  it('H1: an upgrade is told of the other readers, and nothing of what its owner holds', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    const outer = hold(lock.upgradable, 'mine') as UpgradableLease;
    hold(outer.reader, 'mine, too');
    hold(lock.reader, 'other');
    wait(lock.writer, 'waits');
    expect(messageOf(outer.writer, { ...soon, label: 'upgrade' })).toBe(
      'settings: timed out after 20 ms waiting to acquire write "upgrade"; held by read "other"',
    );
  });

  it('H1: a downgraded lease is named by the mode that it holds now', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    (hold(lock.upgradable, 'first') as UpgradableLease).downgrade('read');
    expect(messageOf(lock.writer, now)).toContain('held by read "first"');
  });
});

describe('who waits ahead', () => {
  it('H1: it is named apart from who holds', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    hold(lock.reader, 'report');
    wait(lock.writer, 'save');
    expect(messageOf(lock.reader, { ...soon, label: 'late' })).toBe(
      'settings: timed out after 20 ms waiting to acquire read "late"; behind write "save"',
    );
    expect(messageOf(lock.writer, now)).toBe(
      `settings: can't acquire write immediately; held by read "report"; behind write "save"`,
    );
  });

  it('H1: at most three are named, and the rest is a number', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    hold(lock.writer);
    for (let i = 0; i < 6; i++) wait(lock.writer, String(i));
    expect(messageOf(lock.writer, now)).toBe(
      `settings: can't acquire write immediately; held by write; ` +
        `behind write "0", write "1", write "2" and 3 more`,
    );
  });

  it('H1: those behind, and those of a lower priority, are not in the way', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    hold(lock.writer, 'holds');
    const later = () => wait(lock.writer, 'later');
    wait(lock.writer, 'low');
    expect(messageOf(lock.writer, { ...soon, priority: 1 }, later)).toBe(
      'settings: timed out after 20 ms waiting to acquire write; held by write "holds"',
    );
  });

  it('H1: it is what is in the way when the time runs out, not when it began', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    const first = hold(lock.reader, 'first');
    const second = hold(lock.reader, 'second');
    expect(messageOf(lock.writer, soon, () => first.release())).toContain('held by read "second"');
    second.release();
  });

  it('H1: a policy that lets it pass is asked', () => {
    const lock = new ReadWriteLock({ name: 'settings', policy: () => false });
    hold(lock.upgradable, 'holds');
    const ahead = () => wait(lock.writer, 'goes first');
    expect(messageOf(lock.upgradable, soon, ahead)).toContain('behind write "goes first"');
  });

  it('H1: a request behind thousands of its own mode is told whom all of them wait for', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    hold(lock.reader, 'holds');
    wait(lock.writer, 'save');
    for (let i = 0; i < 3_000; i++) wait(lock.reader);
    expect(messageOf(lock.reader, now)).toBe(
      `settings: can't acquire read immediately; behind write "save"`,
    );
  });
});

describe('keys', () => {
  const accounts = () => new KeyedReadWriteLock<unknown>({ name: 'accounts' });

  it.each<[unknown, string]>([
    ['ann', 'accounts[ann]'],
    [7, 'accounts[7]'],
    [null, 'accounts[null]'],
    [Symbol('ann'), 'accounts[Symbol(ann)]'],
    [['a', 1], 'accounts[a,1]'],
    [{}, 'accounts[[object Object]]'],
    [Object.create(null), 'accounts[object]'],
  ])('H1: the key %p is named', (key, name) => {
    const locks = accounts();
    hold(locks.for(key).writer, 'holds');
    expect(messageOf(locks.for(key).reader, now)).toBe(
      `${name}: can't acquire read immediately; held by write "holds"`,
    );
  });

  it('H1: several keys are named together; all of them by the name of the lock', () => {
    const locks = accounts();
    hold(locks.for('bob').reader, 'bob');
    const transfer = allOf(locks.for('ann').writer, locks.for('bob').writer);
    expect(messageOf(transfer, { ...soon, label: 'transfer' })).toBe(
      'accounts[ann, bob]: timed out after 20 ms waiting to acquire write "transfer"; ' +
        'held by read "bob"',
    );
    expect(messageOf(locks.all.writer, now)).toBe(
      `accounts: can't acquire write immediately; held by read "bob"`,
    );
  });

  it('H1: what holds or waits for other keys is not in the way', () => {
    const locks = accounts();
    hold(locks.for('ann').writer, 'ann');
    hold(locks.for('bob').reader, 'bob');
    wait(locks.for('ann').reader, 'waits for ann');
    wait(allOf(locks.for('ann').reader, locks.for('bob').writer), 'both');
    expect(messageOf(locks.for('bob').reader, now)).toBe(
      `accounts[bob]: can't acquire read immediately; behind write "both"`,
    );
  });

  it('H1: a key is told of who holds all, and who waits for all', () => {
    const locks = accounts();
    const all = hold(locks.all.writer, 'all');
    expect(messageOf(locks.for('ann').reader, now)).toContain('held by write "all"');
    all.release();
    hold(locks.for('bob').reader);
    wait(locks.all.writer, 'waits for all');
    expect(messageOf(locks.for('ann').reader, soon)).toBe(
      'accounts[ann]: timed out after 20 ms waiting to acquire read; behind write "waits for all"',
    );
  });

  it('H1: the holder of a key is found among hundreds that hold and wait for others', () => {
    const locks = accounts();
    for (let key = 0; key < 900; key++) {
      hold(locks.for(key).writer, `holds ${key}`);
      wait(locks.for(key).reader, `waits for ${key}`);
    }
    expect(messageOf(locks.for(850).writer, soon)).toBe(
      'accounts[850]: timed out after 20 ms waiting to acquire write; ' +
        'held by write "holds 850"; behind read "waits for 850"',
    );
  });
});

describe('several locks', () => {
  it('H1: a timeout names all of them, and what is in the way of the one that it waits for', () => {
    const [one, other] = orderedLocks(2, { name: 'lock' }) as [ReadWriteLock, ReadWriteLock];
    for (const busy of [one, other]) {
      const holder = hold(busy.writer, 'holds');
      expect(messageOf(allOf(one.writer, other.reader), { ...soon, label: 'both' })).toBe(
        'lock and lock: timed out after 20 ms waiting to acquire write "both"; held by write "holds"',
      );
      holder.release();
    }
  });

  it('H1: a refusal names the lock that refuses, and the label', () => {
    const from = new ReadWriteLock({ name: 'from' });
    const to = new KeyedReadWriteLock<string>({ name: 'to' });
    hold(to.for('ann').reader, 'holds');
    const both = allOf(from.reader, to.for('ann').writer);
    expect(messageOf(both, { ...now, label: 'copy' })).toBe(
      `to[ann]: can't acquire write "copy" immediately; held by read "holds"`,
    );
    to.all.complete();
    expect(messageOf(both, { label: 'copy' })).toBe(
      `to[ann]: can't acquire write "copy", the lock is closed`,
    );
  });
});

describe('other refusals', () => {
  it('H1: a full queue is told with its numbers', () => {
    const lock = new ReadWriteLock({ name: 'settings', maxWaiting: 2 });
    hold(lock.writer);
    wait(lock.reader);
    wait(lock.reader);
    expect(messageOf(lock.writer, { label: 'save' })).toBe(
      `settings: can't acquire write "save", the queue is full (2 waiting, maxWaiting 2)`,
    );
  });

  it.each<[string, (lock: LockLike, whole: ReadWriteLock) => Gate, string]>([
    [
      'a closed lock',
      (lock, whole) => {
        whole.complete();
        return lock.reader;
      },
      `can't acquire read "late", the lock is closed`,
    ],
    [
      'a released lease',
      (lock) => {
        const lease = hold(lock.writer, 'outer');
        lease.release();
        return lease.reader;
      },
      `can't acquire read "late" through a lease that has been released`,
    ],
    [
      'a read lease that is raised',
      (lock) => hold(lock.reader, 'outer').writer,
      `can't acquire write "late" through a read lease`,
    ],
  ])('H1: %s is told with the lock, the key, the mode and the label', (_, gateOf, message) => {
    const locks = new KeyedReadWriteLock<string>({ name: 'accounts' });
    const gate = gateOf(locks.for('ann'), locks.all);
    expect(messageOf(gate, { label: 'late' })).toContain(`accounts[ann]: ${message}`);
    expect(() => gate.tryAcquire({ label: 'late' })).toThrow(message);
  });
});

describe('what a message costs', () => {
  it('H1: for each of many requests that time out at once, a constant number of others is looked at', () => {
    const [waiting, late] = [20_000, 500];
    let calls = 0;
    const lock = new ReadWriteLock({
      name: 'settings',
      policy(reader, writer) {
        calls++;
        return reader.order < writer.order;
      },
    });
    hold(lock.writer, 'holds');
    for (let i = 0; i < waiting; i++) wait(i % 2 ? lock.writer : lock.reader);
    const messages: string[] = [];
    new TestScheduler(() => undefined).run(({ flush }) => {
      for (let i = 0; i < late; i++)
        lock.writer
          .acquire(soon)
          .subscribe({ error: ({ message }: Error) => messages.push(message) });
      calls = 0;
      flush();
    });
    expect(messages).toHaveLength(late);
    expect(messages.at(-1)).toMatch(
      /^settings: timed out after 20 ms .*; held by write "holds"; behind read, read, read and \d+ more$/,
    );
    expect(calls).toBeLessThanOrEqual(1_000 * late);
  });

  it('H1: a refusal takes a time that does not depend on the number of holders', () => {
    const time = (holders: number) => {
      const lock = new ReadWriteLock({ name: 'settings' });
      for (let i = 0; i < holders; i++) hold(lock.reader);
      const refused = of(1).pipe(withWriteLock(lock, now));
      let refusals = 0;
      const started = performance.now();
      for (let i = 0; i < 500; i++) refused.subscribe({ error: () => refusals++ });
      expect(refusals).toBe(500);
      return performance.now() - started;
    };
    const times = [1_000, 100_000].map(time) as [number, number];
    // A hundred times as many: what looks at all of them takes far more than ten times as long.
    expect(times[1] / times[0]).toBeLessThan(30);
  });
});
