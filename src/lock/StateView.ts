import type { Subscriber } from 'rxjs';
import type { LockCore } from '../core/LockCore.js';
import { type Counts, LOCK_MODES } from '../core/LockMode.js';
import type { Key } from '../core/Request.js';
import { Feed } from './Feed.js';
import type { LockState } from './LockState.js';

/** The current state of a lock, or of a key: the same frozen object until it has changed. */
export class StateView {
  readonly #core: LockCore;
  readonly #key: Key | undefined;
  #state: LockState | undefined;

  constructor(core: LockCore, key: Key | undefined) {
    this.#core = core;
    this.#key = key;
  }

  get state(): LockState {
    const { closed } = this.#core;
    const counted = this.#core.table.stateAt(this.#key) ?? this.#core;
    const state = stateOf(counted.held, counted.waiting, counted.version, closed);
    if (!this.#state || !isEqual(this.#state, state)) this.#state = state;
    return this.#state;
  }

  subscribe(subscriber: Subscriber<LockState>): void {
    new StateFeed(this.#core, subscriber, this, this.#key);
  }
}

/** Tells the present state, and then each new one. */
class StateFeed extends Feed<LockState> {
  readonly #view: StateView;
  #last: LockState | undefined;

  constructor(core: LockCore, subscriber: Subscriber<LockState>, view: StateView, key?: Key) {
    super(core, subscriber, key);
    this.#view = view;
    this.settle();
    this.tell();
  }

  override note(): boolean {
    return true;
  }

  override settle(): void {
    const { state } = this.#view;
    if (state !== this.#last) this.push(state);
    this.#last = state;
  }
}

function stateOf(held: Counts, waiting: Counts, version: number, closed: boolean): LockState {
  return Object.freeze({ held: perMode(held), waiting: perMode(waiting), version, closed });
}

function perMode([read, upgradable, write]: Counts): LockState['held'] {
  return Object.freeze({ read, upgradable, write });
}

function isEqual(a: LockState, b: LockState): boolean {
  if (a.version !== b.version || a.closed !== b.closed) return false;
  return LOCK_MODES.every((m) => a.held[m] === b.held[m] && a.waiting[m] === b.waiting[m]);
}
