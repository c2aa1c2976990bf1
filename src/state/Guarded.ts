import {
  from,
  Observable,
  type ObservableInput,
  type ObservedValueOf,
  of,
  takeLast,
  tap,
} from 'rxjs';
import {
  type Lease,
  type LockLike,
  type ObservableLock,
  ReadWriteLock,
  type ReadWriteLockOptions,
  type RequestOptions,
  withReadLock,
  withWriteLock,
} from '../index.js';
import { attempt } from './attempt.js';
import { checkFunction, lockOf } from './options.js';
import { Edit, Overlay } from './Overlay.js';
import { ValueStream } from './ValueStream.js';

// State inside its lock. There are two values.
//
// The committed value changes only under the write lock, when an update completes. So an update
// starts from what the update before it has committed, and a reader sees one and the same committed
// value for as long as it holds the lock.
//
// The shown value is the committed value with the patches of all updates that have not ended, in
// the order in which these were subscribed (`Overlay`). It is computed again from the committed value
// whenever that or the list of patches changes. Nothing is ever rolled back: an update that fails
// takes its patch off the list, and all other patches are still there. A snapshot that is put back
// would also take back what others have changed since.
//
// An update goes through these steps:
//   1. Its patch joins the list, and the shown value is computed. If the patch throws, the update
//      fails, and nothing is requested.
//   2. The lock is requested. A request without a conflict runs and may commit right now.
//   3. Only now the shown value is emitted: a request that is refused at once, or an update that
//      commits at once, is not preceded by the patched value.
//   4. The project runs under the lock with the committed value, and its last value is kept.
//   5. When it completes, this value is committed, and the patch leaves the list: one change, and
//      one emission. Without a value, after an error, or when the update is unsubscribed, only the
//      patch leaves. All of this precedes the release, so that the next update never shows an old
//      patch.
//
// Patches and `equal` are called in the middle of a change, so they must be pure functions. All other
// user code (subscribers, the consumers of failed updates) is called after the change.

/**
 * Options of a {@link Guarded}: those of its lock, or a lock that exists already.
 *
 * @typeParam T - the type of the value
 */
export interface GuardedOptions<T> extends ReadWriteLockOptions {
  /**
   * The lock of the state, instead of a new one. Several states can share a lock: then their
   * updates exclude each other. It can't be combined with the options of a new lock.
   */
  readonly lock?: ObservableLock | undefined;
  /**
   * Decides whether a new value is shown. If it returns `true`, nothing is emitted and
   * {@link Guarded.value} stays the same object; the committed value is replaced all the same. By
   * default `Object.is`.
   */
  readonly equal?: ((a: T, b: T) => boolean) | undefined;
}

/**
 * Options of {@link Guarded.update}: conditions of its request, and what to show until it ends.
 *
 * @typeParam T - the type of the value
 */
export interface UpdateOptions<T> extends RequestOptions {
  /**
   * The patch: a pure function that is applied to the value while the update waits and runs. It is
   * called again when the value below it changes. If it throws, the update fails with its error.
   */
  readonly optimistic?: ((value: T) => T) | undefined;
  /**
   * A lease on the lock of the state, or on a lock that includes it, as `allOf` and `.all` give.
   * The request is made through it: code that holds the lock already does not wait for itself. For
   * an update the lease must be one to write this state; a lease of another lock guards nothing.
   */
  readonly lease?: Lease | undefined;
}

/**
 * Keeps a value whose updates run one after the other, and can be shown before the server confirms
 * them.
 *
 * ```text
 * update a, optimistic    ^-----#
 * update b, optimistic       ...^---|      waits for a
 * the state              0A--B--b---c      A: with the patch of a, B: with those of a and b,
 *                                          b: with that of b, c: committed by b
 *
 * .  waits    ^  is granted    # | errors or completes, and releases the lock
 * ```
 *
 * It is an Observable with replay: it emits the present value synchronously when it is subscribed,
 * then each new value once, in order.
 *
 * @remarks
 * All subscribers get the same values in the same order, also if one of them starts an update
 * inside its `next`. There, {@link Guarded.value} may be newer than the value that is passed.
 *
 * Cancellation: unsubscribing an update cancels its request, or releases the lock, and removes its
 * patch.
 *
 * Errors: the error of an update reaches its consumer only. If the lock fails, the stream errors
 * with the reason; if the lock is completed, the stream completes after the last update that the
 * lock has accepted. `value` can still be read.
 *
 * N updates that wait with patches call N patches for each change of the committed value.
 *
 * @example
 * ```ts
 * import { delay, map, of } from 'rxjs';
 * import { Guarded } from 'rxjs-rwlock/state';
 *
 * const todos = new Guarded<readonly string[]>([], { name: 'todos' });
 * const post = (todo: string) => of(todo).pipe(delay(5)); // your request
 *
 * todos.subscribe((all) => console.log(all.join() || 'none')); // none, milk (saving), milk
 * todos
 *   .update((all) => post('milk').pipe(map((todo) => [...all, todo])), {
 *     optimistic: (all) => [...all, 'milk (saving)'],
 *   })
 *   .subscribe();
 * ```
 *
 * @typeParam T - the type of the value, which should be immutable
 * @see {@link KeyedGuarded} for a state for each key
 */
export class Guarded<T> extends Observable<T> {
  /** The lock of the state. */
  readonly lock: ObservableLock;
  readonly #overlay: Overlay<T>;
  readonly #stream: ValueStream<T>;

  /**
   * @param initial - the first value
   * @param options - the lock or its options, and `equal`
   * @throws TypeError or RangeError for invalid options
   */
  constructor(initial: T, options: GuardedOptions<T> = {}) {
    const lock = lockOf<ObservableLock>(options, 'pipe', ReadWriteLock);
    const { equal = Object.is } = options;
    checkFunction('equal', equal);
    const stream = new ValueStream(initial, equal, lock);
    super((subscriber) => stream.subscribe(subscriber));
    this.lock = lock;
    this.#overlay = new Overlay(initial);
    this.#stream = stream;
  }

  /** The present value, with the patches of the updates that have not ended. */
  get value(): T {
    return this.#stream.value;
  }

  // Vue and others wrap only what looks like a plain object, and this must not be wrapped.
  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would be one in each object
  get [Symbol.toStringTag](): string {
    return 'Guarded';
  }

  /**
   * Returns a cold Observable that updates the value under the write lock when it is subscribed. It
   * emits the committed value and completes.
   *
   * ```text
   * lock held by another owner   ^--!
   * project                         --x--y|
   * result                       ---------(y|)
   * the state                    o--------y
   * the state, if optimistic     (oO)-----y       O: o with the patch
   * ```
   *
   * @remarks
   * The project sees the committed value, without any patch, and no other update runs until it has
   * ended. Its last value is committed when it completes. If it completes without a value, errors
   * or is unsubscribed, nothing is committed.
   *
   * Inside the project, an update or read of the same state that the project waits for is a
   * deadlock, unless it is made with the `lease`.
   *
   * Errors: those of {@link Gate.acquire} and of the options, those of the project and the patch,
   * and {@link LeaseReleasedError} if the lease has been released before the commit.
   *
   * @example
   * ```ts
   * import { Guarded } from 'rxjs-rwlock/state';
   *
   * const count = new Guarded(1);
   * count.update(async (n) => n + 1).subscribe((n) => console.log(n)); // 2
   * count.update(async (n) => n * 10).subscribe((n) => console.log(n)); // 20
   * ```
   *
   * @param project - returns the new value, as an Observable or a promise, from the committed one
   * @param options - conditions of the request, and the optimistic patch
   * @returns a cold Observable of the committed value
   * @throws TypeError or RangeError for invalid arguments
   */
  update(
    project: (value: T, lease: Lease) => ObservableInput<T>,
    options: UpdateOptions<T> = {},
  ): Observable<T> {
    checkFunction('project', project);
    const run = withWriteLock(
      this.#lockFor(options),
      (edit: Edit<T> | undefined, lease) =>
        from(project(this.#overlay.committed, lease)).pipe(
          takeLast(1),
          tap({
            next: (value) => this.#commit(value, lease, edit),
            complete: () => this.#remove(edit),
          }),
        ),
      options,
    );
    const { optimistic } = options;
    if (optimistic !== undefined) checkFunction('optimistic', optimistic);
    return new Observable((subscriber) => {
      const edit = optimistic && new Edit(optimistic, (error) => subscriber.error(error));
      this.#begin(edit);
      // First of all teardowns, so that the patch goes before the lock is released.
      subscriber.add(() => this.#remove(edit));
      // If the patch has failed the update, the subscriber is closed, and nothing is requested.
      of(edit)
        .pipe(run, tap({ error: () => this.#remove(edit) }))
        .subscribe(subscriber);
      this.#stream.tell();
    });
  }

  /**
   * Returns a cold Observable that reads the committed value under the read lock when it is
   * subscribed: no update commits until the project has ended.
   *
   * ```text
   * an update         ^-----|
   * read(v => a-b|)   ------a-b|
   * ```
   *
   * @remarks
   * Patches are not seen. For the value that is shown, use {@link Guarded.value}.
   *
   * @example
   * ```ts
   * import { of } from 'rxjs';
   * import { Guarded } from 'rxjs-rwlock/state';
   *
   * const draft = new Guarded('text');
   * draft.update(async (text) => `${text}!`, { optimistic: (text) => `${text}?` }).subscribe();
   * draft.read((text) => of(text)).subscribe((text) => console.log(text)); // text!
   * console.log(draft.value); // text?
   * ```
   *
   * @param project - returns an Observable or a promise that uses the committed value
   * @param options - conditions of the request
   * @returns a cold Observable of the values of the project
   * @throws TypeError or RangeError for invalid arguments
   */
  read<O extends ObservableInput<unknown>>(
    project: (value: T, lease: Lease) => O,
    options: Omit<UpdateOptions<T>, 'optimistic'> = {},
  ): Observable<ObservedValueOf<O>> {
    checkFunction('project', project);
    const read = (_: unknown, lease: Lease) => project(this.#overlay.committed, lease);
    return of(undefined).pipe(withReadLock(this.#lockFor(options), read, options));
  }

  #lockFor(options: UpdateOptions<T> | null): LockLike {
    return options?.lease ?? this.lock;
  }

  /** Adds a patch, and emits nothing yet. */
  #begin(edit: Edit<T> | undefined): void {
    if (!edit) return;
    this.#overlay.edits.add(edit);
    this.#show().forEach(attempt);
  }

  #commit(value: T, lease: Lease, edit: Edit<T> | undefined): void {
    // Others may have the lock by now. This throws the error that says so.
    if (lease.released) lease.writer.tryAcquire();
    if (lease.mode !== 'write') throw new TypeError('the lease of an update can not be downgraded');
    this.#overlay.committed = value;
    if (edit) this.#overlay.edits.delete(edit);
    this.#change();
  }

  /** Removes a patch without a commit. */
  #remove(edit: Edit<T> | undefined): void {
    if (edit && this.#overlay.edits.delete(edit)) this.#change();
  }

  /** Settles what has changed, and calls out afterwards. */
  #change(): void {
    const failures = this.#show();
    this.#stream.tell();
    failures.forEach(attempt);
  }

  /** Computes the shown value. The result fails the updates whose patches throw. */
  #show(): (() => void)[] {
    const failures: (() => void)[] = [];
    this.#stream.set(this.#overlay.apply(failures));
    return failures;
  }
}
