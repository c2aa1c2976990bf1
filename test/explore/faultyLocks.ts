import { type LockMode, ReadWriteLock, type ReadWriteLockOptions } from 'rxjs-rwlock';
import { ReferenceLock } from '../model/ReferenceLock.js';
import { POLICIES } from '../support/policies.js';
import { type ModelRequest, ModelSide, type ModelWanted } from './ModelSide.js';
import { RealSide } from './RealSide.js';
import type { MakeSide } from './Run.js';

/** Grants nothing when a waiting request is cancelled. */
class Forgetful extends ReferenceLock<ModelWanted> {
  override end(name: string): void {
    const others = this.waiting.filter((request) => request.name !== name);
    if (others.length < this.waiting.length) this.waiting = others;
    else super.end(name);
  }
}

/** Grants every request to read. */
class Open extends ReferenceLock<ModelWanted> {
  override isGrantable(request: ModelRequest): boolean {
    return request.mode === 'read' || super.isGrantable(request);
  }
}

/** Lets readers pass every waiting request. */
class Barging extends ReferenceLock<ModelWanted> {
  override isGrantable(request: ModelRequest): boolean {
    return request.mode === 'read'
      ? !this.held.some(({ mode }) => mode === 'write')
      : super.isGrantable(request);
  }
}

/** Counts writes when they begin. */
class Early extends ReferenceLock<ModelWanted> {
  override get state(): ReferenceLock['state'] {
    const { held, ...rest } = super.state;
    return { held, ...rest, version: rest.version + held.write };
  }
}

/** Releases all leases of an owner with the first one. */
class Generous extends ReferenceLock<ModelWanted> {
  override end(name: string): void {
    const owner = this.held.find((lease) => lease.name === name)?.owner;
    this.held = this.held.filter((lease) => lease.owner !== owner || lease.name === name);
    super.end(name);
  }
}

/** Grants nothing after a downgrade. */
class Stingy extends ReferenceLock<ModelWanted> {
  override downgrade(name: string, mode: LockMode): void {
    const settle = this.settle.bind(this);
    this.settle = () => undefined;
    super.downgrade(name, mode);
    this.settle = settle;
  }
}

/** Tells live reads of no write. */
class Silent extends ReferenceLock<ModelWanted> {
  override writesOf(): number {
    return 0;
  }
}

/** Forgets that it has accepted the next run of a yielding read. */
class Shutting extends ReferenceLock<ModelWanted> {
  override accept(): void {
    return;
  }
}

/** A real lock that ignores requests while another one waits, whichever gate they are made at. */
class Impatient extends ReadWriteLock {
  constructor(options: ReadWriteLockOptions) {
    super(options);
    const { core } = this;
    const acquire = core.acquire.bind(core);
    core.acquire = (request) => {
      if (Object.values(this.state.waiting).every((count) => count === 0)) acquire(request);
    };
  }
}

/** A real lock that can't be failed. */
class Robust extends ReadWriteLock {
  override error(): void {
    return;
  }
}

const faultyReference =
  (Faulty: typeof ReferenceLock<ModelWanted>): MakeSide =>
  (terms) =>
    new ModelSide(terms, (clients) => new Faulty(terms.policy, clients));

/** Locks that break a promise, and the side that is made of each. */
export const FAULTY = {
  'grants nothing when a waiting request is cancelled': faultyReference(Forgetful),
  'grants a read beside a write': faultyReference(Open),
  'lets readers barge': faultyReference(Barging),
  'counts writes when they begin': faultyReference(Early),
  'releases all leases of an owner with the first one': faultyReference(Generous),
  'grants nothing after a downgrade': faultyReference(Stingy),
  'tells live reads of no write': faultyReference(Silent),
  'refuses the next run of a read that has yielded': faultyReference(Shutting),
  'ignores requests while another one waits': (terms) =>
    new RealSide(terms, new Impatient({ policy: POLICIES[terms.policy] })),
  'does not fail': (terms) => new RealSide(terms, new Robust({ policy: POLICIES[terms.policy] })),
  'has another policy': (terms) =>
    new RealSide(terms, new ReadWriteLock({ policy: () => terms.policy === 'writersFirst' })),
} satisfies Record<string, MakeSide>;
