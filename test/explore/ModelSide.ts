import type { LockMode, LockState } from 'rxjs-rwlock';
import type { ReferenceLock } from '../model/ReferenceLock.js';
import { type LogEntry, type ModelRequest, type Moments } from '../model/ReferenceLock.js';
import {
  type AskingKind,
  ASKED_INSIDE,
  clientOf,
  isNested,
  nameOf,
  nestedIn,
  type Side,
  type SourceKind,
  type Step,
  type Terms,
} from './steps.js';

/** The clients on a lock made of arrays: the reference, or one with a fault. */
export class ModelSide implements Side, Moments {
  readonly terms: Terms;
  readonly lock: ReferenceLock;
  /** How many clients have asked. */
  asked = 0;
  /** Whose `subscribe` has not returned: nobody can unsubscribe it. */
  readonly #subscribing = new Set<string>();

  constructor(terms: Terms, lock: (moments: Moments) => ReferenceLock) {
    this.terms = terms;
    this.lock = lock(this);
  }

  /** The same clients in the same state, to go on from it more than once. */
  fork(): ModelSide {
    const fork = new ModelSide(this.terms, (moments) => this.lock.fork(moments));
    fork.asked = this.asked;
    return fork;
  }

  get log(): LogEntry[] {
    return this.lock.log;
  }

  get state(): LockState {
    return this.lock.state;
  }

  do(step: Step): void {
    switch (step.do) {
      case 'ask': {
        this.#ask(step.name, step.mode, step.source);
        return;
      }
      case 'nest': {
        this.#request(nestedIn(step.name), step.mode, 'async');
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
        this.lock.leave(step.name);
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
    this.asked = clientOf(name) + 1;
    this.#request(name, mode, source);
  }

  #request(name: string, mode: LockMode, source: SourceKind): void {
    const [client, nested, merged] = [clientOf(name), isNested(name), mode !== 'read'];
    this.#subscribing.add(name);
    this.lock.ask({ name, client, mode, nested, merged, source });
    this.#subscribing.delete(name);
  }

  granted({ name, source, client }: ModelRequest): void {
    if (source === 'sync') this.lock.end(name, 'completes');
    if (source === 'asking') this.#askInside(source);
    if (source === 'cancelling') this.#leave(nameOf(client + 1));
  }

  completed({ source }: ModelRequest): void {
    if (source === 'telling') this.#askInside(source);
  }

  cleanedUp({ source }: ModelRequest): void {
    if (source === 'parting') this.#askInside(source);
  }

  #askInside(kind: AskingKind): void {
    if (this.asked < this.terms.clients) this.#ask(nameOf(this.asked), ASKED_INSIDE[kind], 'async');
  }

  #leave(name: string): void {
    if (!this.#subscribing.has(name)) this.lock.leave(name);
  }
}
