import {
  NEVER,
  Observable,
  type Observer,
  of,
  Subject,
  type Subscription,
  take,
  takeUntil,
} from 'rxjs';
import {
  drop,
  latest,
  type Lease,
  type LockPolicy,
  withGate,
  withLiveReadLock,
  withWriteLock,
  withYieldingReadLock,
} from 'rxjs-rwlock';
import { Guarded } from 'rxjs-rwlock/state';
import { blockerOf, type Place, PLACES } from '../support/places.js';
import { POLICIES } from '../support/policies.js';
import { unhandled } from '../support/sources.js';
import { IDLE } from '../support/states.js';
import { wordsOf } from '../support/words.js';

// What holds for everything that runs a source under a lock: for each use of a lock, at each place,
// under each policy, and whether the lock is free or has to be waited for. What is special about a
// use is in the tests of that use; the plain operators are in the marbles and in the random walks.

type Side = 'reader' | 'writer';

/** How a lock is used. */
interface Use {
  readonly side: Side;
  /** Whether it reads again, and completes only with its lock. */
  readonly isLive?: boolean;
  /** Whether values are shown only when the source has completed. */
  readonly isWhole?: boolean;
  /** Whether the source is what a function returns, so that its teardown precedes the end. */
  readonly isInner?: boolean;
  readonly operator: (place: Place) => Operator;
}

type Operator = (source: Observable<number>) => Observable<number>;

const USES: Record<string, Use> = {
  withLiveReadLock: {
    side: 'reader',
    isLive: true,
    operator: ({ lock }) => withLiveReadLock<number>(lock),
  },
  'withLiveReadLock with a function': {
    side: 'reader',
    isLive: true,
    isInner: true,
    operator:
      ({ lock }) =>
      (source) =>
        of(0).pipe(withLiveReadLock(lock, () => source)),
  },
  withYieldingReadLock: {
    side: 'reader',
    isWhole: true,
    operator: ({ lock }) => withYieldingReadLock<number>(lock),
  },
  'withYieldingReadLock with a function': {
    side: 'reader',
    isWhole: true,
    isInner: true,
    operator:
      ({ lock }) =>
      (source) =>
        of(0).pipe(withYieldingReadLock(lock, () => source)),
  },
  ...gateUses('latest', latest),
  ...gateUses('drop', drop),
  'Guarded.update': {
    side: 'writer',
    isWhole: true,
    isInner: true,
    operator(place) {
      const { state, lease } = stateAt(place);
      const optimistic = (value: number) => value + PATCH;
      return (source) => state.update(() => source, { lease, optimistic });
    },
  },
  'Guarded.read': {
    side: 'reader',
    isInner: true,
    operator(place) {
      const { state, lease } = stateAt(place);
      return (source) => state.read(() => source, { lease });
    },
  },
};

const PATCH = 1000;

function gateUses(name: string, coalesce: typeof latest): Record<string, Use> {
  return {
    [`${name}(reader)`]: {
      side: 'reader',
      operator: ({ lock }) => withGate<number>(coalesce(lock.reader)),
    },
    [`${name}(writer), with a function`]: {
      side: 'writer',
      isInner: true,
      operator({ lock }) {
        const gate = coalesce(lock.writer);
        return (source) => of(0).pipe(withGate(gate, () => source));
      },
    },
  };
}

const states = new WeakMap<Place, Guarded<number>>();

function stateAt(place: Place) {
  const { stateLock: lock, lease } = place;
  const state = new Guarded(0, { lock });
  states.set(place, state);
  return { state, lease };
}

const ON = 'subscribed';
const OFF = 'torn down';

/** A use of a lock at a place, and what is seen of it. */
class Trial {
  readonly log: string[] = [];
  readonly place: Place;
  readonly use: Use;
  readonly operator: Operator;
  readonly #blocker: Lease | undefined;

  /** @param waits - whether the lock is held by others until `grant` */
  constructor(place: Place, use: Use, waits: boolean) {
    this.place = place;
    this.use = use;
    this.operator = use.operator(place);
    if (waits) this.#blocker = blockerOf(place);
  }

  /** Subscribes the use of a source, with something to be done in its callbacks. */
  subscribe(
    body: (observer: Observer<number>) => void,
    { next, complete, error, teardown, until = NEVER }: Callbacks = {},
  ): Subscription {
    const { log, place, use } = this;
    const source = new Observable<number>((subscriber) => {
      log.push(ON);
      subscriber.add(() => {
        // Source first, release second.
        log.push(place.lock[use.side].locked ? OFF : `${OFF} too late`);
        teardown?.();
      });
      body(subscriber);
    });
    const value$ = this.operator(source).pipe(takeUntil(until));
    return value$.subscribe({
      next: (value) => {
        log.push(String(value));
        next?.();
      },
      error: (reason: unknown) => {
        log.push(`#${reason instanceof Error ? reason.name : String(reason)}`);
        error?.();
      },
      complete: () => {
        log.push('|');
        complete?.();
      },
    });
  }

  /** Others release the lock. */
  grant(): void {
    this.#blocker?.release();
  }

  run(...args: Parameters<Trial['subscribe']>): Subscription {
    const subscription = this.subscribe(...args);
    this.grant();
    return subscription;
  }

  /** What a consumer sees of values, before its source has completed. */
  early(...values: string[]): string[] {
    return this.use.isWhole ? [] : values;
  }

  /** What is seen of a source that completes after these values. */
  whole(...values: string[]): string[] {
    const { isLive, isInner } = this.use;
    const end = isInner ? [OFF, '|'] : ['|', OFF];
    return [ON, ...this.shown(...values), ...(isLive ? [OFF] : end)];
  }

  /** Of the values of a whole source, those that are shown. */
  shown(...values: string[]): string[] {
    return this.use === USES['Guarded.update'] ? values.slice(-1) : values;
  }

  /** As `whole`, if the place has ended meanwhile: then a live read completes, too. */
  last(...values: string[]): string[] {
    return this.use.isLive ? [...this.whole(...values), '|'] : this.whole(...values);
  }

  /** Ends the place gently: what it has accepted is still served. */
  end(): void {
    for (const lock of this.place.locks) lock.complete();
    this.place.lease?.release();
  }

  fail(): void {
    for (const lock of this.place.locks) lock.error('down');
  }
}

/** Checks that nothing is left, and that the use works again unless the lock has ended. */
function expectNothingLeft({ operator, place }: Trial): void {
  const { lease, locks } = place;
  const again = ['7', '|'];
  const words = locks[0].state.closed ? again : wordsOf(operator(of(7)).pipe(take(1)));
  lease?.release();
  const left = locks.map(({ core, state: { held, waiting } }) => ({
    ...{ held, waiting, observing: core.observing },
    ...{ accepted: core.accepted.first, undelivered: core.deliveries.first },
  }));
  const isPatched = (states.get(place)?.value ?? 0) >= PATCH;
  // One comparison, as each takes a while and there are thousands of trials.
  expect({ words, left, isPatched }).toEqual({
    words: again,
    left: locks.map(() => ({ ...IDLE, observing: 0 })),
    isPatched: false,
  });
}

interface Callbacks extends Partial<
  Record<'next' | 'complete' | 'error' | 'teardown', () => void>
> {
  readonly until?: Observable<unknown>;
}

const canWait = (where: string, { side }: Use) => where !== 'a lease' || side === 'writer';
const isAt = (where: string, name: string) =>
  !name.startsWith('Guarded') || !where.startsWith('two');

const cases = Object.entries(USES).flatMap(([name, use]) =>
  Object.keys(PLACES)
    .filter((where) => isAt(where, name))
    .map((where) => [name, where, use] as const),
);

describe.each(cases)('%s on %s', (_, where, use) => {
  /** Runs a law under each policy; both if the lock is free, and if it has to be waited for. */
  const holds = (law: (trial: Trial) => void, waits?: boolean) => {
    for (const [name, policy] of Object.entries(POLICIES))
      for (const isWaiting of [false, true].filter((is) => is === (waits ?? is))) {
        if (isWaiting && !canWait(where, use)) continue;
        const trial = new Trial(
          (PLACES[where] as (policy: LockPolicy) => Place)(policy),
          use,
          isWaiting,
        );
        try {
          law(trial);
        } catch (error) {
          throw Object.assign(error as Error, {
            message: `under ${name}, ${isWaiting ? 'waiting' : 'at once'}: ${(error as Error).message}`,
          });
        }
      }
  };

  it('B1, I1, I2, I3, I4: unsubscribed while it waits, it never subscribes its source', () =>
    holds((trial) => {
      const subscription = trial.subscribe(() => undefined);
      subscription.unsubscribe();
      trial.grant();
      expect(trial.log).toEqual([]);
      expectNothingLeft(trial);
    }, true));

  it('C1, I1, I2, I3, I4: a source that never ends holds the lock until it is unsubscribed', () =>
    holds((trial) => {
      const subscription = trial.run((observer) => observer.next(1));
      expect(trial.log).toEqual([ON, ...trial.early('1')]);
      expect(trial.place.lock[use.side].locked).toBe(true);
      subscription.unsubscribe();
      expect(trial.log).toEqual([ON, ...trial.early('1'), OFF]);
      expectNothingLeft(trial);
    }));

  it('C1, I1, I2, I3, I4: an empty source, or one of some values, releases it', () =>
    holds((trial) => {
      for (const values of [[], [1], [1, 2]]) {
        const subscription = trial.run((observer) => of(...values).subscribe(observer));
        expect(trial.log.splice(0)).toEqual(trial.whole(...values.map(String)));
        subscription.unsubscribe();
      }
      expectNothingLeft(trial);
    }));

  it('C3, I1, I2, I3, I4: a source that errors or throws releases it', () =>
    holds((trial) => {
      trial.run((observer) => {
        observer.next(1);
        observer.error('x');
      });
      expect(trial.log.splice(0)).toEqual([ON, ...trial.early('1'), '#x', OFF]);
      trial.run(() => {
        throw new RangeError();
      });
      expect(trial.log.splice(0)).toEqual([ON, '#RangeError', OFF]);
      expectNothingLeft(trial);
    }));

  it('C1, I1, I2, I3, I4: it may be ended by its source, or by a consumer with enough values', () =>
    holds((trial) => {
      const stop = new Subject<void>();
      trial.run(() => stop.next(), { until: stop });
      expect(trial.log.splice(0)).toEqual([ON, '|', OFF]);
      trial.run((observer) => of(1, 2).subscribe(observer), {
        next: () => stop.next(),
        until: stop,
      });
      expect(trial.log).toEqual([ON, ...trial.shown('1', '2').slice(0, 1), '|', OFF]);
      expectNothingLeft(trial);
    }));

  it('C4, I1, I2, I3, I4: callbacks that throw do not keep it', async () => {
    const fail = (what: string) => () => {
      throw new Error(what);
    };
    const [next, complete, error] = [fail('next'), fail('complete'), fail('error')];
    let trials = 0;
    const law = (trial: Trial) => {
      trials++;
      trial.run((observer) => of(1).subscribe(observer), { next, complete }).unsubscribe();
      trial.run((observer) => observer.error('x'), { error });
      expectNothingLeft(trial);
    };
    const errors = await unhandled(() => holds(law));
    const ofEach = use.isLive ? ['next', 'error'] : ['next', 'complete', 'error'];
    expect(errors.map((reason) => (reason as Error).message)).toEqual(
      Array<string[]>(trials).fill(ofEach).flat(),
    );
  });

  it('C4, I1, I2, I3, I4: teardowns that throw do not keep it', async () => {
    const teardown = () => {
      throw new Error('teardown');
    };
    const law = (trial: Trial) => {
      trial.run((observer) => of(1).subscribe(observer), { teardown }).unsubscribe();
      trial.run((observer) => observer.error('x'), { teardown });
      trial.log.length = 0;
      const endless = trial.run(() => undefined, { teardown });
      expect(() => endless.unsubscribe()).toThrow('teardown');
      expect(trial.log).toEqual([ON, OFF]);
      expectNothingLeft(trial);
    };
    await unhandled(() => holds(law));
  });

  it('C7, I1, I2, I3, I4: requests made in its callbacks are served', () =>
    holds((trial) => {
      let [made, served] = [0, 0];
      const request = () => {
        // A live read reads again after each of these writes.
        if (made > 12) return;
        made += 2;
        const complete = () => served++;
        of(1).pipe(withWriteLock(trial.place.lock)).subscribe({ complete });
        trial.operator(of(1)).pipe(take(1)).subscribe({ complete });
      };
      const callbacks = { next: request, complete: request, error: request, teardown: request };
      const body = (observer: Observer<number>) => {
        request();
        observer.next(1);
      };
      const complete = (observer: Observer<number>) => {
        body(observer);
        observer.complete();
      };
      const subscription = trial.run(complete, callbacks);
      subscription.unsubscribe();
      expect(made).toBeGreaterThan(6);
      made = served = made - served;
      trial.run((observer) => {
        body(observer);
        observer.error('x');
      }, callbacks);
      expect([served, trial.log.filter((word) => word === '#x').length]).toEqual([made, 1]);
      expectNothingLeft(trial);
    }));

  it('E3, I1, I2, I3, I4: closed while it waits, it is served', () =>
    holds((trial) => {
      const ends = trial.place.locks.map((lock) => wordsOf(lock));
      trial.subscribe((observer) => of(1).subscribe(observer));
      trial.end();
      expect(trial.log).toEqual([]);
      trial.grant();
      expect(trial.log).toEqual(trial.last('1'));
      expect(ends.map((words) => words.at(-1))).toEqual(ends.map(() => '|'));
      expectNothingLeft(trial);
    }, true));

  it('E3, I1, I2, I3, I4: closed while it runs, or in a callback, it is served', () =>
    holds((trial) => {
      const source = new Subject<number>();
      trial.run((observer) => source.subscribe(observer));
      trial.end();
      of(1).subscribe(source);
      expect(trial.log).toEqual(trial.last('1'));
      expectNothingLeft(trial);
    }));

  it.each(['source', 'consumer'])('E3, I1, I2, I3, I4: closed by its %s, it is served', (who) =>
    holds((trial) => {
      trial.run(
        (observer) => {
          if (who === 'source') trial.end();
          of(1).subscribe(observer);
        },
        { next: () => trial.end() },
      );
      expect(trial.log).toEqual(trial.last('1'));
      expectNothingLeft(trial);
    }),
  );

  it('E3, I1, I2, I3, I4: a closed lock, or a released lease, refuses it', () =>
    holds((trial) => {
      trial.end();
      trial.subscribe(() => undefined);
      expect(trial.log).toEqual([trial.place.lease ? '#LeaseReleasedError' : '#LockClosedError']);
      expectNothingLeft(trial);
    }, false));

  it('E4, I1, I2, I3, I4: a lock that fails while it waits fails it, and its source never runs', () =>
    holds((trial) => {
      trial.subscribe(() => undefined);
      trial.fail();
      expect(trial.log).toEqual(['#down']);
      expectNothingLeft(trial);
    }, true));

  it('E4, I1, I2, I3, I4: a lock that fails while it runs fails it', () =>
    holds((trial) => {
      trial.run((observer) => observer.next(1));
      trial.fail();
      expect(trial.log).toEqual([ON, ...trial.early('1'), '#down', OFF]);
      expectNothingLeft(trial);
    }));

  it.each(['source', 'consumer'])('E4, I1, I2, I3, I4: a lock that its %s fails fails it', (who) =>
    holds((trial) => {
      trial.run(
        (observer) => {
          if (who === 'source') trial.fail();
          of(1).subscribe(observer);
        },
        { next: () => trial.fail() },
      );
      expect(trial.log).toEqual(who === 'source' ? [ON, '#down', OFF] : [ON, '1', '#down', OFF]);
      expectNothingLeft(trial);
    }),
  );

  it('E4, I1, I2, I3, I4: a lock that has failed refuses it with the reason', () =>
    holds((trial) => {
      trial.fail();
      trial.subscribe(() => undefined);
      expect(trial.log).toEqual(['#down']);
      expectNothingLeft(trial);
    }, false));
});
