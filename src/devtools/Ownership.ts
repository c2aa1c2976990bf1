import type { TeardownLogic } from 'rxjs';
import { OVER, type Request } from '../core/Request.js';
import type { LeaseRequest } from '../lock/LockGate.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import type { MultiLock, Part } from '../many/MultiLock.js';
import type { ContextStorage } from './ContextStorage.js';

/** What the storage has while the source of a lease runs. */
class SourceContext {
  readonly lease: LeaseRequest;

  constructor(lease: LeaseRequest) {
    this.lease = lease;
  }
}

/** What a source adds to its subscriber, if something can be added to it in turn. */
interface Followed {
  add(teardown: TeardownLogic): void;
}

type Method = (this: unknown, ...parameters: unknown[]) => unknown;

/** Returns the request that was made, of which the given one may be the part for one lock. */
export function madeOf(request: Request): LeaseRequest {
  return (request as Partial<Part>).whole ?? (request as object as LeaseRequest);
}

/**
 * Finds the leases that are not released before a waiting request ends, as far as that is known.
 *
 * RxJS adds the subscriptions of a source, and those inside of them, to the subscriber, so that one
 * `unsubscribe` ends them all. A request whose consumer is among those of a lease's source belongs
 * to the lease, whenever it is made. What the source merely causes, as by the `next` of a Subject,
 * is not among them.
 *
 * What is behind a promise isn't either: for that there is the storage. A source runs in a context
 * of its own, and what is told to its consumer in that of the request.
 */
export class Ownership {
  readonly #storage: ContextStorage | undefined;
  /** The contexts in which requests were made. */
  readonly #contexts = new WeakMap<LeaseRequest, unknown>();
  /** The lease to whose source a subscription belongs. */
  readonly #sources = new WeakMap<object, LeaseRequest>();
  /** The leases without a source, which are released by hand. */
  readonly #manual = new Set<LeaseRequest>();

  constructor(storage: ContextStorage | undefined) {
    this.#storage = storage;
  }

  /** Takes note of a request when its lock first notes it; of an old one no context is known. */
  meet(request: Request, isOld = false): LeaseRequest {
    const made = madeOf(request);
    if (this.#contexts.has(made)) return made;
    const isHere = !isOld && isMadeHere(made, request);
    const context = isHere ? this.#live(this.#storage?.getStore()) : undefined;
    this.#contexts.set(made, context);
    if (hasSource(made)) this.#follow(made, made);
    if (this.#storage) {
      this.#runIn(hasSource(made) ? new SourceContext(made) : context, made, ['begin']);
      this.#runIn(context, made, ['next', 'error', 'complete', 'failed', 'release']);
    }
    return made;
  }

  /** A request has been granted, or the part of it for one lock. */
  hold(made: LeaseRequest): void {
    if (!hasSource(made)) this.#manual.add(made);
  }

  /** A request has ended, or the part of it for one lock. */
  end(made: LeaseRequest): void {
    if (made.phase === OVER) this.#manual.delete(made);
  }

  /**
   * Returns the leases that are held until a request, which begins to wait, is over: the one
   * through which it is made, and those that its task has acquired, as a task does one thing after
   * the other.
   */
  leasesOfOwner(request: Request, core: LocalLock): LeaseRequest[] {
    const made = madeOf(request);
    const task = this.#taskOf(made);
    const leases = parentsOf(request, core).map(madeOf);
    if (task !== undefined)
      for (const lease of this.#manual) if (this.#taskOf(lease) === task) leases.push(lease);
    return leases.filter((lease) => lease !== made);
  }

  /** Returns the leases inside of whose sources a request is made. */
  leasesAround(made: LeaseRequest): LeaseRequest[] {
    const leases = [];
    for (let one = this.#leaseAround(made); one; one = this.#leaseAround(one)) leases.push(one);
    return leases;
  }

  #leaseAround(made: LeaseRequest): LeaseRequest | undefined {
    const context = this.#contexts.get(made);
    // What is known of the subscriptions goes first: the context may be that of a Subject's `next`.
    const lease = this.#sources.get(made.observer);
    return lease ?? (context instanceof SourceContext ? context.lease : undefined);
  }

  #taskOf(made: LeaseRequest): unknown {
    const context = this.#contexts.get(this.leasesAround(made).at(-1) ?? made);
    return context instanceof SourceContext ? undefined : context;
  }

  /** Notes what belongs to a source: its subscriber, what is added to that, and so on. */
  #follow(subscription: Followed, lease: LeaseRequest): void {
    this.#sources.set(subscription, lease);
    const add = subscription.add.bind(subscription);
    subscription.add = (teardown) => {
      // A request has a source of its own.
      if (canFollow(teardown) && !this.#sources.has(teardown)) this.#follow(teardown, lease);
      add(teardown);
    };
  }

  #runIn(context: unknown, made: LeaseRequest, names: readonly string[]): void {
    const storage = this.#storage;
    const methods = made as unknown as Record<string, Method | undefined>;
    for (const name of names) {
      const method = methods[name];
      if (!method) continue;
      methods[name] = function (...parameters) {
        return storage?.run(context, () => method.apply(this, parameters));
      };
    }
  }

  /** Leaves out leases that are over: a chain of contexts must not keep them. */
  #live(context: unknown): unknown {
    while (context instanceof SourceContext && context.lease.phase === OVER)
      context = this.#contexts.get(context.lease);
    return context;
  }
}

/** Whether it is the request of an operator, which subscribes a source. */
function hasSource(made: LeaseRequest): made is LeaseRequest & Followed {
  return 'add' in made;
}

function canFollow(teardown: TeardownLogic): teardown is TeardownLogic & Followed {
  return typeof (teardown as Partial<Followed> | null | undefined)?.add === 'function';
}

/**
 * Whether the call that is going on has made a request. A later part of a request for several locks
 * is requested when the part before it is granted, and a read that has yielded requests again when
 * another request is granted: both inside of calls that have nothing to do with them.
 */
function isMadeHere(made: LeaseRequest, request: Request): boolean {
  if (made === request) return !made.limits;
  const { parts } = made.plan.gate.lock as object as MultiLock;
  return parts.get(made)?.[0] === request;
}

/**
 * The lease through which a request was made. The request does not tell: of several leases of its
 * owner it is the first one, in which the others are nested.
 */
function parentsOf({ owner }: Request, core: LocalLock): Request[] {
  const leases = owner ? [...core.leases].filter((lease) => lease.owner === owner) : [];
  return leases.length > 1 ? leases.filter(({ order }) => order === owner?.id) : leases;
}
