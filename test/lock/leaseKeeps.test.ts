import { EMPTY, type Observable, type ObservableInput, of, Subject } from 'rxjs';
import {
  allOf,
  KeyedReadWriteLock,
  type Lease,
  ReadWriteLock,
  withGate,
  withReadLock,
  withUpgradableLock,
  withWriteLock,
} from 'rxjs-rwlock';
import { countKept } from '../support/collect.js';

interface Value {
  readonly payload: number;
}

type Project = (value: Value, lease: Lease) => ObservableInput<unknown>;

/** Subscribes a source behind an operator with a function, at locks of its own that are free or held. */
type Use = (source: Observable<Value>, project: Project, holders?: (Lease | undefined)[]) => void;

const lockWith =
  (operator: typeof withReadLock): Use =>
  (source, project, holders) => {
    const lock = new ReadWriteLock();
    holders?.push(lock.writer.tryAcquire());
    source.pipe(operator(lock, project)).subscribe();
  };

const operators: Record<string, Use> = {
  withReadLock: lockWith(withReadLock),
  withUpgradableLock: lockWith(withUpgradableLock),
  withWriteLock: lockWith(withWriteLock),
  'withWriteLock at a key'(source, project, holders) {
    const locks = new KeyedReadWriteLock<string>();
    holders?.push(locks.all.writer.tryAcquire());
    source.pipe(withWriteLock(locks.for('a'), project)).subscribe();
  },
  'withGate at several locks'(source, project, holders) {
    const [a, b] = [new ReadWriteLock(), new ReadWriteLock()];
    holders?.push(a.writer.tryAcquire());
    source.pipe(withGate(allOf(a.writer, b.reader), project)).subscribe();
  },
  'withGate at several keys'(source, project, holders) {
    const locks = new KeyedReadWriteLock<string>();
    holders?.push(locks.all.writer.tryAcquire());
    source.pipe(withGate(allOf(locks.for('a').writer, locks.for('b').reader), project)).subscribe();
  },
};

/** A function of an operator that keeps its leases, and that knows nothing else. */
function keepLeases(kept: Lease[], inner: (lease: Lease) => ObservableInput<unknown>): Project {
  return (_, lease) => {
    kept.push(lease);
    return inner(lease);
  };
}

/** Sends a new value through a source that ends with it, or that goes on. */
function send(use: (source: Observable<Value>) => void, goesOn = false): WeakRef<Value> {
  const value = { payload: 1 };
  if (goesOn) {
    const source = new Subject<Value>();
    use(source);
    source.next(value);
  } else use(of(value));
  return new WeakRef(value);
}

const isGone = async (value: WeakRef<Value>) => (await countKept([value])) === 0;

describe.each(Object.entries(operators))('the lease of %s', (_, use) => {
  it.each([
    ['ended', false],
    ['goes on', true],
  ])(
    'D4: kept after its release, it does not keep the value, when the source has %s',
    async (__, goesOn) => {
      const kept: Lease[] = [];
      const project = keepLeases(kept, () => EMPTY);
      const value = send((source) => use(source, project), goesOn);
      expect(await isGone(value)).toBe(true);
      expect(kept.map(({ released }) => released)).toEqual([true]);
    },
  );

  it('D4: kept after its release, it does not keep a value that has waited', async () => {
    const kept: Lease[] = [];
    const holders: Lease[] = [];
    const project = keepLeases(kept, () => EMPTY);
    const value = send((source) => use(source, project, holders));
    expect(kept).toEqual([]);
    for (const holder of holders) holder.release();
    expect(await isGone(value)).toBe(true);
    expect(kept.map(({ released }) => released)).toEqual([true]);
  });

  it('D4: released early, it does not keep the value while the inner Observable goes on', async () => {
    const kept: Lease[] = [];
    const end = new Subject();
    const project = keepLeases(kept, (lease) => {
      lease.release();
      return end;
    });
    const value = send((source) => use(source, project), true);
    expect(await isGone(value)).toBe(true);
    expect(end.observed).toBe(true);
    end.complete();
    expect(kept).toHaveLength(1);
  });
});

it.each<[string, (lock: ReadWriteLock, tell: (lease: Lease) => void) => void]>([
  ['acquire()', (lock, tell) => void lock.writer.acquire().subscribe(tell)],
  ['next()', (lock, granted) => lock.next({ mode: 'write', granted })],
])('D4: the lease of %s, kept after its release, does not keep its consumer', async (_, ask) => {
  const lock = new ReadWriteLock();
  const kept: Lease[] = [];
  const value = (() => {
    const value: Value = { payload: 1 };
    ask(lock, (lease) => {
      kept.push(lease);
      if (value.payload > 0) lease.release();
    });
    return new WeakRef(value);
  })();
  expect(await isGone(value)).toBe(true);
  expect(kept.map(({ released }) => released)).toEqual([true]);
});
