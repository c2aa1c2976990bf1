import type { LockMode } from 'rxjs-rwlock';
import { type ModelRequest, ReferenceLock } from '../model/ReferenceLock.js';
import {
  type Alphabet,
  ASKED_INSIDE,
  clientOf,
  nameOf,
  nestedIn,
  type SourceKind,
  type Step,
  type Terms,
} from './steps.js';

const MODES = ['read', 'upgradable', 'write'] as const;
const SOURCES = ['sync', 'async', 'asking'] as const;
const ENDS = ['complete', 'fail', 'unsubscribe'] as const;

/** The same clients on the reference lock; it also knows what may happen next. */
export class ModelSide {
  readonly lock: ReferenceLock;
  readonly #clients: number;
  readonly #alphabet: Alphabet;
  #asked = 0;

  constructor({ policy, clients, alphabet }: Terms) {
    this.lock = new ReferenceLock(policy);
    this.#clients = clients;
    this.#alphabet = alphabet;
  }

  do(step: Step): void {
    switch (step.do) {
      case 'ask': {
        this.#ask(step.name, step.mode, step.source);
        return;
      }
      case 'nest': {
        this.lock.ask(request(nestedIn(step.name), step.mode, true));
        return;
      }
      case 'complete': {
        this.lock.end(step.name, 'completes');
        return;
      }
      case 'fail': {
        this.lock.end(step.name, 'errors x');
        return;
      }
      case 'unsubscribe': {
        if (this.#isWaiting(step.name)) this.lock.cancel(step.name);
        else this.lock.end(step.name, 'is unsubscribed');
        return;
      }
      case 'downgrade': {
        this.lock.downgrade(step.name, step.mode);
        return;
      }
      case 'close lock': {
        this.lock.close();
        return;
      }
      case 'fail lock': {
        this.lock.fail();
        return;
      }
    }
  }

  #ask(name: string, mode: LockMode, source: SourceKind): void {
    this.#asked = clientOf(name) + 1;
    const onGrant: Record<SourceKind, (() => void) | undefined> = {
      sync: () => this.lock.end(name, 'completes'),
      async: undefined,
      asking: () => {
        if (this.#asked < this.#clients) this.#ask(nameOf(this.#asked), ASKED_INSIDE, 'async');
      },
    };
    this.lock.ask(request(name, mode, false, onGrant[source]));
  }

  #isWaiting(name: string): boolean {
    return this.lock.waiting.some((waiter) => waiter.name === name);
  }

  /** What may happen next. Clients are alike until they ask, so the next one asks. */
  next(): Step[] {
    const { waiting, held, closed, failed } = this.lock;
    const steps = [...this.#asks(), ...this.ends()];
    for (const { name } of waiting) steps.push({ do: 'unsubscribe', name });
    if (this.#alphabet === 'basic') return steps;
    for (const request of held) steps.push(...this.#throughLease(request));
    if (!closed) steps.push({ do: 'close lock' });
    if (!failed) steps.push({ do: 'fail lock' });
    return steps;
  }

  #asks(): Step[] {
    if (this.#asked === this.#clients) return [];
    const name = nameOf(this.#asked);
    const sources = this.#alphabet === 'basic' ? (['async'] as const) : SOURCES;
    return MODES.flatMap((mode) =>
      sources.map((source): Step => ({ do: 'ask', name, mode, source })),
    );
  }

  /** Every way in which a hold may end. */
  ends(): Step[] {
    const ways = this.#alphabet === 'basic' ? (['complete', 'unsubscribe'] as const) : ENDS;
    return this.lock.held.flatMap(({ name }) => ways.map((way): Step => ({ do: way, name })));
  }

  #throughLease({ name, mode, nested, client }: ModelRequest): Step[] {
    if (nested || mode === 'read') return [];
    const nests = [...this.lock.held, ...this.lock.waiting].some(
      (other) => other.nested && other.client === client,
    );
    const steps: Step[] = [{ do: 'downgrade', name, mode: 'read' }];
    if (mode === 'write') steps.push({ do: 'downgrade', name, mode: 'upgradable' });
    if (!nests) steps.push({ do: 'nest', name, mode: 'write' }, { do: 'nest', name, mode: 'read' });
    return steps;
  }

  /** What tells one state from another: everything that the future may depend on. */
  key(): string {
    const { waiting, held, closed, failed } = this.lock;
    const clients = [...new Set([...waiting, ...held].map(({ client }) => client))];
    const tell = ({ client, mode, nested }: ModelRequest) =>
      `${clients.indexOf(client)}${mode}${String(nested)}`;
    const waiters = waiting.map(
      (request) =>
        `${tell(request)}${String(this.lock.isOfTheLastPhase(request))}${request.onGrant?.name ?? ''}`,
    );
    // The order of the grants shows when the lock fails; else holders differ by their modes only.
    const holders =
      this.#alphabet === 'full' ? held.map(tell) : held.map(({ mode }) => mode).sort();
    return JSON.stringify([this.#clients - this.#asked, closed, failed, waiters, holders]);
  }
}

function request(
  name: string,
  mode: LockMode,
  nested: boolean,
  onGrant?: () => void,
): Omit<ModelRequest, 'order'> {
  return { name, client: clientOf(name), mode, nested, merged: mode !== 'read', onGrant };
}
