import {
  assertInInjectionContext,
  computed,
  DestroyRef,
  inject,
  InjectionToken,
  Injector,
  type Signal,
  signal,
  untracked,
} from '@angular/core';
import type { Subscription } from 'rxjs';
import type { LockState, ObservableLock } from '../index.js';

/**
 * Options of {@link injectLockState}.
 *
 * @typeParam T - the type of the part of the state
 */
export interface LockStateOptions<T = LockState> {
  /**
   * Selects a part of the state, or computes something from it. Whatever reads the signal runs
   * again only if the result has changed.
   */
  readonly select?: ((state: LockState) => T) | undefined;
  /** The injector whose end ends the subscription; by default that of the injection context. */
  readonly injector?: Injector | undefined;
}

/** A lock, the token of one, or a function of signals that returns one. */
type LockSource = ObservableLock | InjectionToken<ObservableLock> | (() => ObservableLock);

/**
 * Returns a signal of the state of a lock, of the lock of a key, or of a part of it.
 *
 * @remarks
 * It can be read at any time and never throws: when the lock has failed, it says that the lock is
 * closed. Many changes in one turn cause one run of an effect or a template. The lock is observed
 * from the first time that the signal is read.
 *
 * @example
 * ```ts
 * import { inject, input } from '@angular/core';
 * import { createKeyedLockToken, createLockToken, injectLockState } from 'rxjs-rwlock/angular';
 *
 * const SETTINGS = createLockToken('settings');
 * const ROWS = createKeyedLockToken<number>('rows');
 *
 * export class SaveButton {
 *   readonly isSaving = injectLockState(SETTINGS, { select: ({ held }) => held.write > 0 });
 * }
 *
 * export class Row {
 *   readonly id = input.required<number>();
 *   readonly #rows = inject(ROWS);
 *   readonly state = injectLockState(() => this.#rows.for(this.id()));
 * }
 * ```
 *
 * @param lock - the lock, the lock of a key, or the token of a lock; a function that returns a lock
 *   is called again when a signal that it reads has changed
 * @param options - `select`, and the injector if there is no injection context
 * @returns a signal
 * @throws TypeError for a value that is not a lock
 */
export function injectLockState(
  lock: LockSource,
  options?: LockStateOptions & { readonly select?: undefined },
): Signal<LockState>;

export function injectLockState<T>(lock: LockSource, options: LockStateOptions<T>): Signal<T>;

export function injectLockState<T>(
  lock: LockSource,
  { select, injector }: LockStateOptions<T> = {},
): Signal<LockState | T> {
  if (!injector) assertInInjectionContext(injectLockState);
  const its = injector ?? inject(Injector);
  const find = finder(lock, its);
  let subscription: Subscription | undefined;
  const state = computed(() => {
    const observed = find();
    subscription?.unsubscribe();
    return untracked(() => {
      const present = signal(observed.state);
      const update = () => untracked(() => present.set(observed.state));
      if (!isDestroyed) subscription = observed.subscribe({ next: update, error: update });
      return present;
    });
  });
  let isDestroyed = false;
  its.get(DestroyRef).onDestroy(() => {
    isDestroyed = true;
    subscription?.unsubscribe();
  });
  return computed(() => (select ? select(state()()) : state()()));
}

function finder(lock: LockSource, injector: Injector): () => ObservableLock {
  if (typeof lock === 'function') return lock;
  const found = lock instanceof InjectionToken ? injector.get(lock) : lock;
  if (typeof (found as Partial<ObservableLock> | null | undefined)?.pipe !== 'function')
    throw new TypeError('injectLockState expects a lock, its token, or a function that returns it');
  return () => found;
}
