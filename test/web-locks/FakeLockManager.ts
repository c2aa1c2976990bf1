interface Waiting {
  readonly mode: LockMode;
  readonly callback: (lock: Lock | null) => unknown;
  readonly steal: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface Held {
  readonly mode: LockMode;
  readonly reject: (error: unknown) => void;
}

/**
 * `navigator.locks` as its specification defines it, for Node 20, which has none. With
 * `strandsOnAbort` it has the fault of Chromium and Deno: a request that is aborted grants no request
 * behind it. With `keepsAborted` it has the fault of Node 24: an aborted request stays in the queue.
 */
export class FakeLockManager implements LockManager {
  readonly #strandsOnAbort: boolean;
  readonly #keepsAborted: boolean;
  readonly #queues = new Map<string, Waiting[]>();
  readonly #held = new Map<string, Set<Held>>();

  constructor({ strandsOnAbort = false, keepsAborted = false } = {}) {
    this.#strandsOnAbort = strandsOnAbort;
    this.#keepsAborted = keepsAborted;
  }

  request<T>(
    name: string,
    ...rest: [LockOptions, LockGrantedCallback<T>] | [LockGrantedCallback<T>]
  ): Promise<Awaited<T>> {
    const [options, callback] = rest.length === 2 ? rest : [{}, rest[0]];
    const { mode = 'exclusive', ifAvailable = false, steal = false, signal } = options;
    return new Promise<Awaited<T>>((resolve, reject) => {
      if (name.startsWith('-')) throw new DOMException('a name begins with -', 'NotSupportedError');
      signal?.throwIfAborted();
      const queue = this.#queueOf(name);
      const waiting: Waiting = {
        mode,
        callback,
        steal,
        resolve: resolve as Waiting['resolve'],
        reject,
      };
      signal?.addEventListener('abort', () => {
        if (!queue.includes(waiting)) return;
        reject(signal.reason as Error);
        if (this.#keepsAborted) {
          queue[queue.indexOf(waiting)] = { ...waiting, callback: () => undefined };
          return;
        }
        queue.splice(queue.indexOf(waiting), 1);
        if (!this.#strandsOnAbort) this.#grant(name);
      });
      if (steal) queue.unshift(waiting);
      else queue.push(waiting);
      this.#grant(name);
      if (ifAvailable && queue.includes(waiting)) {
        queue.splice(queue.indexOf(waiting), 1);
        this.#run(name, waiting, null, undefined);
      }
    });
  }

  query(): Promise<LockManagerSnapshot> {
    const entries = <T extends { mode: LockMode }>(map: Map<string, Iterable<T>>): LockInfo[] =>
      [...map].flatMap(([name, all]) => [...all].map(({ mode }) => ({ name, mode, clientId: '' })));
    return Promise.resolve({ held: entries(this.#held), pending: entries(this.#queues) });
  }

  #queueOf(name: string): Waiting[] {
    const queue = this.#queues.get(name) ?? [];
    this.#queues.set(name, queue);
    return queue;
  }

  #heldOf(name: string): Set<Held> {
    const held = this.#held.get(name) ?? new Set();
    this.#held.set(name, held);
    return held;
  }

  #grant(name: string): void {
    const queue = this.#queueOf(name);
    const held = this.#heldOf(name);
    for (let first; (first = queue[0]);) {
      if (first.steal) {
        for (const { reject } of held) reject(new DOMException('stolen', 'AbortError'));
        held.clear();
      }
      const { mode } = first;
      if ([...held].some((other) => mode === 'exclusive' || other.mode === 'exclusive')) return;
      queue.shift();
      const hold: Held = { mode, reject: first.reject };
      held.add(hold);
      this.#run(name, first, { name, mode }, hold);
    }
  }

  /** Calls back later, as a platform does, and releases once the callback's promise has settled. */
  #run(name: string, { callback, resolve, reject }: Waiting, lock: Lock | null, hold?: Held): void {
    const released = Promise.resolve().then(() => callback(lock));
    released.then(resolve, reject);
    const release = () => {
      if (hold && this.#heldOf(name).delete(hold)) this.#grant(name);
    };
    released.then(release, release);
  }
}
