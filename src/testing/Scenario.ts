import type { LockMode, RequestOptions } from '../index.js';
import type { Mark, Window } from './diagram.js';
import type { Place } from './MarbleSyntaxError.js';

/**
 * A marble block: a lock, the requests for it, and what is expected to come of them.
 *
 * @example
 * ```ts
 * import { checkScenario, parseScenario, type Scenario } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock fifo
 *
 * A write
 *   source  --a|
 *   holds   ^--!
 *   result  --a|
 * `;
 * const scenario: Scenario = parseScenario(block, { file: 'tokens.md', line: 1 });
 * checkScenario(scenario);
 * console.log(scenario.lock.policy, scenario.lanes.length); // fifo 1
 * ```
 *
 * @see {@link parseScenario}
 */
export interface Scenario {
  readonly lock: LockScript;
  readonly lanes: readonly LaneScript[];
}

/**
 * The lock of a scenario.
 *
 * @example
 * ```ts
 * import { type LockScript, parseScenario } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock phaseFair maxWaiting=2
 *   state   a
 *   where   a=-@0
 * `;
 * const lock: LockScript = parseScenario(block, { file: 'tokens.md', line: 1 }).lock;
 * console.log(lock.policy, lock.maxWaiting); // phaseFair 2
 * ```
 */
export interface LockScript {
  readonly policy: string;
  readonly maxWaiting?: number;
  /** Whether it is a lock for each key, with one for all. */
  readonly keyed?: boolean;
  /** The scheduler that grants are delivered on. */
  readonly scheduler?: string;
  readonly place: Place;
  /** `|` completes the lock, `#` fails it. */
  readonly input: readonly Mark[];
  /** What its states are expected to be, where the block says so. */
  readonly state?: Expected<readonly StateMark[]>;
}

/**
 * A state that a lock is expected to emit.
 *
 * @example
 * ```ts
 * import { parseScenario, type StateMark } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock fifo
 *   input   --|
 *   state   a-(b|)
 *   where   a=-@0 b=-@0|
 * `;
 * const { lock } = parseScenario(block, { file: 'tokens.md', line: 1 });
 * const tell = ({ frame, label }: StateMark) => console.log(frame, label); // 0 -@0, 2 -@0|, 2 |
 * lock.state?.value.forEach(tell);
 * ```
 *
 * @see {@link formatState}
 */
export interface StateMark extends Mark {
  /** As the row `where` writes it: `rr/w@1`. */
  readonly label: string;
}

/**
 * How a lane requests the lock: by an operator around a source (`pipe`), by one for every value of
 * its source (`each`), again after each write (`live`), or the gate itself, for a lease
 * (`acquire`).
 *
 * @example
 * ```ts
 * import { type LaneKind, parseScenario } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock fifo
 *
 * A write acquire
 *   release ---!
 *   holds   ^--!
 *   result  L--|
 * `;
 * const { lanes } = parseScenario(block, { file: 'tokens.md', line: 1 });
 * const kinds: (LaneKind | undefined)[] = lanes.map(({ kind }) => kind);
 * console.log(...kinds); // acquire
 * ```
 */
export type LaneKind = 'pipe' | 'each' | 'live' | 'acquire';

/**
 * One consumer of the lock.
 *
 * @example
 * ```ts
 * import { type LaneScript, parseScenario } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock fifo
 *
 * A write waitTimeout=3
 *   request -^
 *   source  --a|
 *   holds   -^--!
 *   result  ---a|
 * `;
 * const { lanes } = parseScenario(block, { file: 'tokens.md', line: 1 });
 * const tell = ({ name, mode, request, options }: LaneScript) =>
 *   console.log(name, mode, request.start, options.waitTimeout); // A write 1 3
 * lanes.forEach(tell);
 * ```
 */
export interface LaneScript {
  readonly name: string;
  readonly mode: LockMode;
  readonly kind: LaneKind;
  readonly place: Place;
  /** What stands behind the mode, as it stands there. */
  readonly note: string;
  /** The lane through whose lease it requests the lock, if it does. */
  readonly of?: string;
  /** The operator of RxJS that is given the gate as its scheduler, in place of the lock's own. */
  readonly on?: string;
  /** The operator of RxJS that is given the gate as its scheduler, above the lock's own. */
  readonly above?: string;
  /** The key that it requests. */
  readonly key?: string;
  readonly options: RequestOptions;
  /** When the signal of the request is aborted. */
  readonly abort?: number;
  /** `take(n)` below the operator. */
  readonly take?: number;
  /** `repeat(n)` below the operator. */
  readonly repeat?: number;
  /** When it is subscribed and, if it is, unsubscribed. */
  readonly request: Window;
  /** The diagram of what is subscribed under the lock; of the outer source for `each`. */
  readonly source: string;
  /** The diagram of each inner source of `each`. */
  readonly inner: string;
  /** When an `acquire` lane releases its lease. */
  readonly release?: number;
  /** When an `acquire` lane downgrades its lease, and to what. */
  readonly downgrade?: { readonly frame: number; readonly mode: LockMode };
  readonly holds: Expected<readonly Window[]>;
  readonly result: Expected<readonly Mark[]>;
  /** The name of the error that a `#` in the result stands for; none where there is no `#`. */
  readonly error: Expected<string | undefined>;
}

/**
 * Something that a block expects, and where it says so.
 *
 * @example
 * ```ts
 * import { type Expected, type Mark, parseScenario } from 'rxjs-rwlock/testing';
 *
 * const block = `
 * lock fifo
 *
 * A write
 *   source  --a|
 *   holds   ^--!
 *   result  --a|
 * `;
 * const [lane] = parseScenario(block, { file: 'tokens.md', line: 10 }).lanes;
 * const result: Expected<readonly Mark[]> | undefined = lane?.result;
 * console.log(result?.place.line, result?.value.length); // 16 2
 * ```
 */
export interface Expected<T> {
  readonly value: T;
  readonly place: Place;
}
