import type { Observer } from 'rxjs';
import { type LockMode, NONE, READ, strengthOf, UPGRADABLE, WRITE } from '../core/LockMode.js';
import { releasedError } from '../core/refusals.js';
import { HELD, NEW, OVER, type Phase, Request, WAITING } from '../core/Request.js';
import type { Scope } from '../core/Scope.js';
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
  /** Where it is asked, and let go. */
  gate: Gate;
  readonly options: RequestOptions;
  readonly observer: Partial<Observer<WriteLease>>;

  constructor(gate: Gate, options: RequestOptions, observer: Partial<Observer<WriteLease>>) {
    super(gate.strength);
    this.gate = gate;
    this.options = options;
    this.observer = observer;
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

  get scope(): Scope {
    return this.gate.scope;
  }

  get reader(): Gate<'read'> {
    return this.gate.behind(this, READ);
  }

  get upgradable(): Gate<'upgradable'> {
    return this.gate.behind(this, UPGRADABLE);
  }

  get writer(): Gate<'write'> {
    return this.gate.behind(this, WRITE);
  }

  get released(): boolean {
    return this.phase === OVER;
  }

  override takeThrough(): Claim | undefined {
    const { through } = this.gate;
    if (through) this.gate = through.gate;
    return through;
  }

  /**
   * Asks, on the conditions of the options.
   *
   * @param ask - hands it to whatever grants it
   * @throws TypeError where it has been asked with before: a lease is no request
   */
  ask(ask: (claim: this) => void): void {
    if (this.phase !== NEW) throw new TypeError('a lease is no request');
    const { signal } = this.options;
    if (signal?.aborted) {
      this.failed(signal.reason);
      return;
    }
    ask(this);

    if ((this.phase as Phase) === WAITING) limitWait(this);
  }

  /** Leaves the queue as if cancelled, and errors. */
  giveUp(error: unknown): void {
    this.gate.drop(this);
    this.failed(error);
  }

  downgrade(mode: LockMode): void {
    if (this.phase !== HELD) throw releasedError(this.gate.name, mode);
    const strength = strengthOf(mode);
    if (strength === NONE || strength > this.strength)
      throw new TypeError(`a ${this.mode} lease can't be downgraded to ${mode}`);
    if (strength < this.strength) this.gate.downgrade(this, strength);
  }

  release(): void {
    // The observer first, the lock second: the order in which `finalize` would run.
    try {
      if (this.phase === HELD) this.observer.complete?.();
    } finally {
      this.gate.drop(this);
    }
  }

  [Symbol.dispose](): void {
    this.release();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.release();
    return Promise.resolve();
  }

  /** Withdraws it, or lets go: a claim is added as it is to the subscription that it serves. */
  unsubscribe(): void {
    this.gate.drop(this);
  }

  override granted(): void {
    this.observer.next?.(this);
  }

  override failed(error: unknown): void {
    this.observer.error?.(error);
  }
}
