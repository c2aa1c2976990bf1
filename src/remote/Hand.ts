import { asyncScheduler, Subscription, timer } from 'rxjs';
import type { Request } from '../core/Request.js';
import { LONGEST } from '../lock/LockGate.js';
import type { Hold } from './Hold.js';
import type { RemoteGrant } from './LockDriver.js';

/**
 * How many requests of this process one lease of the engine serves, before it is released.
 */
export interface CohortOptions {
  /** The number of grants after which the lease is released; 64 by default. */
  readonly grants?: number | undefined;
  /** The time after which the lease is released, in milliseconds of RxJS time; 50 by default. */
  readonly time?: number | undefined;
  /**
   * For how long a lease is kept that no request of this process uses, in milliseconds of RxJS
   * time; 0 by default. The lease is released earlier when `grants` or `time` are spent.
   */
  readonly linger?: number | undefined;
}

/** The lease of the engine that this process has, and what is left of its budget. */
export class Hand {
  readonly hold: Hold;
  /** Whether it is to be released as soon as nothing is held here. */
  spent = false;
  /** Whether a timer runs that looks whether it is idle. */
  isWatched = false;
  readonly #most: number;
  /** How many grants the engine has tokens for; 0 if it gives none. */
  readonly #tokens: number;
  readonly #linger: number;
  /** How many grants it has served before the first of `#orders`. */
  #before = 0;
  /** The number of the first request that has been granted since the lock was last free here. */
  #first = 0;
  /** The numbers of those that have been granted after it: mostly there are none, and no list is made. */
  #orders: number[] = [];
  #count = 0;
  #idleSince = asyncScheduler.now();
  readonly #timers = new Subscription();

  /** @param due - is called when it may have to be released */
  constructor(hold: Hold, cohort: Required<CohortOptions>, due: () => void) {
    const { grants, time, linger } = cohort as { [option in keyof CohortOptions]-?: number };
    this.hold = hold;
    this.#linger = linger;
    this.#most = Math.min(grants, tokensOf(this.grant));
    this.#tokens = this.grant.token === undefined ? 0 : tokensOf(this.grant);
    if (time <= LONGEST) {
      const spend = () => {
        this.spent = true;
        due();
      };
      this.#timers.add(timer(time).subscribe(spend));
    }
  }

  get grant(): RemoteGrant {
    return this.hold.grant as RemoteGrant;
  }

  /** A request of this process has been granted. */
  serve({ order }: Request): void {
    this.#count++;
    if (this.#count === this.#before + 1) this.#first = order;
    else if (this.#count <= this.#tokens) this.#orders.push(order);
    if (this.#count >= this.#most) this.spent = true;
  }

  /** Nothing is held here any more. */
  rest(): void {
    // Only what is held has a token, so the list does not grow without end.
    this.#before = this.#count;
    if (this.#orders.length > 0) this.#orders = [];
    if (this.#linger > 0 && this.#linger <= LONGEST) this.#idleSince = asyncScheduler.now();
  }

  /** Whether the lease is kept though it is idle. If so, `due` is called when that may have changed. */
  lingers(due: () => void): boolean {
    if (this.#linger > LONGEST) return true;
    const left = this.#idleSince + this.#linger - asyncScheduler.now();
    if (left <= 0) return false;
    if (!this.isWatched) {
      this.isWatched = true;
      const look = () => {
        this.isWatched = false;
        due();
      };
      this.#timers.add(timer(left).subscribe(look));
    }
    return true;
  }

  /** Whether `lingers` is to be called now that nothing is held here. */
  get isDue(): boolean {
    return this.spent || (!this.isWatched && this.#linger <= LONGEST);
  }

  /**
   * The fencing token of a lease. If more is granted than there are tokens, as to one batch of
   * readers, or through a lease, the last ones share a token.
   */
  tokenOf({ order }: Request): bigint | undefined {
    const { token } = this.grant;
    if (token === undefined) return undefined;
    const place = order === this.#first ? 0 : this.#orders.indexOf(order) + 1 || Infinity;
    return token + BigInt(Math.min(this.#before + place, this.#tokens - 1));
  }

  stop(): void {
    this.#timers.unsubscribe();
  }
}

/** How many grants an engine has tokens for. One that does not count sets no limit. */
function tokensOf({ token, tokens = 1 }: RemoteGrant): number {
  return token === undefined ? Infinity : tokens;
}

/** Whether no other process can have been granted the lock between two leases of this one. */
export function isNext(before: RemoteGrant, after: RemoteGrant): boolean {
  if (before.token === undefined || after.token === undefined) return false;
  return after.token === before.token + BigInt(tokensOf(before));
}
