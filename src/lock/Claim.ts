import { LeaseReleasedError } from '../core/errors.js';
import type { LockCore } from '../core/LockCore.js';
import { LOCK_MODES, type LockMode } from '../core/LockMode.js';
import { Request } from '../core/Request.js';
import type { Gate } from './Gate.js';
import type { WriteLease } from './Lease.js';
import { limitWait } from './limitWait.js';
import type { RequestOptions } from './RequestOptions.js';

// A program may load the package twice, once in each format, and `instanceof` would tell the
// claims of one copy from those of the other.
const CLAIM = Symbol.for('rxjs-rwlock.claim');

/** Tells a claim, of whichever copy of the package, from a request as a value. */
export function isClaim(request: unknown): request is Claim {
  return typeof request === 'object' && request !== null && CLAIM in request;
}

/**
 * The request that a gate sends into its lock; once granted, the same object is the lease.
 *
 * This one tells nobody of its grant: it is what `tryAcquire()` hands out. Those that tell an
 * Observable, a promise or an operator derive from it.
 */
export class Claim extends Request implements WriteLease {
  readonly #gate: Gate;
  readonly options: RequestOptions;
  #reader: Gate<'read'> | undefined;
  #upgradable: Gate<'upgradable'> | undefined;
  #writer: Gate<'write'> | undefined;

  readonly [CLAIM] = true;

  constructor(gate: Gate, options: RequestOptions) {
    super(gate.mode, gate.through, options, gate.scope);
    this.#gate = gate.root;
    this.options = options;
  }

  get reader(): Gate<'read'> {
    return (this.#reader ??= this.#gate.behind(this, 'read'));
  }

  get upgradable(): Gate<'upgradable'> {
    return (this.#upgradable ??= this.#gate.behind(this, 'upgradable'));
  }

  get writer(): Gate<'write'> {
    return (this.#writer ??= this.#gate.behind(this, 'write'));
  }

  get label(): string | undefined {
    return this.options.label;
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
    if (this.phase !== 'waiting') return;
    // An observer may have aborted while it was told of the request.
    if (signal?.aborted) this.giveUp(signal.reason);
    else this.wait = limitWait(this, core.name, this.options);
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
    const { mode: from } = this;
    if (this.phase !== 'held') throw new LeaseReleasedError(this.#gate.lockName, from, mode);
    const steps = LOCK_MODES.indexOf(from) - LOCK_MODES.indexOf(mode);
    if (!LOCK_MODES.includes(mode) || steps < 0)
      throw new TypeError(`a ${from} lease can't be downgraded to ${mode}`);
    if (steps > 0) this.#gate.downgrade(this, mode);
  }

  release(): void {
    this.drop();
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

  override granted(): void {}

  override failed(_error: unknown): void {}
}
