import { ReadWriteLock } from 'rxjs-rwlock';
import { localDriver, type RemoteLockOptions, RemoteReadWriteLock } from 'rxjs-rwlock/remote';
import { WatchedDriver } from './WatchedDriver.js';

/** A process of a test: its lock, and its way to the engine. */
export interface Process {
  readonly lock: RemoteReadWriteLock;
  readonly driver: WatchedDriver;
}

/** Some processes in front of one engine, which is a lock. */
export function processes(count: number, options?: RemoteLockOptions) {
  const engine = new ReadWriteLock({ name: 'engine' });
  const driver = localDriver(engine);
  const all = Array.from({ length: count }, (): Process => {
    const own = new WatchedDriver(driver);
    return { driver: own, lock: new RemoteReadWriteLock(own, options) };
  });
  // Tests use only as many of them as they have asked for.
  return { engine, driver, all: all as unknown as readonly [Process, Process, Process] };
}

/** A budget that is never spent. */
export const UNLIMITED = { grants: Infinity, time: Infinity };
