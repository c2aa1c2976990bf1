import * as fc from 'fast-check';
import { defer, Observable, type Observer, type Subscription } from 'rxjs';
import {
  KeyedReadWriteLock,
  type Lease,
  type LockLike,
  withLiveReadLock,
  type WriteLease,
} from 'rxjs-rwlock';
import { POLICIES } from '../support/policies.js';
import { IDLE } from '../support/states.js';

// Random walks: writers and live readers of two keys and of all keys. After each step a reader that
// is stale must wait for a write; and it must not have read more often than there were writes.

const KEYS = ['a', 'b'] as const;
const PLACES = [...KEYS, 'all'] as const;
type Place = (typeof PLACES)[number];

const place = fc.constantFrom(...PLACES);
const pick = fc.nat(20);
const act = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('write' as const), place }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end write' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('downgrade' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('read' as const), place, isSync: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('end read' as const), pick }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), pick }) },
);
type Act = typeof act extends fc.Arbitrary<infer A> ? A : never;

/** A live reader, and what it knows. */
class Reader {
  readonly #world: World;
  readonly place: Place;
  readonly subscription: Subscription;
  /** What the last read has begun with. */
  began = NaN;
  reads = 0;
  ends: string | undefined = undefined;
  /** The read in progress. */
  source: Observer<never> | undefined = undefined;
  readonly since: number;

  constructor(world: World, place: Place, isSync: boolean) {
    this.#world = world;
    this.place = place;
    this.since = world.valueAt(place);
    const read$ = defer(() => {
      this.began = world.valueAt(place);
      this.reads++;
      return new Observable<never>((subscriber) => {
        if (isSync) subscriber.complete();
        else this.source = subscriber;
        return () => (this.source = undefined);
      });
    });
    this.subscription = read$.pipe(withLiveReadLock(world.lockAt(place))).subscribe({
      error: (error: unknown) => (this.ends = `error ${String(error)}`),
      complete: () => (this.ends = 'completed'),
    });
  }

  check(): void {
    const writes = this.#world.valueAt(this.place) - this.since;
    if (this.reads > 1 + writes) throw new Error(`${this.reads} reads for ${writes} writes`);
    const isBlocked = this.#world.isWritten(this.place);
    if (!isBlocked && this.began !== this.#world.valueAt(this.place))
      throw new Error(`the reader of ${this.place} shows ${this.began}, and nothing blocks it`);
    if (this.source && isBlocked === 'held') throw new Error('a read and a write overlap');
  }
}

class World {
  readonly locks: KeyedReadWriteLock<string>;
  readonly readers: Reader[] = [];
  readonly leases: { readonly lease: WriteLease; readonly place: Place; isWriting: boolean }[] = [];
  /** How many writes of each place have ended. */
  readonly #ended: Record<Place, number> = { a: 0, b: 0, all: 0 };

  constructor(policy: keyof typeof POLICIES) {
    this.locks = new KeyedReadWriteLock({ policy: POLICIES[policy] });
  }

  lockAt(place: Place): LockLike {
    return place === 'all' ? this.locks.all : this.locks.for(place);
  }

  /** How many writes have ended that overlap a place. */
  valueAt(place: Place): number {
    const { a, b, all } = this.#ended;
    return place === 'all' ? a + b + all : this.#ended[place] + all;
  }

  /** Whether a write that overlaps a place is held, or waits. */
  isWritten(place: Place): 'held' | 'waiting' | undefined {
    const { held, waiting } = place === 'all' ? this.locks.all.state : this.locks.for(place).state;
    return held.write > 0 ? 'held' : waiting.write > 0 ? 'waiting' : undefined;
  }

  do(act: Act): void {
    switch (act.do) {
      case 'write': {
        const { place } = act;
        this.lockAt(place)
          .writer.acquire()
          .subscribe((lease) => this.leases.push({ lease, place, isWriting: true }));
        break;
      }
      case 'end write': {
        const [write] = this.leases.splice(act.pick % (this.leases.length || 1), 1);
        if (write) this.#endWrite(write, ({ lease }) => lease.release());
        break;
      }
      case 'downgrade': {
        const write = this.leases[act.pick % this.leases.length];
        if (write) this.#endWrite(write, ({ lease }) => lease.downgrade('read'));
        break;
      }
      case 'read':
        this.readers.push(new Reader(this, act.place, act.isSync));
        break;
      case 'end read': {
        const reading = this.readers.filter(({ source }) => source);
        reading[act.pick % reading.length]?.source?.complete();
        break;
      }
      case 'unsubscribe': {
        const [reader] = this.readers.splice(act.pick % (this.readers.length || 1), 1);
        reader?.subscription.unsubscribe();
      }
    }
    for (const reader of this.readers) reader.check();
  }

  /** Ends whatever goes on. */
  settle(): void {
    while (this.leases.length > 0 || this.readers.some(({ source }) => source)) {
      this.do({ do: 'end write', pick: 0 });
      this.do({ do: 'end read', pick: 0 });
    }
  }

  // What is written is there before the lock tells that the write has ended.
  #endWrite(
    write: (typeof this.leases)[number],
    end: (write: { readonly lease: Lease & WriteLease }) => void,
  ): void {
    if (write.isWriting) this.#ended[write.place]++;
    write.isWriting = false;
    end(write);
  }
}

it.each(Object.keys(POLICIES) as (keyof typeof POLICIES)[])(
  'I1: in random walks under %s a live read is never stale unless a write blocks it, and never reads in vain',
  (policy) => {
    fc.assert(
      fc.property(fc.array(act, { minLength: 10, maxLength: 60 }), (acts) => {
        const world = new World(policy);
        for (const one of acts) world.do(one);
        world.settle();
        for (const { began, place } of world.readers) expect(began).toBe(world.valueAt(place));
        world.locks.all.complete();
        for (const { ends } of world.readers) expect(ends).toBe('completed');
        expect(world.locks.all.state).toMatchObject(IDLE);
        expect(world.locks.all.core.observing).toBe(0);
      }),
      { numRuns: 300 },
    );
  },
  60_000,
);
