import type { LockMode } from 'rxjs-rwlock';
import { type LockRequest, ReadWriteLock } from 'rxjs-rwlock';
import { type ModelRequest, ReferenceLock } from '../model/ReferenceLock.js';
import { ModelSide } from './ModelSide.js';
import { POLICIES } from '../support/policies.js';
import { RealSide } from './RealSide.js';
import type { MakeSide } from './Run.js';

/** Lets nobody in when a waiter gives up. */
class Forgetful extends ReferenceLock {
  protected override cancel(waiter: ModelRequest): void {
    this.waiting = this.waiting.filter((request) => request !== waiter);
  }
}

/** Lets in whoever asks to read. */
class Open extends ReferenceLock {
  override mayEnter(request: ModelRequest): boolean {
    return request.mode === 'read' || super.mayEnter(request);
  }
}

/** Lets a reader pass whoever waits, as long as nobody writes. */
class Barging extends ReferenceLock {
  override mayEnter(request: ModelRequest): boolean {
    return request.mode === 'read'
      ? !this.held.some(({ mode }) => mode === 'write')
      : super.mayEnter(request);
  }
}

/** Counts the writes that begin. */
class Early extends ReferenceLock {
  override get state(): ReferenceLock['state'] {
    const { held, ...rest } = super.state;
    return { held, ...rest, version: rest.version + held.write };
  }
}

/** Lets go of all that a client holds with the first lease that it lets go. */
class Generous extends ReferenceLock {
  protected override release(request: ModelRequest): void {
    this.held = this.held.filter(
      ({ client, name }) => client !== request.client || name === request.name,
    );
    super.release(request);
  }
}

/** Lets in nobody when a write becomes a weaker hold. */
class Stingy extends ReferenceLock {
  override downgrade(name: string, mode: LockMode): void {
    const settle = this.settle.bind(this);
    this.settle = () => undefined;
    super.downgrade(name, mode);
    this.settle = settle;
  }
}

/** A real lock that takes no request while another waits. */
class Impatient extends ReadWriteLock {
  override next(request: LockRequest): void {
    if (Object.values(this.state.waiting).every((count) => count === 0)) super.next(request);
  }
}

/** A real lock that can't be failed. */
class Robust extends ReadWriteLock {
  override error(): void {
    return;
  }
}

const faultyReference =
  (Faulty: typeof ReferenceLock): MakeSide =>
  (terms) =>
    new ModelSide(terms, (moments) => new Faulty(terms.policy, moments));

/** Locks that break a promise, and the side that is made of each. */
export const FAULTY = {
  'forgets to wake who waits behind a cancelled waiter': faultyReference(Forgetful),
  'lets a reader in beside a writer': faultyReference(Open),
  'lets readers barge': faultyReference(Barging),
  'counts writes as they begin': faultyReference(Early),
  'lets go of a holder with its first lease': faultyReference(Generous),
  'wakes nobody after a downgrade': faultyReference(Stingy),
  'takes no request while another waits': (terms) =>
    new RealSide(terms, new Impatient({ policy: POLICIES[terms.policy] })),
  'does not fail': (terms) => new RealSide(terms, new Robust({ policy: POLICIES[terms.policy] })),
  'has another policy': (terms) =>
    new RealSide(terms, new ReadWriteLock({ policy: () => terms.policy === 'writersFirst' })),
} satisfies Record<string, MakeSide>;
