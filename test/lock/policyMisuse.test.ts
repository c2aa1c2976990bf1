import { NEVER, of, type Subscription } from 'rxjs';
import {
  allOf,
  fifo,
  KeyedReadWriteLock,
  type Lease,
  LockError,
  type LockLike,
  type LockMode,
  type LockPolicy,
  ReadWriteLock,
  traceLock,
  withReadLock,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { unhandled } from '../support/sources.js';
import { IDLE, NONE } from '../support/states.js';

const SIDE = { read: 'reader', upgradable: 'upgradable', write: 'writer' } as const;

/** A policy that does something to its lock once, each time that it is armed. */
class Misused {
  misuse: (() => void) | undefined;
  calls = 0;
  readonly #answer: LockPolicy;

  constructor(answer: LockPolicy) {
    this.#answer = answer;
  }

  readonly policy: LockPolicy = (reader, writer, turn) => {
    this.calls++;
    const { misuse } = this;
    this.misuse = undefined;
    misuse?.();
    return this.#answer(reader, writer, turn);
  };
}

/** Something that has been requested, and what came of it. */
interface Asked {
  readonly mode: LockMode;
  readonly subscription: Subscription;
  lease: Lease | undefined;
  error: unknown;
}

function ask(lock: LockLike, mode: LockMode): Asked {
  const asked: { -readonly [K in keyof Asked]: Asked[K] } = {
    mode,
    subscription: NEVER.subscribe(),
    lease: undefined,
    error: undefined,
  };
  asked.subscription = lock[SIDE[mode]].acquire().subscribe({
    next: (lease) => (asked.lease = lease),
    error: (error: unknown) => (asked.error = error),
  });
  return asked;
}

const isLive = ({ lease }: Asked) => lease?.released === false;

/** Fails if two of the live leases conflict. */
function checkModes(all: readonly Asked[], what = ''): void {
  const modes = all.filter(isLive).map(({ mode }) => mode);
  const writers = modes.filter((mode) => mode === 'write').length;
  const upgradables = modes.filter((mode) => mode === 'upgradable').length;
  if (writers > 1 || (writers > 0 && modes.length > 1) || upgradables > 1)
    throw new Error(`held at the same time: ${modes.join(', ')} ${what}`);
}

/** A lock, or a key of a lock with keys, under a policy. */
const kinds: Record<string, (policy: LockPolicy) => { lock: LockLike; whole: ReadWriteLock }> = {
  'a lock'(policy) {
    const lock = new ReadWriteLock({ policy, name: 'lock' });
    return { lock, whole: lock };
  },
  'a key'(policy) {
    const locks = new KeyedReadWriteLock<string>({ policy, name: 'lock' });
    // Another key is held throughout.
    locks.for('other').reader.tryAcquire();
    return { lock: locks.for('key'), whole: locks.all };
  },
};

/** A reader holds, a writer waits, and the next reader makes the lock ask its policy. */
function setUp(kind: string, answer: LockPolicy = fifo) {
  const misused = new Misused(answer);
  const { lock, whole } = (kinds[kind] as (typeof kinds)[string])(misused.policy);
  const holder = ask(lock, 'read');
  const writer = ask(lock, 'write');
  return { misused, lock, whole, holder, writer };
}

const MISUSE = expect.objectContaining({
  message: 'lock: the policy requests, releases or cancels on its own lock',
}) as unknown;

describe.each(Object.keys(kinds))('a policy of %s', (kind) => {
  describe('C8: what it releases or cancels takes effect once it has answered', () => {
    it('C8: it releases the lease that holds', async () => {
      for (const policy of Object.values(POLICIES)) {
        const { misused, lock, holder, writer } = setUp(kind, policy);
        let during: boolean | undefined;
        misused.misuse = () => {
          holder.lease?.release();
          during = lock.reader.locked;
        };
        let reader: Asked | undefined;
        const errors = await unhandled(() => (reader = ask(lock, 'read')));
        expect(during).toBe(true);
        expect(holder.lease?.released).toBe(true);
        expect(errors).toEqual([MISUSE]);
        // The lock is free then, and the policy says which of them goes first.
        const both = [writer, reader as Asked];
        expect(both.filter(isLive)).toHaveLength(1);
        both.find(isLive)?.lease?.release();
        expect(both.filter(isLive)).toHaveLength(1);
      }
    });

    it('C8: it unsubscribes the request that holds', async () => {
      const { misused, lock, holder, writer } = setUp(kind, () => true);
      misused.misuse = () => holder.subscription.unsubscribe();
      let reader: Asked | undefined;
      const errors = await unhandled(() => (reader = ask(lock, 'read')));
      expect(isLive(holder)).toBe(false);
      expect([writer, reader as Asked].filter(isLive)).toHaveLength(1);
      expect(errors).toEqual([MISUSE]);
    });

    it('C8: it cancels the writer that it is asked about', async () => {
      const { misused, lock, writer } = setUp(kind);
      misused.misuse = () => writer.subscription.unsubscribe();
      let reader: Asked | undefined;
      const errors = await unhandled(() => (reader = ask(lock, 'read')));
      // It is behind the writer by the answer of fifo, and granted as soon as that is cancelled.
      expect(isLive(reader as Asked)).toBe(true);
      expect(isLive(writer)).toBe(false);
      expect(errors).toEqual([MISUSE]);
    });

    it('C8: it cancels the reader that it is asked about', async () => {
      const { misused, lock, holder, writer, whole } = setUp(kind);
      const reader = ask(lock, 'read');
      misused.misuse = () => reader.subscription.unsubscribe();
      const errors = await unhandled(() => holder.lease?.release());
      expect([isLive(writer), isLive(reader), whole.state.waiting.read]).toEqual([true, false, 0]);
      expect(errors).toEqual([MISUSE]);
      writer.lease?.release();
      expect(whole.state).toMatchObject({ waiting: NONE, held: { write: 0 } });
    });

    it('C8: it cancels a request that the same transition grants', async () => {
      const misused = new Misused(() => true);
      const { lock, whole } = (kinds[kind] as (typeof kinds)[string])(misused.policy);
      const all = (['write', 'write', 'read', 'read', 'write'] as const).map((m) => ask(lock, m));
      const others = all.slice(1);
      misused.misuse = () => {
        for (const { subscription } of others) subscription.unsubscribe();
      };
      await unhandled(() => all[0]?.lease?.release());
      expect(others.filter((other) => other.lease ?? other.error)).toEqual([]);
      expect(whole.state).toMatchObject({ waiting: NONE, held: { write: 0 } });
    });

    it('C8: it downgrades the lease that holds', async () => {
      const misused = new Misused(fifo);
      const { lock } = (kinds[kind] as (typeof kinds)[string])(misused.policy);
      const holder = lock.upgradable.tryAcquire();
      const writer = ask(lock, 'write');
      let during: string | undefined;
      misused.misuse = () => {
        holder?.downgrade('read');
        during = holder?.mode;
      };
      let reader: Asked | undefined;
      const errors = await unhandled(() => (reader = ask(lock, 'read')));
      expect([during, holder?.mode, errors]).toEqual(['upgradable', 'read', [MISUSE]]);
      expect([isLive(writer), isLive(reader as Asked)]).toEqual([false, false]);
      expect(lock.upgradable.locked).toBe(false);
      holder?.release();
      expect(isLive(writer)).toBe(true);
    });

    it('C8: it closes the lock, and the request that it was asked about is served', async () => {
      const { misused, lock, whole, holder, writer } = setUp(kind);
      let during: boolean | undefined;
      misused.misuse = () => {
        whole.complete();
        during = whole.state.closed;
      };
      let reader: Asked | undefined;
      await unhandled(() => (reader = ask(lock, 'read')));
      expect([during, whole.state.closed]).toEqual([false, true]);
      holder.lease?.release();
      writer.lease?.release();
      expect(isLive(reader as Asked)).toBe(true);
      expect(ask(lock, 'read').error).toBeInstanceOf(LockError);
    });

    it('C8: it fails the lock, and everybody is told once', async () => {
      const { misused, lock, whole, holder, writer } = setUp(kind);
      misused.misuse = () => whole.error('down');
      let reader: Asked | undefined;
      const errors = await unhandled(() => (reader = ask(lock, 'read')));
      expect([holder, writer, reader].map((asked) => asked?.error)).toEqual([
        'down',
        'down',
        'down',
      ]);
      expect(errors).toEqual([MISUSE]);
      expect(whole.state.waiting).toEqual(NONE);
    });
  });

  describe('C8: what it requests errors', () => {
    it.each<[string, (lock: LockLike, whole: ReadWriteLock) => unknown]>([
      ['acquire()', (lock) => ask(lock, 'read').error],
      ['acquire() to write', (lock) => ask(lock, 'write').error],
      [
        'tryAcquire()',
        (lock) => {
          try {
            return lock.upgradable.tryAcquire();
          } catch (error) {
            return error;
          }
        },
      ],
      [
        'an operator',
        (lock) => {
          let end: unknown;
          of('served')
            .pipe(withReadLock(lock))
            .subscribe({
              next: (value) => (end = value),
              error: (error: unknown) => (end = error),
            });
          return end;
        },
      ],
      [
        'an operator with a function',
        (lock) => {
          let end: unknown;
          of(1)
            .pipe(withWriteLock(lock, () => of('served')))
            .subscribe({
              next: (value) => (end = value),
              error: (error: unknown) => (end = error),
            });
          return end;
        },
      ],
      [
        'next()',
        (_, whole) => {
          let end: unknown;
          whole.next({
            mode: 'read',
            granted: (lease) => (end = lease),
            failed: (error) => (end = error),
          });
          return end;
        },
      ],
      [
        'allOf()',
        (lock) => {
          const other = new ReadWriteLock();
          let end: unknown;
          allOf(lock.reader, other.writer)
            .acquire()
            .subscribe({
              next: (lease) => (end = lease),
              error: (error: unknown) => (end = error),
            });
          expect(other.state).toMatchObject(IDLE);
          return end;
        },
      ],
    ])('C8: %s', async (_, request) => {
      const { misused, lock, whole, holder, writer } = setUp(kind, () => true);
      const before = whole.state;
      let end: unknown;
      let reader: Asked | undefined;
      misused.misuse = () => (end = request(lock, whole));
      const errors = await unhandled(() => (reader = ask(lock, 'read')));
      expect(end).toBeInstanceOf(LockError);
      expect(end).toEqual(MISUSE);
      expect(errors).toEqual([MISUSE]);
      // fifo has answered: the reader waits behind the writer.
      expect([isLive(writer), isLive(reader as Asked)]).toEqual([false, false]);
      expect(whole.state.held).toEqual(before.held);
      expect(whole.state.waiting).toEqual({ read: 1, upgradable: 0, write: 1 });
      holder.lease?.release();
      writer.lease?.release();
      reader?.lease?.release();
      expect(whole.state.waiting).toEqual(NONE);
      // Nothing is left behind that would keep the lock from ending.
      let ended = false;
      whole.subscribe({ error: () => (ended = true) });
      whole.error('end');
      expect(ended).toBe(true);
    });

    it('C8: lease() rejects', async () => {
      const { misused, lock } = setUp(kind);
      let end: Promise<unknown> | undefined;
      misused.misuse = () => {
        end = lock.reader.lease().catch((error: unknown) => error);
      };
      const errors = await unhandled(() => ask(lock, 'read'));
      expect(await end).toEqual(MISUSE);
      expect(errors).toEqual([MISUSE]);
    });

    it('C8: work that it schedules does not run, and that is reported as well', async () => {
      const { misused, lock } = setUp(kind);
      let runs = 0;
      misused.misuse = () => lock.reader.schedule(() => runs++);
      const errors = await unhandled(() => ask(lock, 'read'));
      expect(runs).toBe(0);
      expect(errors).toEqual([MISUSE, MISUSE]);
    });

    it('C8: a request through a lease errors, too', async () => {
      const { misused, lock, holder } = setUp(kind);
      let end: unknown;
      misused.misuse = () => {
        try {
          end = holder.lease?.reader.tryAcquire();
        } catch (error) {
          end = error;
        }
      };
      const errors = await unhandled(() => ask(lock, 'read'));
      expect(end).toEqual(MISUSE);
      expect(errors).toEqual([MISUSE]);
      expect(holder.lease?.reader.tryAcquire()).toBeDefined();
    });

    it('C8: what a request for several locks has requested of a closed lock does not keep it open', async () => {
      const { misused, lock, whole, holder, writer } = setUp(kind);
      const [first, last] = [new ReadWriteLock(), new ReadWriteLock()];
      misused.misuse = () => {
        for (const { writer } of [first, last])
          allOf(writer, lock.reader)
            .acquire()
            .subscribe({ error: () => undefined });
      };
      let reader: Asked | undefined;
      await unhandled(() => (reader = ask(lock, 'read')));
      const ends: string[] = [];
      for (const each of [first, last]) {
        each.complete();
        each.subscribe({ complete: () => ends.push('other') });
      }
      const isKeyed = kind === 'a key';
      whole.subscribe({ complete: () => ends.push('lock') });
      for (const asked of [holder, writer, reader]) asked?.lease?.release();
      whole.complete();
      // The other key of the keyed lock is still held.
      expect(ends).toEqual(isKeyed ? ['other', 'other'] : ['other', 'other', 'lock']);
    });
  });

  it('C8: the misuse is reported once, however much the policy does, and fifo decides from then on', async () => {
    const misused = new Misused(fifo);
    const { lock } = (kinds[kind] as (typeof kinds)[string])(misused.policy);
    const readers = [ask(lock, 'read'), ask(lock, 'read'), ask(lock, 'read')];
    ask(lock, 'write');
    misused.misuse = () => {
      readers[0]?.lease?.release();
      readers[1]?.subscription.unsubscribe();
      ask(lock, 'read');
      ask(lock, 'upgradable');
    };
    expect(await unhandled(() => ask(lock, 'read'))).toEqual([MISUSE]);
    misused.misuse = () => readers[2]?.lease?.release();
    expect(await unhandled(() => ask(lock, 'read'))).toEqual([]);
    expect([misused.calls, readers[2]?.lease?.released]).toEqual([1, false]);
  });

  it('C8: releasing twice, or what has been released before, is a misuse all the same', async () => {
    const { misused, lock, holder } = setUp(kind);
    misused.misuse = () => {
      holder.lease?.release();
      holder.lease?.release();
    };
    expect(await unhandled(() => ask(lock, 'read'))).toEqual([MISUSE]);
  });

  it('C8: an exception of a policy is reported, and fifo answers', async () => {
    const fault = new Error('a fault of the policy');
    const { misused, lock, writer, holder } = setUp(kind, () => true);
    misused.misuse = () => {
      throw fault;
    };
    let reader: Asked | undefined;
    expect(await unhandled(() => (reader = ask(lock, 'read')))).toEqual([fault]);
    expect(isLive(reader as Asked)).toBe(false);
    holder.lease?.release();
    expect([writer, reader as Asked].filter(isLive)).toHaveLength(1);
  });

  it('C8: a policy that throws after a misuse is reported once for each, and the misuse takes effect', async () => {
    const fault = new Error('a fault of the policy');
    const { misused, lock, holder, writer } = setUp(kind, () => true);
    misused.misuse = () => {
      holder.lease?.release();
      throw fault;
    };
    let reader: Asked | undefined;
    expect(await unhandled(() => (reader = ask(lock, 'read')))).toEqual([fault]);
    expect(isLive(holder)).toBe(false);
    expect([writer, reader as Asked].filter(isLive)).toHaveLength(1);
  });

  it('C8: a policy may read states and modes, and use other locks', async () => {
    const other = new ReadWriteLock();
    const { misused, lock, whole, holder } = setUp(kind, () => true);
    const seen: unknown[] = [];
    misused.misuse = () => {
      seen.push(whole.state.waiting.write, lock.reader.locked, lock.writer.locked);
      seen.push(holder.lease?.mode, holder.lease?.released);
      other.writer.tryAcquire()?.release();
      other.reader.acquire().subscribe((lease) => lease.release());
      whole.subscribe().unsubscribe();
      traceLock(whole).subscribe().unsubscribe();
    };
    let reader: Asked | undefined;
    const errors = await unhandled(() => (reader = ask(lock, 'read')));
    expect(errors).toEqual([]);
    expect(seen).toEqual([1, true, false, 'read', false]);
    expect(isLive(reader as Asked)).toBe(true);
    expect(other.state).toMatchObject({ ...IDLE, version: 1 });
  });

  it('C8: what a policy reads of the state is not what is told later', async () => {
    const { misused, lock, whole, holder } = setUp(kind, fifo);
    ask(lock, 'read');
    const read: unknown[] = [];
    misused.misuse = () => read.push(whole.state);
    const told: unknown[] = [];
    whole.subscribe((state) => told.push(state));
    await unhandled(() => {
      ask(lock, 'read');
      holder.lease?.release();
    });
    expect(whole.state).toBe(told.at(-1));
    expect(whole.state.waiting).toEqual({ read: 2, upgradable: 0, write: 0 });
  });
});

/** Numbers from 0 that are the same for the same seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return Math.abs(state) % below;
  };
}

const MODES: readonly LockMode[] = ['read', 'upgradable', 'write'];

it('C8: a policy that contradicts itself is reported, and fifo answers', async () => {
  let answer = false;
  const lock = new ReadWriteLock({ policy: () => (answer = !answer), name: 'orders' });
  const holder = ask(lock, 'write');
  const [writer, reader] = [ask(lock, 'write'), ask(lock, 'read')];
  const errors = await unhandled(() => holder.lease?.release());
  expect(errors).toEqual([new LockError('orders: the policy contradicts itself')]);
  expect([writer, reader].map(isLive)).toEqual([true, false]);
  writer.lease?.release();
  expect(isLive(reader)).toBe(true);
});

/** A walk of requests, releases and cancellations under a policy that misuses its lock at random. */
function walk(seed: number, kind: string, answer: LockPolicy, misuses: boolean, isPure = true) {
  const random = numbers(seed);
  const all: Asked[] = [];
  const cancelled = new Set<Asked>();
  let busy = false;
  const act = () => {
    const one = all[random(all.length || 1)];
    if (!one) return;
    switch (random(5)) {
      case 0:
        one.lease?.release();
        break;
      case 1:
        if (!one.lease) cancelled.add(one);
        one.subscription.unsubscribe();
        break;
      case 2:
        // The test knows the mode by that of the request, so it stays what it is.
        if (isLive(one)) (one.lease as WriteLease).downgrade(one.mode as 'read');
        break;
      case 3:
        expect(ask(lock, MODES[random(3)] as LockMode).error).toBeInstanceOf(LockError);
        break;
      default:
        expect(whole.state.closed).toBe(false);
    }
  };
  const policy: LockPolicy = (reader, writer, turn) => {
    if (misuses && !busy && random(3) === 0) {
      busy = true;
      try {
        for (let n = random(3); n >= 0; n--) act();
      } finally {
        busy = false;
      }
    }
    return answer(reader, writer, turn);
  };
  const { lock, whole } = (kinds[kind] as (typeof kinds)[string])(policy);
  const others = whole.state.held.read;
  for (let step = 0; step < 40; step++) {
    const one = all[random(all.length || 1)];
    if (!one || random(2) === 0) all.push(ask(lock, MODES[random(3)] as LockMode));
    else if (random(3) === 0) {
      if (!one.lease) cancelled.add(one);
      one.subscription.unsubscribe();
    } else one.lease?.release();
    checkModes(all, `in step ${step} of seed ${seed}`);
    const waiting = all.filter((asked) => !asked.lease && !asked.error && !cancelled.has(asked));
    const { held, waiting: counted } = whole.state;
    if (counted.read + counted.upgradable + counted.write !== waiting.length)
      throw new Error(`a request is lost in step ${step} of seed ${seed}`);
    if (held.read + held.upgradable + held.write - others !== all.filter(isLive).length)
      throw new Error(`a lease is lost in step ${step} of seed ${seed}`);
    if (waiting.length > 0 && !all.some(isLive) && (isPure || others === 0))
      throw new Error(`nothing is held, and a request waits in step ${step} of seed ${seed}`);
  }
  for (let one; (one = all.find(isLive));) one.lease?.release();
  // Beside another key that is held, a policy that contradicts itself may keep two of them waiting.
  const mayWait = !isPure && others > 0;
  for (const asked of all)
    if (!asked.lease && !cancelled.has(asked) && !mayWait)
      throw new Error(`a ${asked.mode} request is never granted, seed ${seed}`);
}

const WALKS = 100;

describe.each(Object.keys(kinds))('a policy of %s that misuses its lock at random', (kind) => {
  it.each(Object.entries(POLICIES))(
    'C8: no leases conflict and nothing is lost: %s',
    async (_, policy) => {
      const errors = await unhandled(() => {
        for (let seed = 1; seed <= WALKS; seed++) walk(seed, kind, policy, true);
      });
      expect(errors.length).toBeGreaterThan(WALKS / 2);
      expect(errors.length).toBeLessThanOrEqual(WALKS);
      expect(errors.filter((error) => !(error instanceof LockError))).toEqual([]);
    },
    30_000,
  );

  it('C8: no leases conflict and nothing is lost: a policy that answers at random', async () => {
    for (const misuses of [false, true])
      await unhandled(() => {
        for (let seed = 1; seed <= WALKS; seed++) {
          const random = numbers(seed + WALKS);
          walk(seed, kind, () => random(2) > 0, misuses, false);
        }
      });
    expect(kind).toBeDefined();
  }, 30_000);
});
