/// <reference lib="esnext.disposable" preserve="true" />
import type { LockMode } from '../core/LockMode.js';
import type { LockLike } from './LockLike.js';

/**
 * A granted request: what one holds while holding a lock.
 *
 * A lease is a lock itself. What is asked through its gates is asked on behalf of the same holder,
 * so that it never waits for the lease it was asked through:
 *
 * | through a live … / asks → | read | upgradable | write |
 * |---|---|---|---|
 * | read | granted | `LockUpgradeError` | `LockUpgradeError` |
 * | upgradable | granted | granted | waits for the other readers only |
 * | write | granted | granted | granted |
 *
 * @remarks
 * The lock is let go with the last lease of a holder. Through a released lease every request
 * errors with {@link LeaseReleasedError}.
 *
 * @example
 * ```ts
 * import { ReadWriteLock } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * async function reload() {
 *   using lease = await lock.writer.lease();
 *   console.log(lease.mode); // write
 * }
 * void reload();
 * ```
 */
export interface Lease extends LockLike, Disposable, AsyncDisposable {
  /** The mode it is held in. */
  readonly mode: LockMode;
  /** Whether it has been let go. */
  readonly released: boolean;
  /**
   * Lets go. A second call does nothing.
   *
   * Where the lease was emitted by `gate.acquire()`, that Observable completes first. The lock
   * itself is let go with the last lease of the holder: a nested one may outlive this.
   */
  release(): void;
}

/**
 * A lease on the upgradable mode, given by {@link LockLike.upgradable}.
 *
 * @remarks
 * Its writer is the upgrade: it waits for the other readers only, and goes before every waiter.
 *
 * @example
 * ```ts
 * import { ReadWriteLock, type UpgradableLease } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * async function fill(cache: Map<string, number>, lease: UpgradableLease) {
 *   if (cache.size > 0) return;
 *   using _write = await lease.writer.lease();
 *   cache.set('answer', 42);
 *   console.log(lock.writer.locked); // true
 * }
 * lock.upgradable.acquire().subscribe((lease) => {
 *   void fill(new Map(), lease).finally(() => lease.release());
 * });
 * ```
 *
 * @see {@link withUpgradableLock}
 */
export interface UpgradableLease extends Lease {
  /**
   * Makes it a weaker lease in place: who may enter now does, and never a writer in between.
   *
   * @example
   * ```ts
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const lock = new ReadWriteLock();
   * lock.upgradable.tryAcquire()?.downgrade('read');
   * console.log(lock.upgradable.tryAcquire()?.mode); // upgradable
   * ```
   *
   * @param mode - the mode to hold from now on; the one it has changes nothing
   * @throws LeaseReleasedError where it has been released, TypeError where the mode is stronger
   */
  readonly downgrade: (mode: 'read') => void;
}

/**
 * A lease on the write mode, given by {@link LockLike.writer}.
 *
 * @example
 * ```ts
 * import { ReadWriteLock, type WriteLease } from 'rxjs-rwlock';
 *
 * const lock = new ReadWriteLock();
 * function publish(lease: WriteLease) {
 *   lease.downgrade('read');
 *   console.log(lock.reader.locked, lock.writer.locked); // true false
 * }
 * lock.writer.acquire().subscribe((lease) => publish(lease));
 * ```
 */
export interface WriteLease extends Lease {
  /**
   * Makes it a weaker lease in place: who may enter now does, and never a writer in between.
   *
   * @example
   * ```ts
   * import { ReadWriteLock } from 'rxjs-rwlock';
   *
   * const lock = new ReadWriteLock();
   * const lease = lock.writer.tryAcquire();
   * lease?.downgrade('read');
   * console.log(lease?.mode, lock.reader.tryAcquire()?.mode); // read read
   * ```
   *
   * @param mode - the mode to hold from now on; the one it has changes nothing
   * @throws LeaseReleasedError where it has been released, TypeError where the mode is stronger
   */
  readonly downgrade: (mode: 'read' | 'upgradable') => void;
}

/**
 * The kind of lease that the gate of each mode gives.
 *
 * @example
 * ```ts
 * import { type LeaseOf, type LockMode, type Gate, ReadWriteLock } from 'rxjs-rwlock';
 *
 * function must<M extends LockMode>(gate: Gate<M>): LeaseOf[M] {
 *   const lease = gate.tryAcquire();
 *   if (!lease) throw new Error('busy');
 *   return lease;
 * }
 * must(new ReadWriteLock().writer).downgrade('read');
 * ```
 */
export interface LeaseOf {
  /** A read lease has nothing to be downgraded to. */
  readonly read: Lease;
  /** An upgradable one may become a read. */
  readonly upgradable: UpgradableLease;
  /** A write may become either. */
  readonly write: WriteLease;
}
