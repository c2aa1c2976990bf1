import { Subscription } from 'rxjs';
import type { LockDriver, RemoteGrant, RemoteMode } from '../../../src/remote/index.js';

/** One request at a driver, and what has become of it. */
export interface Held {
  readonly subscription: Subscription;
  /** Resolves with the grant, or `undefined` if the lock is not available; rejects before the grant. */
  readonly granted: Promise<RemoteGrant | undefined>;
  /** Resolves with the error that ends the lease. */
  readonly lost: Promise<unknown>;
  readonly isGranted: () => boolean;
  release(): void;
}

/** Subscribes to a driver. */
export function hold(
  driver: LockDriver,
  mode: RemoteMode,
  options: { ifAvailable?: boolean; next?: () => void } = {},
): Held {
  let isGranted = false;
  let lose: (error: unknown) => void = () => {};
  const lost = new Promise<unknown>((resolve) => (lose = resolve));
  let subscription = new Subscription();
  const granted = new Promise<RemoteGrant | undefined>((resolve, reject) => {
    subscription = driver.hold({ mode, ifAvailable: options.ifAvailable ?? false }).subscribe({
      next: (grant) => {
        isGranted = true;
        resolve(grant);
        options.next?.();
      },
      error: (error: unknown) => {
        if (isGranted) lose(error);
        // The very error, which the test looks at.
        // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
        else reject(error);
      },
      complete: () => resolve(undefined),
    });
  });
  // Tests that expect no grant look at `isGranted`.
  granted.catch(() => {});
  return {
    subscription,
    granted,
    lost,
    isGranted: () => isGranted,
    release: () => subscription.unsubscribe(),
  };
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Prints how long something has taken: that depends on the machine, so no test requires it. */
export function printTime(what: string, start: number): void {
  process.stderr.write(`${what}: ${Math.round(performance.now() - start)} ms\n`);
}

/** Waits until something is so, and fails if it is not so in time. */
export async function expectSoon(what: () => boolean | Promise<boolean>): Promise<void> {
  const limit = 10_000;
  const start = performance.now();
  while (!(await what())) {
    if (performance.now() - start > limit)
      throw new Error(`not within ${limit} ms: ${String(what)}`);
    await sleep(5);
  }
}
