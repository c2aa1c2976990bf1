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

/**
 * Returns a signal of the state of a lock, of the lock of a key, or of a part of it.
 *
 * @remarks
 * It can be read at any time and never throws: when the lock has failed, it says that the lock is
 * closed. Many changes in one turn cause one run of an effect or a template.
 *
 * @example
 * ```ts
 * import { createLockToken, injectLockState } from 'rxjs-rwlock/angular';
 *
 * const SETTINGS = createLockToken('settings');
 *
 * class SaveButton {
 *   readonly isSaving = injectLockState(SETTINGS, { select: ({ held }) => held.write > 0 });
 * }
 * ```
 *
 * @param lock - the lock, the lock of a key, or the token of a lock
 * @param options - `select`, and the injector if there is no injection context
 * @returns a signal
 * @throws TypeError for invalid arguments
 */
export function injectLockState(
  lock: ObservableLock | InjectionToken<ObservableLock>,
  options?: LockStateOptions & { readonly select?: undefined },
): Signal<LockState>;

export function injectLockState<T>(
  lock: ObservableLock | InjectionToken<ObservableLock>,
  options: LockStateOptions<T>,
): Signal<T>;

export function injectLockState<T>(
  lockOrToken: ObservableLock | InjectionToken<ObservableLock>,
  { select, injector }: LockStateOptions<T> = {},
): Signal<LockState | T> {
  if (!injector) assertInInjectionContext(injectLockState);
  const its = injector ?? inject(Injector);
  const lock = lockOrToken instanceof InjectionToken ? its.get(lockOrToken) : lockOrToken;
  const state = signal(lock.state);
  const update = () => untracked(() => state.set(lock.state));
  const subscription = lock.subscribe({ next: update, error: update });
  its.get(DestroyRef).onDestroy(() => subscription.unsubscribe());
  return select ? computed(() => select(state())) : state.asReadonly();
}
