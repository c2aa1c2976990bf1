import { reactive, readonly, ref, shallowReactive } from '@vue/reactivity';
import { makeAutoObservable, observable } from 'mobx';
import { asapScheduler, from, map, NEVER, of } from 'rxjs';
import {
  allOf,
  type Gate,
  KeyedReadWriteLock,
  type Lease,
  ReadWriteLock,
  traceLock,
  type UpgradableLease,
  withGate,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { IDLE, NONE } from '../support/states.js';

/** Puts a value where a framework keeps it, and takes it out of there. */
type Keep = <T extends object>(value: T) => T;

class Store<T extends object> {
  readonly value: T;

  constructor(value: T) {
    this.value = value;
    makeAutoObservable(this);
  }
}

// The types of what comes out are those that the frameworks make of what goes in.
const frameworks: Record<string, Keep> = {
  'nothing around it': (value) => value,
  "Vue's reactive around an object": (value) => reactive({ value }).value as typeof value,
  "Vue's reactive around it": (value) => reactive(value) as typeof value,
  "Vue's reactive around an array": (value) => reactive([value])[0] as typeof value,
  "Vue's reactive around a map": (value) =>
    (reactive(new Map([['key', value]])) as Map<string, typeof value>).get('key') as typeof value,
  "Vue's ref": (value) => ref(value).value as typeof value,
  "Vue's readonly": (value) => readonly({ value }).value as typeof value,
  "Vue's shallowReactive": (value) => shallowReactive({ value }).value,
  "MobX's observable around an object": (value) => observable({ value }).value,
  "MobX's observable around an array": (value) => observable([value])[0] as typeof value,
  "MobX's observable around a map": (value) =>
    observable(new Map([['key', value]])).get('key') as typeof value,
  "MobX's box": (value) => observable.box(value).get(),
  "MobX's makeAutoObservable": (value) => new Store(value).value,
};

/** What a proxy does that forwards everything: methods then see the proxy as `this`. */
const bareProxy: Keep = (value) => new Proxy(value, {});

describe.each(Object.entries(frameworks))('with %s', (_, keep) => {
  /** A lock, as it was made and as it comes out of the framework. */
  const kept = () => {
    const raw = new ReadWriteLock();
    return { raw, lock: keep(raw) };
  };

  it('H3: a lock is granted and released', () => {
    const { raw, lock } = kept();
    const lease = lock.writer.tryAcquire();
    expect([raw.writer.locked, lock.writer.locked]).toEqual([true, true]);
    expect(lock.writer.tryAcquire()).toBeUndefined();
    lease?.release();
    expect(raw.state).toMatchObject({ ...IDLE, version: 1 });
  });

  it('H3: a lock promises a lease', async () => {
    const { raw, lock } = kept();
    (await lock.writer.lease()).release();
    {
      await using lease = await lock.upgradable.lease();
      expect(lease.mode).toBe('upgradable');
    }
    expect(raw.state).toMatchObject(IDLE);
  });

  it('H3: waiting requests are served in their order, at the proxy and at the lock itself', () => {
    const { raw, lock } = kept();
    const holder = lock.writer.tryAcquire();
    const log: string[] = [];
    const tell = (text: string) => log.push(text);
    of('a').pipe(withWriteLock(lock)).subscribe(tell);
    of('b').pipe(withReadLock(raw)).subscribe(tell);
    of('c').pipe(withUpgradableLock(lock)).subscribe(tell);
    of('d').pipe(withWriteLock(lock)).subscribe(tell);
    of('e')
      .pipe(withWriteLock(lock, (text, lease) => of(`${text} ${lease.mode}`)))
      .subscribe(tell);
    lock.reader.schedule(() => tell('f'));
    expect(raw.state.waiting).toEqual({ read: 2, upgradable: 1, write: 3 });
    holder?.release();
    expect(log).toEqual(['a', 'b', 'c', 'd', 'e write', 'f']);
    expect(raw.state).toMatchObject(IDLE);
  });

  it('H3: a waiting request is cancelled, and the lock goes on', async () => {
    const { raw, lock } = kept();
    const holder = lock.writer.tryAcquire();
    const waiting = NEVER.pipe(withWriteLock(lock)).subscribe();
    expect(raw.state.waiting.write).toBe(1);
    waiting.unsubscribe();
    holder?.release();
    expect(raw.state).toMatchObject(IDLE);
    (await lock.writer.lease()).release();
  });

  it('H3: a lock tells its states and its trace', () => {
    const { lock } = kept();
    const seen: unknown[] = [];
    lock.pipe(map(({ held }) => held.write)).subscribe((writers) => seen.push(writers));
    traceLock(lock).subscribe(({ type }) => seen.push(type));
    lock.writer.tryAcquire()?.release();
    expect(seen).toEqual([0, 1, 'requested', 'granted', 0, 'released']);
    expect(lock.state).toBe(lock.state);
  });

  it('H3: a lock takes requests as values, is closed and fails', () => {
    const { raw, lock } = kept();
    const log: string[] = [];
    from(['read', 'write'] as const)
      .pipe(map((mode) => ({ mode, granted: (lease: Lease) => lease.release() })))
      .subscribe({ next: (request) => lock.next(request) });
    raw.subscribe({ complete: () => log.push('completed') });
    lock.complete();
    expect(log).toEqual(['completed']);
    const failing = kept();
    NEVER.pipe(withReadLock(failing.raw)).subscribe({ error: (error: string) => log.push(error) });
    failing.lock.error('down');
    expect(log).toEqual(['completed', 'down']);
  });

  it('H3: a gate is kept apart from its lock', async () => {
    const raw = new ReadWriteLock();
    const gate: Gate = keep(raw.writer);
    const log: string[] = [];
    const lease = await gate.lease();
    of('operator')
      .pipe(withGate(gate))
      .subscribe((text) => log.push(text));
    const cancelled = gate.acquire().subscribe();
    gate.schedule(() => log.push('work'));
    expect(gate.locked).toBe(true);
    cancelled.unsubscribe();
    lease.release();
    expect(log).toEqual(['operator', 'work']);
    expect(raw.state).toMatchObject(IDLE);
  });

  it('H3: a lease is released, and told apart from others of its lock', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    const lease = keep(lock.reader.tryAcquire({ label: 'kept' }) as Lease);
    const other = lock.reader.tryAcquire({ label: 'other' });
    const nested = lease.reader.tryAcquire();
    expect([lease.mode, lease.released, lock.state.held.read]).toEqual(['read', false, 3]);
    nested?.release();
    lease.release();
    expect([lease.released, lock.state.held.read]).toEqual([true, 1]);
    other?.release();
    expect(lock.state).toMatchObject(IDLE);
    expect(() => lease.reader.tryAcquire()).toThrow('released');
  });

  it('H3: a lease is upgraded and downgraded', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    const outer = keep(lock.upgradable.tryAcquire() as UpgradableLease);
    const reader = keep(lock.reader.tryAcquire() as Lease);
    outer.writer.acquire().subscribe((lease) => {
      log.push('upgraded');
      keep(lease).release();
    });
    lock.reader.acquire().subscribe(() => log.push('reader'));
    reader.release();
    expect(log).toEqual(['upgraded', 'reader']);
    outer.downgrade('read');
    expect(lock.state.held).toEqual({ read: 2, upgradable: 0, write: 0 });
  });

  it('H1, H3: a message tells what other owners hold, and nothing of the owner itself', () => {
    const lock = new ReadWriteLock({ name: 'settings' });
    const outer = keep(lock.upgradable.tryAcquire({ label: 'mine' }) as UpgradableLease);
    outer.reader.tryAcquire({ label: 'mine, too' });
    lock.reader.tryAcquire({ label: 'other' });
    let message = '';
    outer.writer
      .acquire({ ifAvailable: true })
      .subscribe({ error: (error: Error) => (message = error.message) });
    expect(message).toContain('held by read "other"');
    expect(message).not.toContain('mine');
  });

  it('H3: a lease from a function of an operator is kept, used and released early', () => {
    const lock = new ReadWriteLock();
    const log: string[] = [];
    of('value')
      .pipe(
        withWriteLock(lock, (value, lease) => {
          const state = keep(lease);
          of('nested')
            .pipe(withReadLock(state))
            .subscribe((text) => log.push(text));
          state.downgrade('read');
          log.push(String(lock.reader.locked), String(lock.writer.locked));
          state.release();
          return of(value);
        }),
      )
      .subscribe((text) => log.push(text));
    expect(log).toEqual(['nested', 'true', 'false', 'value']);
    expect(lock.state).toMatchObject(IDLE);
  });

  it('H3: a lease of several locks is downgraded and released', () => {
    const [a, b] = [new ReadWriteLock(), new ReadWriteLock()];
    const lease = keep(allOf(a.writer, b.writer).tryAcquire() as WriteLease);
    const nested = lease.reader.tryAcquire();
    lease.downgrade('read');
    expect([a.state.held, b.state.held]).toEqual([
      { ...NONE, read: 2 },
      { ...NONE, read: 2 },
    ]);
    nested?.release();
    lease.release();
    expect([a.state, b.state]).toMatchObject([IDLE, IDLE]);
  });

  it('H3: a keyed lock and the locks of its keys work', async () => {
    const raw = new KeyedReadWriteLock<string>();
    const locks = keep(raw);
    const ann = keep(locks.for('ann'));
    const log: string[] = [];
    const seen: number[] = [];
    ann.subscribe(({ held }) => seen.push(held.write));
    const lease = await ann.writer.lease();
    expect(raw.for('ann').writer.locked).toBe(true);
    of('ann')
      .pipe(withWriteLock(raw.for('ann')))
      .subscribe((text) => log.push(text));
    of('bob')
      .pipe(withWriteLock(locks.for('bob')))
      .subscribe((text) => log.push(text));
    of('both')
      .pipe(withGate(keep(allOf(ann.writer, keep(locks.for('bob').reader)))))
      .subscribe((text) => log.push(text));
    const all = keep(locks.all);
    of('all')
      .pipe(withWriteLock(all))
      .subscribe((text) => log.push(text));
    expect(log).toEqual(['bob']);
    lease.release();
    expect(log).toEqual(['bob', 'ann', 'both', 'all']);
    expect([seen[0], seen[1], seen.at(-1)]).toEqual([0, 1, 0]);
    expect(raw.all.state).toMatchObject(IDLE);
  });

  it('H3: a lease of several keys is extended by a key and released', () => {
    const locks = new KeyedReadWriteLock<string>();
    const lease = keep(
      allOf(locks.for('a').writer, locks.for('b').reader).tryAcquire() as WriteLease,
    );
    const more = keep(allOf(lease.reader, locks.for('c').writer).tryAcquire() as WriteLease);
    expect(locks.for('c').writer.locked).toBe(true);
    more.release();
    lease.release();
    expect(locks.all.state).toMatchObject(IDLE);
    expect(locks.all.writer.tryAcquire()).toBeDefined();
  });

  it('A10, H3: a lock with a scheduler and a context delivers', async () => {
    const context = () => (run: () => void) => run();
    const lock = keep(new ReadWriteLock({ context, scheduler: asapScheduler }));
    const holder = lock.writer.tryAcquire();
    const lease = lock.writer.lease({ waitTimeout: 1_000 });
    holder?.release();
    keep(await lease).release();
    expect(lock.state).toMatchObject(IDLE);
  });
});

/** Whether a piece of work works, or what it throws. */
const attempt = (work: () => unknown): string => {
  try {
    work();
    return 'works';
  } catch (error) {
    return (error as Error).name;
  }
};

// Nothing can be promised of a proxy that nobody has seen; but what does not work has to say so.
describe('in a proxy that looks at nothing', () => {
  const outcome = /^(works|TypeError)$/;

  it('H3: a lock works, or throws', () => {
    const raw = new ReadWriteLock();
    const lock = bareProxy(raw);
    const log: string[] = [];
    const first = attempt(() => {
      const lease = lock.writer.tryAcquire();
      of('waits')
        .pipe(withWriteLock(lock))
        .subscribe((text) => log.push(text));
      lease?.release();
      expect(log).toEqual(['waits']);
    });
    expect(first).toMatch(outcome);
    expect(raw.state).toMatchObject(IDLE);
    expect(attempt(() => bareProxy(new KeyedReadWriteLock()).for('a').writer)).toMatch(outcome);
  });

  it('H3: a gate works, or throws', () => {
    const raw = new ReadWriteLock();
    const gate = bareProxy(raw.writer);
    for (const use of [
      () => gate.tryAcquire()?.release(),
      () => gate.acquire().subscribe((lease) => lease.release()),
      () => of(1).pipe(withGate(gate)).subscribe(),
      () => gate.schedule(() => undefined),
    ]) {
      expect(attempt(use)).toMatch(outcome);
      expect(raw.state).toMatchObject(IDLE);
    }
  });

  it.each<[string, (locks: readonly ReadWriteLock[]) => Lease | undefined]>([
    ['of one lock', ([a]) => a?.writer.tryAcquire()],
    ['of several', (all) => allOf(...all.map(({ writer }) => writer)).tryAcquire()],
  ])('H3: a lease %s is released, or throws', (_, take) => {
    const locks = [new ReadWriteLock(), new ReadWriteLock()];
    const raw = take(locks) as Lease;
    if (attempt(() => bareProxy(raw).release()) !== 'works') raw.release();
    expect(locks.map(({ state }) => state)).toMatchObject([IDLE, IDLE]);
  });
});

it('H3: locks, gates and leases say what they are, so that frameworks leave them as they are', () => {
  const lock = new ReadWriteLock();
  const keys = new KeyedReadWriteLock();
  const all = [lock, keys, keys.for('key'), lock.reader, lock.reader.tryAcquire()];
  expect(all.map((each) => Object.prototype.toString.call(each))).toEqual([
    '[object ReadWriteLock]',
    '[object KeyedReadWriteLock]',
    '[object ReadWriteLock]',
    '[object Gate]',
    '[object Lease]',
  ]);
});
