import { LockCore } from '../core/LockCore.js';
import { ANY, type Mode } from '../core/LockMode.js';
import { HELD, type Request } from '../core/Request.js';
import type { LeaseRequest } from '../lock/LockGate.js';
import type { LocalLock } from '../lock/ReadWriteLock.js';
import type { CohortOptions } from './Hand.js';
import type { LockDriver } from './LockDriver.js';
import { type MediatedCore, Mediator } from './Mediator.js';
import { RemoteTable } from './RemoteTable.js';

type Terms = LocalLock['terms'];

/** The core of a lock of this process that is in front of a lease of an engine. */
export class RemoteCore extends LockCore<Terms> implements MediatedCore {
  /** Its place in the global order of locks, which is the same in every process. */
  readonly engineName: string | undefined;
  readonly driver: LockDriver;
  readonly #mediator: Mediator;

  constructor(terms: Terms, driver: LockDriver, cohort: Required<CohortOptions>) {
    const table = new RemoteTable();
    super(terms, table);
    this.engineName = driver.name;
    this.driver = driver;
    this.#mediator = new Mediator(this, table, driver, cohort);
  }

  override acquire(request: Request): void {
    if (request.options.ifAvailable && this.#mediator.mayTry(request))
      // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- only the others are not
      this.#mediator.try(request as LeaseRequest);
    else this.#mediator.acquire(request);
  }

  override tryAcquire(request: Request): boolean {
    // An observer that was told of the grant may have lost the lease.
    return super.tryAcquire(request) && request.phase === HELD;
  }

  /** As `acquire`, without the engine. */
  acquireHere(request: Request): void {
    super.acquire(request);
  }

  override downgrade(lease: Request, mode: Mode): void {
    this.#mediator.downgraded = lease;
    super.downgrade(lease, mode);
    this.#mediator.downgraded = undefined;
  }

  override get hasEnded(): boolean {
    return this.closed && this.#mediator.isIdle && !this.accepted.first;
  }

  override get queueLength(): number {
    return this.waiting[ANY] - (this.#mediator.returnWaits ? 1 : 0);
  }

  /** The fencing token of a lease, if the engine counts. */
  tokenOf(lease: Request): bigint | undefined {
    return this.#mediator.tokenOf(lease);
  }
}
