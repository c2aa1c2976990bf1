import '../support/zoneFlags.js';
import 'zone.js';
import { asapScheduler, asyncScheduler, defer, of, Subject } from 'rxjs';
import {
  allOf,
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  ReadWriteLock,
  type RequestOptions,
  withGate,
  withReadLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { until } from '../support/turns.js';

const app = Zone.root.fork({ name: 'app' });
const elsewhere = Zone.root.fork({ name: 'elsewhere' });

/** The recipe of the docs. */
const context = () => {
  const zone = Zone.current;
  return (run: () => void) => zone.run(run);
};

type Tell = () => void;
type Way = (lock: LockLike, tell: Tell, options?: RequestOptions) => unknown;

const ways: Record<string, Way> = {
  'the source of an operator': (lock, tell, options) =>
    defer(() => {
      tell();
      return of(1);
    })
      .pipe(withWriteLock(lock, options))
      .subscribe({ error: tell }),
  'the consumer of an operator': (lock, tell, options) =>
    of(1).pipe(withReadLock(lock, options)).subscribe({ next: tell, error: tell }),
  'an operator with a function': (lock, tell, options) =>
    of(1)
      .pipe(
        withWriteLock(
          lock,
          () => {
            tell();
            return of(2);
          },
          options,
        ),
      )
      .subscribe({ error: tell }),
  'acquire()': ({ writer }, tell, options) =>
    writer.acquire(options).subscribe({
      next(lease) {
        tell();
        lease.release();
      },
      error: tell,
    }),
  'lease()': ({ writer }, tell, options) =>
    writer.lease(options).then((lease) => {
      tell();
      lease.release();
    }, tell),
  'allOf()': ({ writer }, tell, options) =>
    of(1)
      .pipe(withGate(allOf(writer, new ReadWriteLock({ context }).writer), options))
      .subscribe({ next: tell, error: tell }),
};

const endings: Record<string, [RequestOptions, (lock: ReadWriteLock, holder: Lease) => void]> = {
  'is granted by a release': [{}, (_, holder) => holder.release()],
  'fails with its lock': [{}, (lock) => lock.error('gone')],
  'times out': [{ waitTimeout: 2 }, () => undefined],
};

const every = Object.entries(ways).flatMap(([name, way]) =>
  Object.entries(endings).map(
    ([ending, [options, end]]) => [name, ending, way, options, end] as const,
  ),
);

/** The zones in which a request tells how it ended, and the one in which its end goes on. */
async function zones(
  whole: ReadWriteLock,
  lock: LockLike,
  way: Way,
  options: RequestOptions,
  end: (holder: Lease) => void,
): Promise<string[]> {
  const seen: string[] = [];
  const holder = lock.writer.tryAcquire() as Lease;
  app.run(() => way(lock, () => seen.push(Zone.current.name), options));
  expect([seen, whole.state.waiting.read + whole.state.waiting.write]).toEqual([[], 1]);
  let after = '';
  elsewhere.run(() => {
    end(holder);
    after = Zone.current.name;
  });
  await until(seen, 1);
  return [...seen, after];
}

it('A11: zone.js is at work: a Subject runs its subscribers in the zone of next()', () => {
  const subject = new Subject<void>();
  const seen: string[] = [];
  app.run(() => subject.subscribe(() => seen.push(Zone.current.name)));
  elsewhere.run(() => subject.next());
  expect(seen).toEqual(['elsewhere']);
});

describe.each(Object.entries({ 'at once': undefined, asapScheduler, asyncScheduler }))(
  'with grants delivered by %s',
  (_, scheduler) => {
    it.each(every)(
      'A11: %s runs in the zone of the asker when it %s',
      async (_name, _ending, way, options, end) => {
        const lock = new ReadWriteLock({ context, scheduler });
        const seen = await zones(lock, lock, way, options, (holder) => end(lock, holder));
        expect(seen).toEqual(['app', 'elsewhere']);
      },
    );

    it.each(Object.entries(ways))(
      'A11: %s of a key runs in the zone of the asker when its signal aborts elsewhere',
      async (_name, way) => {
        const { all, key } = keyed();
        const controller = new AbortController();
        const { signal } = controller;
        const seen = await zones(all, key, way, { signal }, () => controller.abort());
        expect(seen).toEqual(['app', 'elsewhere']);
      },
    );

    function keyed() {
      const locks = new KeyedReadWriteLock<string>({ context, scheduler });
      return { all: locks.all, key: locks.for('ann') };
    }
  },
);

it('A11: scheduled work runs in the zone of the call that scheduled it', () => {
  const { writer } = new ReadWriteLock({ context });
  const seen: string[] = [];
  const holder = writer.tryAcquire();
  app.run(() => writer.schedule(() => seen.push(Zone.current.name)));
  elsewhere.run(() => holder?.release());
  expect(seen).toEqual(['app']);
});

it('A11: without a context, everything but a promise runs in the zone of the release', async () => {
  const seen: string[] = [];
  for (const [name, way] of Object.entries(ways)) {
    if (name === 'allOf()') continue;
    const lock = new ReadWriteLock();
    const [zone] = await zones(lock, lock, way, {}, (holder) => holder.release());
    seen.push(`${name} ${String(zone)}`);
  }
  expect(seen).toEqual([
    'the source of an operator elsewhere',
    'the consumer of an operator elsewhere',
    'an operator with a function elsewhere',
    'acquire() elsewhere',
    'lease() app',
  ]);
});
