import type { LockMode, RequestOptions } from '../index.js';
import type { Mark, Window } from './diagram.js';
import type { Place } from './MarbleSyntaxError.js';

/** A marbles block: a lock, the lanes that request it, and what the block expects of them. */
export interface Scenario {
  readonly lock: LockScript;
  readonly lanes: readonly LaneScript[];
}

/** The lock of a scenario. */
export interface LockScript {
  readonly policy: string;
  readonly maxWaiting?: number;
  /** Whether there is a lock for each key. A lane without a key then requests all keys. */
  readonly keyed?: boolean;
  /** The scheduler that grants are delivered on. */
  readonly scheduler?: string;
  /** Whether several processes share the lock; then each lane is in one of them. */
  readonly remote?: boolean;
  /** The budget of a lease of the engine. */
  readonly grants?: number;
  readonly time?: number;
  readonly linger?: number;
  /** The processes that lose their lease, and those whose requests the engine fails. */
  readonly lose: readonly Mark[];
  readonly fail: readonly Mark[];
  /** The states of the engine that the block expects. */
  readonly engine?: Expected<readonly StateMark[]>;
  readonly place: Place;
  /** `|` completes the lock, `#` fails it. */
  readonly input: readonly Mark[];
  /** The states that the block expects; absent if it says nothing about states. */
  readonly state?: Expected<readonly StateMark[]>;
}

/** A state that a lock is expected to emit. */
export interface StateMark extends Mark {
  /** The state as the row `where` writes it, such as `rr/w@1`. */
  readonly label: string;
}

/**
 * How a lane requests the lock: by an operator around its source (`pipe`), by an operator that
 * requests for each value of its source (`each`), by one that runs its source again after each
 * write (`live`) or when it has yielded (`yielding`), or by the gate itself, for a lease
 * (`acquire`).
 */
export type LaneKind = 'pipe' | 'each' | 'live' | 'yielding' | 'acquire';

/** A lane: one subscriber that requests the lock. */
export interface LaneScript {
  readonly name: string;
  readonly mode: LockMode;
  readonly kind: LaneKind;
  readonly place: Place;
  /** The words after the mode. */
  readonly note: string;
  /** The lane through whose lease this one requests the lock. */
  readonly of?: string;
  /** The RxJS operator that has the gate as its scheduler, in place of the lock's operator. */
  readonly on?: string;
  /** The RxJS operator that has the gate as its scheduler, above the lock's operator. */
  readonly above?: string;
  /** The gate that coalesces, which the lane shares with the lanes of the same words. */
  readonly coalesces?: 'latest' | 'drop';
  /** The process that the lane is in. */
  readonly in?: string;
  /** The key that the lane requests. */
  readonly key?: string;
  readonly options: RequestOptions;
  /** When the signal of the request is aborted. */
  readonly abort?: number;
  /** `take(n)` below the operator. */
  readonly take?: number;
  /** `repeat(n)` below the operator. */
  readonly repeat?: number;
  /** How many times a `yielding` lane yields. */
  readonly restarts?: number;
  /** When the lane is subscribed and, if it is, unsubscribed. */
  readonly request: Window;
  /** The diagram of the source; of the outer source for `each`. */
  readonly source: string;
  /** The diagram of each inner source of `each`. */
  readonly inner: string;
  /** When an `acquire` lane releases its lease. */
  readonly release?: number;
  /** When an `acquire` lane downgrades its lease, and to which mode. */
  readonly downgrade?: { readonly frame: number; readonly mode: LockMode };
  readonly holds: Expected<readonly Window[]>;
  readonly result: Expected<readonly Mark[]>;
  /** The name of the error at the end of the result; undefined if the result has no `#`. */
  readonly error: Expected<string | undefined>;
}

/** Something that a block expects, and the line that says so. */
export interface Expected<T> {
  readonly value: T;
  readonly place: Place;
}
