import {
  concatMap,
  count,
  defer,
  firstValueFrom,
  last,
  lastValueFrom,
  mergeMap,
  Observable,
  of,
  range,
  repeat,
  ReplaySubject,
  Subject,
  Subscription,
  switchMap,
  tap,
  takeUntil,
  timer,
} from 'rxjs';
import {
  allOf,
  drop,
  latest,
  type LockLike,
  type RequestOptions,
  withGate,
  withLiveReadLock,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
  withYieldingReadLock,
} from 'rxjs-rwlock';
import { type WebLockOptions, WebReadWriteLock } from 'rxjs-rwlock/web-locks';
import { Pair } from './Pair.js';

// Runs in a page and in each kind of worker, and does what a test tells it.

/** The ways to hold a lock while a source runs. */
const ways = {
  withReadLock: (source, lock, options) => source.pipe(withReadLock(lock, options)),
  withUpgradableLock: (source, lock, options) => source.pipe(withUpgradableLock(lock, options)),
  withWriteLock: (source, lock, options) => source.pipe(withWriteLock(lock, options)),
  'a function': (source, lock) => of(1).pipe(withWriteLock(lock, () => source)),
  withLiveReadLock: (source, lock) => source.pipe(withLiveReadLock(lock)),
  withYieldingReadLock: (source, lock) => source.pipe(withYieldingReadLock(lock)),
  withGate: (source, lock) => source.pipe(withGate(lock.reader)),
  allOf: (source, lock) => source.pipe(withGate(allOf(lockOf('another').reader, lock.writer))),
  latest: (source, lock) => source.pipe(withGate(latest(lock.writer))),
  drop: (source, lock) => source.pipe(withGate(drop(lock.writer))),
  acquire: (source, lock, options) => lock.writer.acquire(options).pipe(switchMap(() => source)),
} satisfies Record<
  string,
  (source: Observable<never>, lock: LockLike, options?: RequestOptions) => Observable<unknown>
>;
export type Way = keyof typeof ways;

const locks = new Map<string, WebReadWriteLock>();
const holds = new Map<string, { hold: Subscription; ended: Promise<string> }>();
const pair = new Pair();
const resting = new Subject<void>();
/** When the writers of the crowd have been granted the lock. */
const granted: number[] = [];
/** The time on a clock that all tabs share. */
const now = () => performance.timeOrigin + performance.now();
const seen = new ReplaySubject<number>(Infinity);

function lockOf(name: string, options?: WebLockOptions): WebReadWriteLock {
  const lock = locks.get(name) ?? new WebReadWriteLock(name, options);
  locks.set(name, lock);
  return lock;
}

const acts = {
  /** Makes a lock that is not to have the usual options. */
  make(name: string, options: WebLockOptions): void {
    lockOf(name, options);
  },

  /** Makes a lock whose Web Locks are those of a frame that is gone. */
  makeInRemovedFrame(name: string): void {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const locks = frame.contentWindow?.navigator.locks;
    frame.remove();
    lockOf(name, { locks });
  },

  /**
   * Holds a lock until it is told to end. Returns `granted`, or the name of the error in place of the
   * grant.
   */
  hold(id: string, way: Way, name: string, options?: RequestOptions): Promise<string> {
    const hold = new Subscription();
    return new Promise((resolve) => {
      const source = new Observable<never>(() => resolve('granted'));
      const ended = new Promise<string>((end) => {
        const error = (reason: Error) => {
          resolve(reason.name);
          end(reason.name);
        };
        hold.add(ways[way](source, lockOf(name), options).subscribe({ error }));
        hold.add(() => end('ended'));
        hold.add(() => resolve('cancelled'));
      });
      holds.set(id, { hold, ended });
    });
  },

  /** Cancels a request, or releases what it has been granted. */
  end(id: string): void {
    holds.get(id)?.hold.unsubscribe();
  },

  /** Returns the name of the error that has ended a hold. */
  ended(id: string): Promise<string> | undefined {
    return holds.get(id)?.ended;
  },

  /** Returns when so many requests of all tabs wait for a lock. */
  async waiting(name: string, count: number): Promise<void> {
    const names = [name, `${name}:turnstile`];
    for (let waiting = NaN; waiting !== count;) {
      const { pending = [] } = await navigator.locks.query();
      waiting = pending.filter((one) => names.includes(one.name ?? '')).length;
    }
  },

  /** Steals a lock, and returns when it has been released again. */
  steal(name: string): Promise<void> {
    return navigator.locks.request(name, { steal: true }, () => undefined);
  },

  /** Counts under the write lock, with some requests at once. */
  count(name: string, times: number): Promise<void> {
    const one = defer(() => pair.increment()).pipe(withWriteLock(lockOf(name)));
    return done(range(times).pipe(mergeMap(() => one, 8)));
  },

  /** Reads both counters under the read lock, and returns whether they were equal each time. */
  async check(name: string, times: number): Promise<boolean> {
    let areEqual = true;
    const one = defer(() => pair.read()).pipe(withReadLock(lockOf(name)));
    const check = range(times).pipe(mergeMap(() => one, 8));
    await done(check.pipe(tap(({ a, b }) => (areEqual &&= a === b))));
    return areEqual;
  },

  read: () => pair.read(),

  /** Makes requests that are cancelled, or release the lock, after a random time. */
  storm(name: string, times: number): Promise<void> {
    const never = new Observable<never>();
    const lock = lockOf(name);
    const one = defer(() => {
      const way = pick([withReadLock, withWriteLock, withUpgradableLock]);
      return never.pipe(way(lock), takeUntil(moment()));
    });
    return done(range(times).pipe(mergeMap(() => one, 8)));
  },

  /** Keeps so many writers waiting for the lock, each of which holds it for a time, until `rest`. */
  async crowd(name: string, writers: number, time: number): Promise<void> {
    const held = defer(() => {
      granted.push(now());
      return timer(time);
    });
    const writer = held.pipe(withWriteLock(lockOf(name)), repeat());
    await done(
      range(writers).pipe(
        mergeMap(() => writer),
        takeUntil(resting),
      ),
    );
  },

  /** Ends the crowd, and returns when its writers have been granted the lock. */
  rest(): number[] {
    resting.next();
    return granted.splice(0);
  },

  /** Writes again and again for a time, with some writers at once, and returns how often. */
  async hurry(name: string, writers: number, time: number): Promise<number> {
    const writer = of(1).pipe(withWriteLock(lockOf(name)), repeat());
    const all = range(writers).pipe(
      mergeMap(() => writer),
      takeUntil(timer(time)),
      count(),
    );
    return lastValueFrom(all);
  },

  /** Returns when the lock was requested for writing, and when it was granted. */
  async wait(name: string): Promise<[requested: number, granted: number]> {
    const requested = now();
    return [
      requested,
      await lastValueFrom(defer(() => of(now())).pipe(withWriteLock(lockOf(name)))),
    ];
  },

  /** Takes a lock of its own and then this one, or the other way round, by `allOf`. */
  both(first: string, second: string, times: number): Promise<void> {
    const gate = allOf(lockOf(first).writer, lockOf(second).writer);
    const one = defer(() => pair.increment()).pipe(withGate(gate));
    return done(range(times).pipe(mergeMap(() => one, 4)));
  },

  /** Reads the first counter live. */
  watch(name: string): void {
    const read = defer(() => pair.read()).pipe(withLiveReadLock(lockOf(name)));
    read.subscribe(({ a }) => seen.next(a));
  },

  /** Returns all that the live read has seen, once it has seen a value. */
  async seen(value: number): Promise<number[]> {
    const all: number[] = [];
    await firstValueFrom(
      seen.pipe(concatMap((one) => (all.push(one) && one === value ? of(all) : []))),
    );
    return all;
  },
};
export type Acts = typeof acts;

function pick<T>(from: readonly T[]): T {
  return from[Math.floor(Math.random() * from.length)] as T;
}

/** Emits after a random time. Timers of a tab in the background take a second. */
function moment(): Observable<unknown> {
  const turns = range(1 + Math.floor(5 * Math.random()));
  return turns.pipe(
    concatMap(() => navigator.locks.query()),
    last(),
  );
}

async function done(work: Observable<unknown>): Promise<void> {
  await lastValueFrom(work, { defaultValue: undefined });
}

// A worker is told by messages, each with a port for the answer.

interface Told {
  act: keyof Acts;
  args: unknown[];
}

const act = ({ act, args }: Told) => (acts[act] as (...args: unknown[]) => unknown)(...args);

async function answer(event: MessageEvent<Told>): Promise<void> {
  const [port] = event.ports;
  try {
    port?.postMessage({ value: await act(event.data) });
  } catch (error) {
    port?.postMessage({ error: String(error) });
  }
}

addEventListener('message', (event) => {
  const answered = answer(event as MessageEvent<Told>);
  // A service worker ends otherwise.
  (event as Partial<{ waitUntil(until: Promise<void>): void }>).waitUntil?.(answered);
});
// That is how a shared worker gets the port of its messages.
addEventListener('connect', (event) => {
  const [port] = (event as MessageEvent).ports;
  if (port) port.onmessage = (message: MessageEvent<Told>) => void answer(message);
});

// A page starts workers, and passes on what they are told.

export type WorkerKind = 'dedicated' | 'shared' | 'service';
const script = `${location.origin}/tab.js`;
const start: Record<WorkerKind, () => Worker | MessagePort | Promise<ServiceWorker>> = {
  dedicated: () => new Worker(script, { type: 'module' }),
  shared: () => new SharedWorker(script, { type: 'module' }).port,
  async service() {
    await navigator.serviceWorker.register(script, { type: 'module' });
    const { active } = await navigator.serviceWorker.ready;
    return active as ServiceWorker;
  },
};
const workers = new Map<WorkerKind, ReturnType<(typeof start)[WorkerKind]>>();

/** Does an act here, or lets a worker do it. */
async function tell(told: Told, kind?: WorkerKind): Promise<unknown> {
  if (!kind) return act(told);
  if (!workers.has(kind)) workers.set(kind, start[kind]());
  const worker = await workers.get(kind);
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve, reject) => {
    port1.onmessage = ({ data }: MessageEvent<{ value?: unknown; error?: string }>) => {
      port1.close();
      if (data.error) reject(new Error(data.error));
      else resolve(data.value);
    };
    worker?.postMessage(told, [port2]);
  });
}
export type Tell = typeof tell;

Object.assign(globalThis, { tell });
