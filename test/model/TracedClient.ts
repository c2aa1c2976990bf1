import type { Observable, Subscription } from 'rxjs';
import type { Lease, LockLike, LockMode, WriteLease } from 'rxjs-rwlock';

const MODES: Readonly<Record<string, LockMode>> = { r: 'read', u: 'upgradable', w: 'write' };

/** A client of the model, which asks a real lock by its public surface. */
export class TracedClient {
  readonly name: string;
  readonly #lock: LockLike;
  #outer: Claim | undefined;
  #inner: Claim | undefined;

  constructor(name: string, lock: LockLike) {
    this.name = name;
    this.#lock = lock;
  }

  do(action: string): void {
    const mode = MODES[action.at(-1) ?? ''];
    if (action.startsWith('asks')) this.#outer = claim(this.#lock, mode);
    else if (action.startsWith('nests')) this.#inner = claim(this.#outer?.lease, mode);
    else if (action.startsWith('downgrades')) this.#downgrade(mode as 'read' | 'upgradable');
    else this.#end(action);
  }

  /** Lets go of everything, and gives up what it waits for. */
  leave(): void {
    this.#inner?.unsubscribe();
    this.#outer?.unsubscribe();
  }

  /** The leases that it holds, as a trace tells them. */
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

  // Both ways to let go are taken: that of the lease, and that of its subscription.
  #end(action: string): void {
    if (action === 'gives up') this.#outer?.unsubscribe();
    else if (action === 'lets go') this.#outer?.lease?.release();
    else this.#inner?.unsubscribe();
  }
}

/** A request, from its asking to its end. */
class Claim {
  lease: Lease | undefined;
  /** That of the mode it asks for. */
  readonly letter: string;
  readonly #subscription: Subscription;

  constructor(asked$: Observable<Lease>, mode: LockMode) {
    this.letter = mode.charAt(0);
    this.#subscription = asked$.subscribe((lease) => {
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

function claim(lock: LockLike | undefined, mode: LockMode | undefined): Claim {
  if (!lock || !mode) throw new Error('the client holds nothing that it could ask through');
  const { reader, upgradable, writer } = lock;
  return new Claim({ read: reader, upgradable, write: writer }[mode].acquire(), mode);
}

function letterOf(claim: Claim | undefined): string | undefined {
  return claim?.lease?.released === false ? claim.lease.mode.charAt(0) : undefined;
}
