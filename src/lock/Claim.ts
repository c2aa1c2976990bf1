import type { Observer } from 'rxjs';
import { type LockCore, releasedError } from '../core/LockCore.js';
import { type LockMode, NONE, strengthOf } from '../core/LockMode.js';
import { Request, type Scope } from '../core/Request.js';
import type { Gate } from './Gate.js';
import type { WriteLease } from './Lease.js';
import { limitWait } from './limitWait.js';
import type { RequestOptions } from './RequestOptions.js';

// A program may load the package twice, once in each format, and `instanceof` would tell the
// claims of one copy from those of the other.
const CLAIM = Symbol.for('rxjs-rwlock.claim');

/** Tells a claim, of whichever copy of the package, from a request as a value. */
export function isClaim(request: unknown): request is Claim {
  return (request as Partial<Claim> | null | undefined)?.[CLAIM] ?? false;
}

/**
 * The request that a gate sends into its lock; once granted, the same object is the lease.
 *
 * It tells an observer: `next` when it is granted, `error` when it is refused or the lock has
 * failed, `complete` when the lease is about to be released by hand.
 */
export class Claim extends Request implements WriteLease {
  readonly options: RequestOptions;
  readonly #gate: Gate;
  readonly #observer: Partial<Observer<WriteLease>>;

  constructor(gate: Gate, options: RequestOptions, observer: Partial<Observer<WriteLease>>) {
    super(gate.strength, gate.through);
    this.#gate = gate.root;
    this.options = options;
    this.#observer = observer;
  }

  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would take its place in every claim
  get [CLAIM](): boolean {
    return true;
  }

  get priority(): number {
    return this.options.priority ?? 0;
  }

  get ifAvailable(): boolean {
    return this.options.ifAvailable ?? false;
  }

  get label(): string | undefined {
    return this.options.label;
  }

  get scope(): Scope {
    return this.#gate.scope;
  }

  get reader(): Gate<'read'> {
    return this.#gate.behind(this, 'read');
  }

  get upgradable(): Gate<'upgradable'> {
    return this.#gate.behind(this, 'upgradable');
  }

  get writer(): Gate<'write'> {
    return this.#gate.behind(this, 'write');
  }

  get released(): boolean {
    return this.phase === 'over';
  }

  /**
   * Asks a core, or what stands for one, on the conditions of the options.
   *
   * @throws TypeError where it has been asked with before: a lease is no request
   */
  ask(core: Pick<LockCore, 'name' | 'ask'>): void {
    this.#checkNew();
    const { signal } = this.options;
    if (signal?.aborted) {
      this.failed(signal.reason);
      return;
    }
    core.ask(this);
    if (this.phase === 'waiting') this.wait = limitWait(this, core.name, this.options);
  }

  #checkNew(): void {
    if (this.phase !== 'new') throw new TypeError('a lease is no request');
  }

  /** Leaves the queue as if cancelled, and errors. */
  giveUp(error: unknown): void {
    this.drop();
    this.failed(error);
  }

  downgrade(mode: LockMode): void {
    if (this.phase !== 'held') throw releasedError(this.#gate.lockName, this.mode, mode);
    const strength = strengthOf(mode);
    if (strength === NONE || strength > this.strength)
      throw new TypeError(`a ${this.mode} lease can't be downgraded to ${mode}`);
    if (strength < this.strength) this.#gate.downgrade(this, strength);
  }

  release(): void {
    // The observer first, the lock second: the order in which `finalize` would run.
    try {
      if (this.phase === 'held') this.#observer.complete?.();
    } finally {
      this.drop();
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }

  /** Makes a claim a teardown: it is added as it is to the subscription that it serves. */
  unsubscribe(): void {
    this.drop();
  }

  override granted(): void {
    this.#observer.next?.(this);
  }

  override failed(error: unknown): void {
    this.#observer.error?.(error);
  }
}
