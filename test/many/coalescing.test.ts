import { AsyncLocalStorage } from 'node:async_hooks';
import {
  asapScheduler,
  delay,
  EmptyError,
  firstValueFrom,
  lastValueFrom,
  NEVER,
  Observable,
  of,
  repeat,
  retry,
  Subject,
  type Subscription,
  switchMap,
  take,
  throwError,
  timer,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  allOf,
  drop,
  type Gate,
  KeyedReadWriteLock,
  latest,
  type Lease,
  LockCoalescedError,
  type LockLike,
  ReadWriteLock,
  type RequestOptions,
  traceLock,
  type UpgradableLease,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { collectGarbage } from '../support/collect.js';
import { orderedLocks } from '../support/order.js';
import { Request } from '../../src/core/Request.js';
import { blockerOf, PLACES } from '../support/places.js';
import { POLICIES } from '../support/policies.js';
import { unhandled } from '../support/sources.js';
import { busyLock } from '../support/states.js';

/** Requests at a gate and holds it; logs what the consumer is told. */
function hold(log: string[], name: string, gate: Gate, options: RequestOptions = {}): Subscription {
  const source = new Observable<string>((subscriber) => subscriber.next('holds'));
  return source.pipe(withGate(gate, { label: name, ...options })).subscribe({
    next: (what) => log.push(`${name} ${what}`),
    error: (error: unknown) =>
      log.push(`${name} ${error instanceof Error ? error.name : String(error)}`),
    complete: () => log.push(`${name} completes`),
  });
}

/** What becomes of a request: `empty`, `granted`, or the name of its error. */
type Way = (gate: Gate, options?: RequestOptions) => Promise<string>;

const outcome = (source: Observable<unknown>): Promise<string> =>
  new Promise((resolve) => {
    source.subscribe({
      next: () => resolve('granted'),
      error: (error: Error) => resolve(error.name),
      complete: () => resolve('empty'),
    });
  });

const WAYS: [string, Way, string][] = [
  ['an operator', (gate, options) => outcome(of(1).pipe(withGate(gate, options))), 'empty'],
  [
    'an operator with a function',
    (gate, options) => outcome(of(1).pipe(withGate(gate, () => of(1), options))),
    'empty',
  ],
  ['acquire()', (gate, options) => outcome(gate.acquire(options)), 'empty'],
  [
    'lease()',
    (gate, options) =>
      gate.lease(options).then(
        () => 'granted',
        (error: unknown) => (error as Error).name,
      ),
    'LockCoalescedError',
  ],
];

const everywhere = Object.entries(PLACES).flatMap(([where, make]) =>
  Object.entries(POLICIES).map(([name, policy]) => [where, name, () => make(policy)] as const),
);

describe.each(everywhere)('on %s, under %s', (_, __, make) => {
  const setUp = (coalesce: typeof latest) => {
    const place = make();
    const log: string[] = [];
    return { place, log, gate: coalesce(place.lock.writer), blocker: blockerOf(place) };
  };

  it('I3: latest runs the newest of the requests that wait, and the others complete empty', () => {
    const { place, log, gate, blocker } = setUp(latest);
    for (const name of ['1', '2']) hold(log, name, gate);
    const last = hold(log, '3', gate);
    expect(log).toEqual(['1 completes', '2 completes']);
    blocker?.release();
    expect(log.slice(2)).toEqual(['3 holds']);
    last.unsubscribe();
    expect(place.lock.writer.locked).toBe(false);
  });

  it('I3: latest: if the newest request is cancelled, none runs, and the next one is served', () => {
    const { log, gate, blocker } = setUp(latest);
    hold(log, '1', gate);
    hold(log, '2', gate).unsubscribe();
    blocker?.release();
    expect(log).toEqual(['1 completes']);
    hold(log, '3', gate);
    expect(log.slice(1)).toEqual(['3 holds']);
  });

  it('I3, E3: latest: a replaced request that closes the lock leaves the newest to be served', () => {
    const { place, log, gate, blocker } = setUp(latest);
    gate.acquire().subscribe({ complete: () => place.locks.forEach((lock) => lock.complete()) });
    hold(log, '2', gate);
    blocker?.release();
    expect(log).toEqual(['2 holds']);
  });

  it('I3, E4: latest: a lock that fails, also by a replaced request, fails the newest', () => {
    const { place, log, gate } = setUp(latest);
    hold(log, '1', gate);
    const fail = () => place.locks.forEach((lock) => lock.error('failed'));
    gate.acquire().subscribe({ complete: fail });
    hold(log, '3', gate);
    expect(log).toEqual(['1 completes', '3 failed']);
    for (const { core } of place.locks) expect(core.waiting).toEqual([0, 0, 0, 0]);
  });

  it('I3: drop completes a request while another one waits or holds, and serves the next one', () => {
    const { log, gate, blocker } = setUp(drop);
    const first = hold(log, '1', gate);
    hold(log, '2', gate);
    blocker?.release();
    hold(log, '3', gate);
    expect(log).toEqual(['2 completes', '1 holds', '3 completes']);
    first.unsubscribe();
    hold(log, '4', gate);
    expect(log.slice(3)).toEqual(['4 holds']);
  });

  it('I3: drop: a request that leaves the queue, or fails, is not what others are dropped for', () => {
    const { place, log, gate } = setUp(drop);
    hold(log, '1', gate).unsubscribe();
    gate.acquire().subscribe({ error: () => hold(log, '3', gate) });
    hold(log, '2', gate);
    place.locks[0].error('failed');
    expect(log).toEqual(['2 completes', '3 failed']);
  });
});

describe('latest', () => {
  describe.each(Object.entries(POLICIES))('under %s', (_, policy) => {
    it('I3: a newer request has the place of the waiting one, which completes empty', () => {
      const { lock, lease } = busyLock({ policy });
      const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
      hold(log, 'save 1', gate);
      const other = hold(log, 'other', lock.writer);
      const newer = hold(log, 'save 2', gate);
      expect(log).toEqual(['save 1 completes']);
      lease.release();
      expect(log).toEqual(['save 1 completes', 'save 2 holds']);
      newer.unsubscribe();
      other.unsubscribe();
      expect(log).toEqual(['save 1 completes', 'save 2 holds', 'other holds']);
      expect(lock.state.waiting.write + lock.state.held.write).toBe(0);
    });

    it('I3: a reader that replaces another one is not overtaken by it, and overtakes no third', () => {
      const { lock, lease } = busyLock({ policy });
      const [log, gate]: [string[], Gate] = [[], latest(lock.reader)];
      hold(log, 'old', gate);
      hold(log, 'writer', lock.writer);
      hold(log, 'new', gate);
      const expected = policy === POLICIES.writersFirst ? 'writer holds' : 'new holds';
      lease.release();
      expect(log).toEqual(['old completes', expected]);
    });
  });

  it.each(WAYS)('I3: what waits by %s is replaced', async (_, way, expected) => {
    const { lock } = busyLock();
    const gate = latest(lock.writer);
    const replaced = way(gate);
    gate.acquire().subscribe();
    await expect(replaced).resolves.toBe(expected);
    expect(lock.state.waiting.write).toBe(1);
  });

  it.each(WAYS)('I3: what is made by %s replaces', async (_, way) => {
    const { lock, lease } = busyLock();
    const gate = latest(lock.writer);
    const replaced = outcome(gate.acquire());
    const newer = way(gate);
    await expect(replaced).resolves.toBe('empty');
    lease.release();
    await expect(newer).resolves.toBe('granted');
  });

  it('I3: the error of a replaced lease() names the lock, both requests and their modes', async () => {
    const docs = new KeyedReadWriteLock<string>({ name: 'docs' });
    const saveOf = latest((id: string) => docs.for(id).writer);
    docs.all.writer.tryAcquire();
    const replaced = saveOf('a').lease({ label: 'draft' });
    saveOf('a').acquire({ label: 'final' }).subscribe();
    const message = `docs[a]: can't acquire write "draft", a newer write "final" took its place`;
    await expect(replaced).rejects.toThrow(message);
    await expect(replaced).rejects.toThrow(LockCoalescedError);
  });

  it('I3: what holds is never cut off, and of what waits behind it only the newest runs', () => {
    const lock = new ReadWriteLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    const first = hold(log, '1', gate);
    for (const name of ['2', '3', '4']) hold(log, name, gate);
    expect(log).toEqual(['1 holds', '2 completes', '3 completes']);
    first.unsubscribe();
    expect(log.at(-1)).toBe('4 holds');
  });

  it('I3: replacing changes no state, and grants nothing in between', () => {
    const { lock } = busyLock();
    const gate = latest(lock.writer);
    gate.acquire().subscribe();
    const reader = outcome(lock.reader.acquire());
    const states: unknown[] = [];
    lock.subscribe((state) => states.push(state));
    gate.acquire().subscribe();
    gate.acquire().subscribe();
    expect(states).toHaveLength(1);
    return expect(Promise.race([reader, Promise.resolve('waits')])).resolves.toBe('waits');
  });

  it('I3: gates that are made on their own do not replace requests of each other', () => {
    const { lock } = busyLock();
    latest(lock.writer).acquire().subscribe();
    latest(lock.writer).acquire().subscribe();
    lock.writer.acquire().subscribe();
    expect(lock.state.waiting.write).toBe(3);
  });

  it('I3: a signal and a waitTimeout are those of the newer request alone', () => {
    const time = new TestScheduler(() => undefined);
    time.run(({ flush }) => {
      const { lock } = busyLock();
      const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
      const [old, newer] = [new AbortController(), new AbortController()];
      const removed = jest.spyOn(old.signal, 'removeEventListener');
      hold(log, '1', gate, { signal: old.signal, waitTimeout: 3 });
      time.schedule(() => {
        hold(log, '2', gate, { signal: newer.signal, waitTimeout: 3 });
        expect(removed).toHaveBeenCalledTimes(1);
        old.abort();
      }, 2);
      time.schedule(() => expect(log).toEqual(['1 completes']), 4);
      time.schedule(() => log.push('after 6'), 6);
      flush();
      expect(log).toEqual(['1 completes', '2 LockTimeoutError', 'after 6']);
      hold(log, '3', gate, { signal: newer.signal });
      newer.abort('gone');
      expect(log.at(-1)).toBe('3 gone');
      expect(lock.state.waiting.write).toBe(0);
    });
  });

  it('I3: a newer request that is granted as it takes over has no limits left', () => {
    const lock = new ReadWriteLock();
    lock.reader.tryAcquire();
    lock.writer.acquire().subscribe();
    const [log, gate]: [string[], Gate] = [[], latest(lock.reader)];
    hold(log, '1', gate);
    const newer = new AbortController();
    hold(log, '2', gate, { priority: 1, signal: newer.signal });
    newer.abort('late');
    expect(log).toEqual(['2 holds', '1 completes']);
  });

  it('I3: a request whose signal has aborted already errors and replaces nothing', () => {
    const { lock } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    hold(log, '1', gate);
    hold(log, '2', gate, { signal: AbortSignal.abort('gone') });
    expect(log).toEqual(['2 gone']);
    hold(log, '3', gate);
    expect(log).toEqual(['2 gone', '1 completes']);
  });

  it('I3: of two priorities the higher one counts', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    hold(log, 'old', gate, { priority: 2 });
    hold(log, 'other', lock.writer, { priority: 1 });
    hold(log, 'new', gate, { priority: -1 });
    lease.release();
    expect(log).toEqual(['old completes', 'new holds']);
  });

  it('I3: a newer request of higher priority goes behind those of that priority', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    hold(log, 'low', lock.writer);
    hold(log, 'old', gate);
    const high = hold(log, 'high', lock.writer, { priority: 1 });
    const newer = hold(log, 'new', gate, { priority: 1 });
    lease.release();
    high.unsubscribe();
    newer.unsubscribe();
    expect(log).toEqual(['old completes', 'high holds', 'new holds', 'low holds']);
  });

  it.each([undefined, 'key'])(
    'I3: a newer request of higher priority may be granted at once, key %s',
    (key) => {
      const [locks, lock] = [new KeyedReadWriteLock<string>(), new ReadWriteLock()];
      const { reader, writer } = key ? locks.for(key) : lock;
      const [log, gate]: [string[], Gate] = [[], latest(reader)];
      reader.tryAcquire();
      hold(log, 'writer', writer);
      hold(log, 'old', gate);
      hold(log, 'new', gate, { priority: 1 });
      expect(log).toEqual(['new holds', 'old completes']);
      hold(log, 'next', gate);
      expect(log).toHaveLength(2);
    },
  );

  it('I3: replaced by an observer, a request completes before what has been granted is delivered', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    hold(log, 'granted', lock.writer);
    hold(log, 'old', gate);
    let isMade = false;
    lock.subscribe(({ waiting }) => {
      if (isMade || waiting.write === 2) return;
      isMade = true;
      hold(log, 'new', gate);
    });
    lock.subscribe(({ waiting }) => log.push(`${waiting.write} waiting`));
    lease.release();
    expect(log).toEqual(['2 waiting', '1 waiting', 'old completes', 'granted holds']);
  });

  it('I3: maxWaiting does not count the newer request', () => {
    const { lock } = busyLock({ maxWaiting: 1 });
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    hold(log, '1', gate);
    hold(log, '2', gate);
    hold(log, '3', gate, { priority: 1 });
    hold(log, 'other', lock.writer);
    expect(log).toEqual(['1 completes', '2 completes', 'other LockQueueFullError']);
  });

  it('I3: tryAcquire and ifAvailable never replace, and actions do not coalesce', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    hold(log, '1', gate);
    expect(gate.tryAcquire()).toBeUndefined();
    hold(log, '2', gate, { ifAvailable: true });
    gate.schedule(() => log.push('action 1'));
    gate.schedule(() => log.push('action 2'));
    expect(log).toEqual(['2 LockUnavailableError']);
    expect(lock.state.waiting.write).toBe(3);
    lease.release();
    expect(log).toEqual(['2 LockUnavailableError', '1 holds']);
  });

  it('I3: a request that a closed lock refuses leaves the waiting one in its place', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    hold(log, '1', gate);
    lock.complete();
    hold(log, '2', gate);
    lease.release();
    expect(log).toEqual(['2 LockClosedError', '1 holds']);
  });

  it('I3: when the lock fails, what waits errors, and so does what is requested from inside that', () => {
    const { lock } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    gate.acquire().subscribe({
      error: (reason: string) => {
        log.push(reason);
        hold(log, 'again', gate);
      },
    });
    lock.error('failed');
    expect(log).toEqual(['failed', 'again failed']);
    expect(lock.state.waiting.write).toBe(0);
  });

  it('I3: upgrades through one lease coalesce; once it is released, a newer one is refused', () => {
    const lock = new ReadWriteLock();
    const reader = lock.reader.tryAcquire();
    const lease = lock.upgradable.tryAcquire() as UpgradableLease;
    const [log, gate]: [string[], Gate] = [[], latest(lease.writer)];
    hold(log, '1', gate);
    hold(log, '2', gate);
    lease.release();
    hold(log, '3', gate);
    expect(log).toEqual(['1 completes', '3 LeaseReleasedError']);
    reader?.release();
    expect(log.at(-1)).toBe('2 holds');
  });

  it('I3: a granted request gives a lease through which its owner requests', () => {
    const lock = new ReadWriteLock();
    const lease = latest(lock.writer).tryAcquire();
    const nested = [lease?.writer.tryAcquire(), latest((lease as LockLike).reader).tryAcquire()];
    expect(nested.map((one) => one?.mode)).toEqual(['write', 'read']);
    for (const one of nested) one?.release();
    lease?.downgrade('read');
    expect(lock.reader.tryAcquire()?.mode).toBe('read');
  });

  it('I3: with a function, requests of the same key coalesce, and others do not', () => {
    const docs = new KeyedReadWriteLock<string>();
    const saveOf = latest((id: string) => docs.for(id).writer);
    const lease = docs.all.writer.tryAcquire();
    const log: string[] = [];
    hold(log, 'a1', saveOf('a'));
    hold(log, 'b1', saveOf('b'));
    hold(log, 'a2', saveOf('a'));
    expect(log).toEqual(['a1 completes']);
    lease?.release();
    expect(log).toEqual(['a1 completes', 'a2 holds', 'b1 holds']);
  });

  it('I3: while a request of a key waits, newer ones are made at the gate at which it waits', () => {
    const { lock, lease } = busyLock();
    let mode: 'reader' | 'writer' = 'writer';
    const gateOf = latest((_key: number): Gate => lock[mode]);
    const log: string[] = [];
    hold(log, '1', gateOf(1));
    mode = 'reader';
    hold(log, '2', gateOf(1));
    expect(lock.state.waiting).toEqual({ read: 0, upgradable: 0, write: 1 });
    lease.release();
    expect(log).toEqual(['1 completes', '2 holds']);
    expect(lock.writer.locked).toBe(true);
  });

  it('I3: several keys coalesce in one place, also for the requests that they block', () => {
    const keys = new KeyedReadWriteLock<string>();
    const [a, b] = [keys.for('a'), keys.for('b')];
    const gate = latest(allOf(a.reader, b.writer));
    const [holder, log]: [Lease | undefined, string[]] = [b.writer.tryAcquire(), []];
    hold(log, 'both 1', gate);
    hold(log, 'a', a.writer);
    hold(log, 'both 2', gate);
    const newest = hold(log, 'both 3', gate);
    expect(log).toEqual(['both 1 completes', 'both 2 completes']);
    expect(a.state.waiting).toEqual({ read: 1, upgradable: 0, write: 1 });
    holder?.release();
    expect(log.at(-1)).toBe('both 3 holds');
    newest.unsubscribe();
    expect(log.at(-1)).toBe('a holds');
    expect(keys.all.state.waiting.write).toBe(0);
  });

  it('I3: requests for all keys coalesce', () => {
    const keys = new KeyedReadWriteLock<string>();
    const [log, gate]: [string[], Gate] = [[], latest(keys.all.writer)];
    const lease = keys.for('a').reader.tryAcquire();
    hold(log, '1', gate);
    hold(log, 'a', keys.for('a').reader);
    hold(log, '2', gate).unsubscribe();
    expect(log).toEqual(['1 completes', 'a holds']);
    hold(log, '3', gate, { priority: 1 });
    lease?.release();
    expect(log).toEqual(['1 completes', 'a holds']);
  });

  it('I3: a key keeps its read phase when a request of higher priority replaces its only one', () => {
    const trace = (replaces: boolean) => {
      const keys = new KeyedReadWriteLock<string>({ policy: POLICIES.phaseFair });
      const { reader, writer } = keys.for('a');
      const [log, gate]: [string[], Gate] = [[], latest(writer)];
      const first = writer.tryAcquire();
      hold(log, 'old', gate);
      first?.release();
      hold(log, 'second', gate);
      if (replaces) hold(log, 'third', gate, { priority: 1 });
      hold(log, 'reader', reader);
      return log.filter((line) => line.startsWith('reader'));
    };
    expect(trace(true)).toEqual(trace(false));
  });

  it('I3: the trace tells that the old request was cancelled, and of the new one under its number', () => {
    const { lock } = busyLock();
    const log: string[] = [];
    traceLock(lock).subscribe(({ type, id, label, blockedBy }) =>
      log.push([type, id, label, ...blockedBy].join(' ')),
    );
    const gate = latest(lock.writer);
    hold([], 'old', gate);
    hold([], 'new', gate);
    hold([], 'raised', gate, { priority: 1 });
    expect(log).toEqual([
      'requested 2 old 1',
      'cancelled 2 old',
      'requested 2 new 1',
      'cancelled 2 new',
      'requested 3 raised 1',
    ]);
  });

  it('I3: a lock that has been granted but not delivered is not waited for', async () => {
    const lock = new ReadWriteLock({ scheduler: asapScheduler });
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    hold(log, '1', gate);
    hold(log, '2', gate);
    hold(log, '3', gate);
    expect(log).toEqual(['2 completes']);
    await firstValueFrom(timer(1));
    expect(log).toEqual(['2 completes', '1 holds']);
  });

  it('I3: the replaced consumer is told in the context of its own call', () => {
    const storage = new AsyncLocalStorage<string>();
    const { lock } = busyLock({ context: () => AsyncLocalStorage.snapshot() });
    const gate = latest(lock.writer);
    const seen: unknown[] = [];
    const complete = () => seen.push(storage.getStore());
    storage.run('old', () => gate.acquire().subscribe({ complete }));
    storage.run('new', () => gate.acquire().subscribe({ complete }));
    expect(seen).toEqual(['old']);
    storage.run('newest', () => gate.acquire().subscribe());
    expect(seen).toEqual(['old', 'new']);
  });

  it('I3: it looks at the same number of requests, however many wait', () => {
    const looksAt = (waiting: number) => {
      const { lock, lease } = busyLock();
      const gate = latest(lock.writer);
      gate.acquire().subscribe();
      for (let i = 0; i < waiting; i++) lock.writer.acquire().subscribe();
      const looks = jest.spyOn(Request.prototype, 'effectivePriority', 'get');
      for (let i = 0; i < 100; i++) gate.acquire().subscribe();
      const { length } = looks.mock.calls;
      looks.mockRestore();
      expect(lock.state.waiting.write).toBe(waiting + 1);
      lease.release();
      return length;
    };
    expect(looksAt(2_000)).toBe(looksAt(1));
    expect(looksAt(1)).toBeGreaterThan(0);
  });
});

describe('latest, called back into', () => {
  it('I3: the replaced consumer may request again, and replaces the newer one', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    gate.acquire().subscribe({ complete: () => hold(log, 'again', gate) });
    hold(log, 'newer', gate);
    expect(log).toEqual(['newer completes']);
    lease.release();
    expect(log).toEqual(['newer completes', 'again holds']);
  });

  it('I3: two subscribers that repeat replace each other endlessly', () => {
    const { lock } = busyLock();
    const gate = latest(lock.writer);
    let turns = 0;
    const save = of(1).pipe(withGate(gate));
    save.pipe(repeat(100)).subscribe({ complete: () => turns++ });
    const counted = new Observable((subscriber) => {
      turns++;
      return save.subscribe(subscriber);
    });
    counted.pipe(repeat(100)).subscribe();
    expect(turns).toBeGreaterThan(90);
    expect(lock.state.waiting.write).toBe(1);
  });

  it('I3: consumers that request again when they are replaced do not grow the stack', () => {
    const { lock } = busyLock();
    const gate = latest(lock.writer);
    let left = 10_000;
    const save = () => gate.acquire().subscribe({ complete: () => left-- > 0 && save() });
    save();
    save();
    expect([left, lock.state.waiting.write]).toEqual([-1, 1]);
  });

  it('I3: the replaced consumer may cancel the newer request', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    const newer = new Subject<void>();
    gate.acquire().subscribe({ complete: () => newer.next() });
    const request = new Observable((subscriber) => {
      newer.subscribe(() => subscriber.unsubscribe());
      return of(1).pipe(withGate(gate)).subscribe(subscriber);
    });
    request.subscribe(() => log.push('granted'));
    expect(lock.state.waiting.write).toBe(0);
    hold(log, 'next', gate);
    lease.release();
    expect(log).toEqual(['next holds']);
  });

  it('I3: a request from inside the grant of the one before waits behind it', () => {
    const lock = new ReadWriteLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    let first: Lease | undefined;
    gate.acquire().subscribe((lease) => {
      first = lease;
      hold(log, 'inner 1', gate);
      hold(log, 'inner 2', gate);
    });
    expect(log).toEqual(['inner 1 completes']);
    first?.release();
    expect(log.at(-1)).toBe('inner 2 holds');
  });

  it('I3: a subscriber of the states that requests at once replaces what has just been queued', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    let asked = false;
    lock.subscribe(({ waiting }) => {
      if (waiting.write === 0 || asked) return;
      asked = true;
      hold(log, 'observer', gate);
    });
    hold(log, 'first', gate);
    expect(log).toEqual(['first completes']);
    lease.release();
    expect(log).toEqual(['first completes', 'observer holds']);
  });

  it('I3: a policy that requests at the gate is refused, and what waits keeps its place', async () => {
    const log: string[] = [];
    const lock: ReadWriteLock = new ReadWriteLock({
      policy: (reader, writer) => {
        hold(log, 'policy', gate);
        return reader.order < writer.order;
      },
    });
    const gate = latest(lock.writer);
    const lease = lock.reader.tryAcquire();
    hold(log, 'save', gate);
    const reported = await unhandled(() => hold(log, 'reader', lock.reader));
    expect(reported).toHaveLength(1);
    expect(log).toEqual(['policy LockError']);
    expect(lock.state.waiting).toEqual({ read: 1, upgradable: 0, write: 1 });
    lease?.release();
    expect(log.at(-1)).toBe('save holds');
  });

  it('I3: an error thrown by the teardown of a replaced one does not reach the newer one', async () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], latest(lock.writer)];
    const old = new Observable((subscriber) => {
      subscriber.add(() => {
        throw new Error('torn down');
      });
      return gate.acquire().subscribe(subscriber);
    });
    old.subscribe();
    const reported = await unhandled(() => hold(log, 'newer', gate));
    expect(reported).toHaveLength(1);
    lease.release();
    expect(log).toEqual(['newer holds']);
  });
});

describe('latest over several locks', () => {
  const setUp = (count = 2) => {
    const locks = orderedLocks(count) as [ReadWriteLock, ReadWriteLock];
    const log: string[] = [];
    return { locks, log, gate: latest(allOf(...locks.map(({ writer }) => writer))) };
  };

  it('I3: the newer request has what the older one holds, and its place at the next lock', () => {
    const { locks, log, gate } = setUp();
    const [a, b] = locks;
    const lease = b.writer.tryAcquire();
    hold(log, '1', gate);
    const others = [hold(log, 'a', a.writer), hold(log, 'b', b.writer)];
    const newer = hold(log, '2', gate);
    expect(log).toEqual(['1 completes']);
    expect([a.state.held.write, b.state.waiting.write]).toEqual([1, 2]);
    lease?.release();
    expect(log).toEqual(['1 completes', '2 holds']);
    newer.unsubscribe();
    expect(log.slice(2).sort()).toEqual(['a holds', 'b holds']);
    for (const other of others) other.unsubscribe();
    expect([a.writer.locked, b.writer.locked]).toEqual([false, false]);
  });

  it('I3: a newer request of a higher priority goes before those of a lower one at the next lock', () => {
    const { locks, log, gate } = setUp();
    const lease = locks[1].writer.tryAcquire();
    hold(log, '1', gate);
    hold(log, 'other', locks[1].writer, { priority: 1 });
    hold(log, '2', gate, { priority: 2 });
    lease?.release();
    expect(log).toEqual(['1 completes', '2 holds']);
  });

  it('I3: cancelling the newer request releases all that it has taken over', () => {
    const { locks, log, gate } = setUp(3);
    locks[1].writer.tryAcquire();
    hold(log, '1', gate);
    hold(log, '2', gate).unsubscribe();
    expect(locks.map(({ state }) => state.held.write + state.waiting.write)).toEqual([0, 1, 0]);
    locks[2 as 0].complete();
    expect(locks[2 as 0].state.closed).toBe(true);
  });

  it.each(WAYS)('I3: what waits for several locks by %s is replaced', async (_, way, expected) => {
    const { locks, gate } = setUp();
    const lease = locks[1].writer.tryAcquire();
    const replaced = way(gate);
    const newer = way(gate);
    await expect(replaced).resolves.toBe(expected);
    lease?.release();
    await expect(newer).resolves.toBe('granted');
  });

  it('I3: a lock that has closed since refuses the newer request and serves the older one', () => {
    const { locks, log, gate } = setUp();
    const lease = locks[0].writer.tryAcquire();
    hold(log, '1', gate);
    locks[1].complete();
    hold(log, '2', gate);
    expect(log).toEqual(['2 LockClosedError']);
    lease?.release();
    expect(log).toEqual(['2 LockClosedError', '1 holds']);
  });

  it('I3: a newer request that has taken over is served by a lock that closes later', () => {
    const { locks, log, gate } = setUp();
    const lease = locks[0].writer.tryAcquire();
    hold(log, '1', gate);
    hold(log, '2', gate);
    locks[1].complete();
    lease?.release();
    expect(log).toEqual(['1 completes', '2 holds']);
  });

  it('I3: when one of the locks fails, the newer request errors and releases the others', () => {
    const { locks, log, gate } = setUp();
    locks[1].writer.tryAcquire();
    hold(log, '1', gate);
    hold(log, '2', gate);
    locks[1].error('failed');
    expect(log).toEqual(['1 completes', '2 failed']);
    expect(locks[0].writer.locked).toBe(false);
  });

  it('I3: a request that is replaced between two of its locks goes on as the newer one', () => {
    const { locks, log, gate } = setUp();
    let asked = false;
    locks[0].subscribe(({ held }) => {
      if (held.write === 0 || asked) return;
      asked = true;
      hold(log, '2', gate);
    });
    hold(log, '1', gate).unsubscribe();
    expect(log).toEqual(['2 holds', '1 completes']);
    expect(locks.map(({ state }) => state.held.write)).toEqual([1, 1]);
  });

  it('I3: the label and the higher priority of the newer request count at the locks to come', () => {
    const { locks, log, gate } = setUp();
    const [a, b] = locks;
    const leases = [a.writer.tryAcquire(), b.writer.tryAcquire()];
    hold(log, '1', gate);
    hold(log, 'b', b.writer, { priority: 1 });
    hold(log, '2', gate, { priority: 2 });
    leases[0]?.release();
    const trace: unknown[] = [];
    traceLock(b).subscribe(({ type, label }) => trace.push(`${type} ${label}`));
    leases[1]?.release();
    expect(log).toEqual(['1 completes', '2 holds']);
    expect(trace).toContain('granted 2');
  });

  it('I3: the lease of several locks that was taken over works', () => {
    const { locks, gate } = setUp();
    const holder = locks[1].writer.tryAcquire();
    const leases: Lease[] = [];
    gate.acquire().subscribe();
    gate.acquire().subscribe((lease) => leases.push(lease));
    holder?.release();
    const [lease] = leases;
    expect(lease?.writer.tryAcquire()?.mode).toBe('write');
    const again = latest((lease as Lease).reader);
    expect(again.tryAcquire()?.mode).toBe('read');
    lease?.release();
    const log: string[] = [];
    hold(log, 'late', again);
    expect(log).toEqual(['late LeaseReleasedError']);
  });
});

describe('drop', () => {
  it('I3: a request completes empty while another one of the gate waits or holds', () => {
    const { lock, lease } = busyLock();
    const [log, gate]: [string[], Gate] = [[], drop(lock.writer)];
    const first = hold(log, '1', gate);
    hold(log, '2', gate);
    lease.release();
    hold(log, '3', gate);
    expect(log).toEqual(['2 completes', '1 holds', '3 completes']);
    first.unsubscribe();
    hold(log, '4', gate);
    expect(log.at(-1)).toBe('4 holds');
  });

  it.each(WAYS)('I3: %s is dropped, and makes no request', async (_, way, expected) => {
    const { lock } = busyLock();
    const gate = drop(lock.writer);
    gate.acquire().subscribe();
    const trace: unknown[] = [];
    traceLock(lock).subscribe((event) => trace.push(event));
    await expect(way(gate)).resolves.toBe(expected);
    expect(trace).toEqual([]);
  });

  it.each(WAYS)('I3: %s drops others while it holds', async (name, way, expected) => {
    const lock = new ReadWriteLock();
    const gate = drop(lock.writer);
    await expect(way(gate)).resolves.toBe('granted');
    // The source of an operator has completed by now; a lease has not been released.
    const holds = name.endsWith('()');
    expect(lock.writer.locked).toBe(holds);
    await expect(way(gate)).resolves.toBe(holds ? expected : 'granted');
  });

  it('I3: a lease that is released, disposed or failed no longer drops', async () => {
    const lock = new ReadWriteLock();
    const gate = drop(lock.writer);
    (await gate.lease()).release();
    (await gate.lease())[Symbol.dispose]();
    gate.acquire().subscribe().unsubscribe();
    gate.tryAcquire()?.release();
    const nested = (await gate.lease()) as LockLike;
    expect(nested.reader.tryAcquire()?.mode).toBe('read');
    (nested as Lease).release();
    await expect(outcome(gate.acquire({ waitTimeout: 1 }))).resolves.toBe('LockTimeoutError');
    lock.error('failed');
    const log: string[] = [];
    hold(log, 'late', gate);
    expect(log).toEqual(['late failed']);
  });

  it('I3: the error of a dropped lease() names what it was dropped for', async () => {
    const lock = new ReadWriteLock({ name: 'orders' });
    const gate = drop(lock.writer);
    gate.acquire({ label: 'first' }).subscribe();
    await expect(gate.lease({ label: 'second' })).rejects.toThrow(
      `orders: can't acquire write "second", the request was dropped; held by write "first"`,
    );
    const other = new ReadWriteLock();
    other.writer.tryAcquire();
    const waits = drop(other.writer);
    waits.acquire().subscribe();
    await expect(waits.lease()).rejects.toThrow(
      `lock: can't acquire write, the request was dropped; behind write`,
    );
  });

  it('I3: tryAcquire and ifAvailable are never dropped, and count while they hold', () => {
    const lock = new ReadWriteLock();
    const [log, gate]: [string[], Gate] = [[], drop(lock.reader)];
    const leases = [gate.tryAcquire(), gate.tryAcquire()];
    const third = hold(log, '3', gate, { ifAvailable: true });
    for (const end of [() => leases[0]?.release(), () => third.unsubscribe()]) {
      hold(log, 'dropped', gate);
      end();
    }
    hold(log, 'dropped', gate);
    leases[1]?.release();
    hold(log, '4', gate);
    const dropped = 'dropped completes';
    expect(log).toEqual(['3 holds', dropped, dropped, dropped, '4 holds']);
    const busy = busyLock();
    const refused = drop(busy.lock.writer);
    expect(refused.tryAcquire()).toBeUndefined();
    hold(log, 'refused', refused, { ifAvailable: true });
    hold(log, 'waits', refused);
    expect(log.at(-1)).toBe('refused LockUnavailableError');
    expect(busy.lock.state.waiting.write).toBe(1);
  });

  it('I3: actions do not coalesce', () => {
    const lock = new ReadWriteLock();
    const [log, gate]: [string[], Gate] = [[], drop(lock.writer)];
    const lease = gate.tryAcquire();
    gate.schedule(() => log.push('action 1'));
    gate.schedule(() => log.push('action 2'));
    lease?.release();
    expect(log).toEqual(['action 1', 'action 2']);
  });

  it('I3: a request whose signal has aborted errors, and drops nothing', () => {
    const lock = new ReadWriteLock();
    const [log, gate]: [string[], Gate] = [[], drop(lock.writer)];
    hold(log, '1', gate, { signal: AbortSignal.abort('gone') });
    const second = hold(log, '2', gate);
    hold(log, '3', gate, { signal: AbortSignal.abort('gone') });
    second.unsubscribe();
    hold(log, '4', gate);
    expect(log).toEqual(['1 gone', '2 holds', '3 gone', '4 holds']);
  });

  it.each([1, 2])(
    'I3, E3: a request errors if one of %i locks is closed, whatever holds',
    async (count) => {
      const locks = orderedLocks(count);
      const gate = drop(allOf(...locks.map(({ writer }) => writer)));
      const through = drop((gate.tryAcquire() as Lease).reader);
      expect(through.tryAcquire()).toBeDefined();
      locks.at(-1)?.complete();
      for (const [name, way, dropped] of WAYS) {
        expect([name, await way(gate)]).toEqual([name, 'LockClosedError']);
        // A closed lock still serves what is requested through a lease.
        expect([name, await way(through)]).toEqual([name, dropped]);
      }
    },
  );

  it('I3, D8: a request through a released lease errors, whatever holds', () => {
    const lease = new ReadWriteLock().reader.tryAcquire() as Lease;
    const [log, gate]: [string[], Gate] = [[], drop(lease.reader)];
    expect(gate.tryAcquire()).toBeDefined();
    hold(log, 'early', gate);
    lease.release();
    hold(log, 'late', gate);
    expect(log).toEqual(['early completes', 'late LeaseReleasedError']);
  });

  it('I3: a request drops others until its own consumer has been told and its source torn down', () => {
    const lock = new ReadWriteLock();
    const [log, gate]: [string[], Gate] = [[], drop(lock.writer)];
    of(1)
      .pipe(withGate(gate))
      .subscribe({
        next: () => hold(log, 'in next', gate),
        complete: () => hold(log, 'in complete', gate),
      });
    hold(log, 'after', gate);
    expect(log).toEqual(['in next completes', 'in complete completes', 'after holds']);
  });

  it('I3: a retry and a repeat below the gate are not dropped for the run before them', () => {
    const lock = new ReadWriteLock();
    const gate = drop(lock.writer);
    let runs = 0;
    const fails = new Observable<never>((subscriber) => {
      runs++;
      return throwError(() => 'no').subscribe(subscriber);
    });
    fails.pipe(withGate(gate), retry(2)).subscribe({ error: () => undefined });
    expect(runs).toBe(3);
    const values: number[] = [];
    of(1)
      .pipe(withGate(gate), repeat(3))
      .subscribe((value) => values.push(value));
    expect(values).toEqual([1, 1, 1]);
  });

  it('I3: with a function, requests of the same key are dropped, and others are not', () => {
    const keys = new KeyedReadWriteLock<string>();
    const payOf = drop((id: string) => keys.for(id).writer);
    const log: string[] = [];
    hold(log, 'a1', payOf('a'));
    hold(log, 'b1', payOf('b'));
    hold(log, 'a2', payOf('a'));
    expect(log).toEqual(['a1 holds', 'b1 holds', 'a2 completes']);
  });

  it('I3: it drops while a grant is still to be delivered', async () => {
    const lock = new ReadWriteLock({ scheduler: asapScheduler });
    const [log, gate]: [string[], Gate] = [[], drop(lock.writer)];
    const first = hold(log, '1', gate);
    hold(log, '2', gate);
    await firstValueFrom(timer(1));
    hold(log, '3', gate);
    first.unsubscribe();
    hold(log, '4', gate).unsubscribe();
    hold(log, '5', gate);
    expect(log).toEqual(['2 completes', '1 holds', '3 completes']);
    await firstValueFrom(timer(1));
    expect(log.at(-1)).toBe('5 holds');
  });

  it('I3: it drops requests for several locks, through leases and in every mode', () => {
    const locks = orderedLocks(2);
    const log: string[] = [];
    const both = drop(allOf(...locks.map(({ reader }) => reader)));
    const first = hold(log, '1', both);
    hold(log, '2', both);
    first.unsubscribe();
    const lease = locks[0]?.upgradable.tryAcquire() as UpgradableLease;
    const upgrade = drop(lease.writer);
    hold(log, '3', upgrade);
    hold(log, '4', upgrade);
    expect(log).toEqual(['1 holds', '2 completes', '3 holds', '4 completes']);
    lease.release();
    hold(log, '5', both);
    expect(log).toHaveLength(4);
  });
});

describe('both', () => {
  it('I3: a promise of an empty stream needs a default value', async () => {
    const { lock } = busyLock();
    const gate = latest(lock.writer);
    const save = of('saved').pipe(withGate(gate));
    const [bare, defaulted] = [
      lastValueFrom(save),
      lastValueFrom(of('saved').pipe(withGate(gate)), { defaultValue: 'replaced' }),
    ];
    await expect(bare).rejects.toThrow(EmptyError);
    save.subscribe();
    await expect(defaulted).resolves.toBe('replaced');
  });

  it('I3: nothing is kept of idle keys, nor of the values that were replaced', async () => {
    const keys = new KeyedReadWriteLock<object>();
    const gates = [
      latest((id: object) => keys.for(id).writer),
      drop((id: object) => keys.for(id).writer),
    ];
    const kept: WeakRef<object>[] = [];
    const values = new Subject<object>();
    const lock = new ReadWriteLock();
    const save = latest(lock.writer);
    const lease = lock.writer.tryAcquire();
    const consumer = values.pipe(withGate(save, (value) => of(value))).subscribe();
    (() => {
      for (const gateOf of gates) {
        const key = {};
        kept.push(new WeakRef(key));
        const holder = keys.for(key).reader.tryAcquire();
        const requests = [1, 2, 3].map(() => NEVER.pipe(withGate(gateOf(key))).subscribe());
        holder?.release();
        for (const request of requests) request.unsubscribe();
        gateOf(key).acquire().subscribe().unsubscribe();
        gateOf(key).tryAcquire()?.release();
      }
      for (let i = 0; i < 3; i++) {
        const value = {};
        kept.push(new WeakRef(value));
        values.next(value);
      }
      values.next({});
    })();
    await collectGarbage();
    expect(kept.map((ref) => ref.deref())).toEqual(kept.map(() => undefined));
    lease?.release();
    consumer.unsubscribe();
  });

  it('I3: what is not a gate, or coalesces already, is refused where it is given', () => {
    const { writer } = new ReadWriteLock();
    expect(() => latest(undefined as unknown as Gate)).toThrow(
      new TypeError('the argument of latest must be a gate, got undefined'),
    );
    expect(() => drop(new ReadWriteLock() as unknown as Gate)).toThrow(
      new TypeError('the argument of drop must be a gate, got an object of type ReadWriteLock'),
    );
    expect(() => latest(() => 1 as unknown as Gate)('key')).toThrow(
      new TypeError('the result of the function given to latest must be a gate, got 1'),
    );
    expect(() => latest(drop(writer))).toThrow(
      new TypeError('the argument of latest is already a gate of latest or drop'),
    );
    expect(() => allOf(latest(writer), new ReadWriteLock().reader)).toThrow(
      new TypeError('allOf was given a gate of latest or drop: write latest(allOf(…)) instead'),
    );
    expect(() => withGate(latest(writer), 5 as never)).toThrow(TypeError);
    expect(() => latest(writer).acquire({ priority: NaN })).toThrow(RangeError);
  });

  it('I3: a gate that coalesces tells what it is a gate of', () => {
    const keys = new KeyedReadWriteLock<string>({ name: 'docs' });
    const gate = latest(keys.for('a').upgradable);
    expect([gate.mode, gate.locked, typeof gate.now()]).toEqual(['upgradable', false, 'number']);
    const lease = gate.tryAcquire();
    expect([gate.locked, lease?.mode]).toEqual([true, 'upgradable']);
  });
});

describe('an autosave on a lock that others use', () => {
  /** An edit every 5 ms; a save takes 12 ms, and readers hold the lock for 4 ms of every 20. */
  function saves(autosave: (edits: Observable<number>, lock: ReadWriteLock) => Observable<number>) {
    const done: number[] = [];
    const time = new TestScheduler(() => undefined);
    time.run(() => {
      const lock = new ReadWriteLock();
      timer(0, 20)
        .pipe(
          take(15),
          withReadLock(lock, () => timer(4)),
        )
        .subscribe();
      autosave(timer(1, 5).pipe(take(56)), lock).subscribe((edit) => done.push(edit));
    });
    return done;
  }
  const save = (edit: number) => of(edit).pipe(delay(12));

  it('I3: cutting off the older save starves it: of 56 edits one is saved', () => {
    const done = saves((edits, lock) =>
      edits.pipe(switchMap((edit) => save(edit).pipe(withWriteLock(lock)))),
    );
    expect(done).toEqual([55]);
  });

  it('I3: a save for each edit repeats all of them', () => {
    expect(saves((edits, lock) => edits.pipe(withWriteLock(lock, save)))).toHaveLength(56);
  });

  it('I3: latest saves as often as the lock allows, and the newest edit last', () => {
    const done = saves((edits, lock) => edits.pipe(withGate(latest(lock.writer), save)));
    expect(done.length).toBeGreaterThanOrEqual(16);
    expect(done.length).toBeLessThan(25);
    expect(done.at(-1)).toBe(55);
  });
});

it('I3: an observer that is told of a lease of tryAcquire() is dropped at the same gate', () => {
  const lock = new ReadWriteLock();
  const gate = drop(lock.writer);
  const log: string[] = [];
  lock.subscribe(({ held }) => {
    if (held.write > 0) gate.acquire().subscribe({ complete: () => log.push('dropped') });
  });
  const lease = gate.tryAcquire();
  expect([log, lock.state.waiting.write]).toEqual([['dropped'], 0]);
  lease?.release();
  expect(gate.tryAcquire()?.mode).toBe('write');
});
