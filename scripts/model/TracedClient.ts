import type { Observable, Subscription } from 'rxjs';
import type { Lease, LockLike, LockMode, WriteLease } from 'rxjs-rwlock';

const MODES: Readonly<Record<string, LockMode>> = { r: 'read', u: 'upgradable', w: 'write' };

/** A client of the model that uses a real lock, through its public surface. */
export class TracedClient {
  readonly name: string;
  readonly #lock: LockLike;
  #outer: Request | undefined;
  #inner: Request | undefined;

  constructor(name: string, lock: LockLike) {
    this.name = name;
    this.#lock = lock;
  }

  do(action: string): void {
    const mode = MODES[action.at(-1) ?? ''];
    if (action.startsWith('requests')) this.#outer = request(this.#lock, mode);
    else if (action.startsWith('nests')) this.#inner = request(this.#outer?.lease, mode);
    else if (action.startsWith('downgrades')) this.#downgrade(mode as 'read' | 'upgradable');
    else this.#end(action);
  }

  /** The leases that it holds, written as in a transition. */
  get held(): string | undefined {
    const [outer, inner] = [letterOf(this.#outer), letterOf(this.#inner)];
    if (!outer && !inner) return undefined;
    return `${this.name}=${outer ?? '-'}${inner ? `+${inner}` : ''}`;
  }

  get upgrade(): string | undefined {
    return this.#inner?.waits ? `${this.name}?+${this.#inner.letter}` : undefined;
  }

  get wait(): string | undefined {
    return this.#outer?.waits ? `${this.name}?${this.#outer.letter}` : undefined;
  }

  #downgrade(mode: 'read' | 'upgradable'): void {
    (this.#outer?.lease as WriteLease).downgrade(mode);
  }

  // Releases the outer lease by `release()` and the inner one by unsubscribing, so that both are tried.
  #end(action: string): void {
    if (action === 'cancels') this.#outer?.unsubscribe();
    else if (action === 'releases') this.#outer?.lease?.release();
    else this.#inner?.unsubscribe();
  }
}

/** A request, until its lease is released. */
class Request {
  lease: Lease | undefined;
  /** The letter of its mode. */
  readonly letter: string;
  readonly #subscription: Subscription;

  constructor(lease$: Observable<Lease>, mode: LockMode) {
    this.letter = mode.charAt(0);
    this.#subscription = lease$.subscribe((lease) => {
      this.lease = lease;
    });
  }

  get waits(): boolean {
    return !this.lease && !this.#subscription.closed;
  }

  unsubscribe(): void {
    this.#subscription.unsubscribe();
  }
}

function request(lock: LockLike | undefined, mode: LockMode | undefined): Request {
  if (!lock || !mode) throw new Error('the client has no lease to nest in');
  const { reader, upgradable, writer } = lock;
  return new Request({ read: reader, upgradable, write: writer }[mode].acquire(), mode);
}

function letterOf(request: Request | undefined): string | undefined {
  return request?.lease?.released === false ? request.lease.mode.charAt(0) : undefined;
}
