import { Subscription } from 'rxjs';
import type { RemoteMode } from '../../src/remote/LockDriver.js';
import { WebLockDriver } from '../../src/web-locks/WebLockDriver.js';
import { FakeLockManager } from './FakeLockManager.js';
import { managers, settle } from './managers.js';

/** Ends all requests, after which nothing may be left in the locks. */
async function endAll(open: Subscription, manager: LockManager): Promise<void> {
  open.unsubscribe();
  await settle();
  const { held, pending } = await manager.query();
  if ([held, pending].flat().length > 0) throw new Error('something was left in the locks');
}

let names = 0;

describe.each(managers)('with %s', (_, managerOf, forgetsCancelled) => {
  let manager: LockManager;
  let driver: WebLockDriver;
  let log: string[];
  let open: Subscription;

  beforeEach(() => {
    manager = managerOf();
    driver = new WebLockDriver(`driver ${++names}`, manager);
    log = [];
    open = new Subscription();
  });

  afterEach(async () => {
    await endAll(open, manager);
  });

  function request(label: string, mode: RemoteMode, ifAvailable = false): Subscription {
    const hold = driver.hold({ mode, ifAvailable }).subscribe({
      next: () => log.push(`${label} granted`),
      error: (error: Error) => log.push(`${label} ${error.name}`),
      complete: () => log.push(`${label} completed`),
    });
    open.add(hold);
    return hold;
  }

  it('K1: exclusive leases exclude each other, shared ones run together', async () => {
    const write = request('write', 'exclusive');
    request('read 1', 'shared');
    request('read 2', 'shared');
    await settle();
    expect(log).toEqual(['write granted']);
    write.unsubscribe();
    await settle();
    expect(log).toEqual(['write granted', 'read 1 granted', 'read 2 granted']);
  });

  it('K2: when an exclusive request is cancelled, the shared requests behind it are granted', async () => {
    const read = request('read 1', 'shared');
    await settle();
    const write = request('write', 'exclusive');
    await settle();
    request('read 2', 'shared');
    request('read 3', 'shared');
    await settle();
    expect(log).toEqual(['read 1 granted']);
    write.unsubscribe();
    await settle();
    const all = ['read 1 granted', 'read 2 granted', 'read 3 granted'];
    expect(log).toEqual(forgetsCancelled ? all : ['read 1 granted']);
    read.unsubscribe();
    await settle();
    expect(log).toEqual(all);
  });

  it('K2: a request that is cancelled at the turnstile leaves the order as it was', async () => {
    const write = request('write 1', 'exclusive');
    request('read 1', 'shared');
    request('write 2', 'exclusive').unsubscribe();
    request('read 2', 'shared');
    await settle();
    write.unsubscribe();
    await settle();
    expect(log).toEqual(['write 1 granted', 'read 1 granted', 'read 2 granted']);
  });

  it('J1: a request that is cancelled while its grant is on the way releases the lock', async () => {
    request('write 1', 'exclusive').unsubscribe();
    const write = request('write 2', 'exclusive');
    queueMicrotask(() => queueMicrotask(() => write.unsubscribe()));
    await settle();
    request('write 3', 'exclusive');
    await settle();
    expect(log.at(-1)).toBe('write 3 granted');
  });

  it('J1: a request that must not wait is refused behind a lease and behind a waiting request', async () => {
    request('read 1', 'shared');
    await settle();
    request('read 2', 'shared', true);
    request('write 1', 'exclusive', true);
    await settle();
    const write = request('write 2', 'exclusive');
    await settle();
    request('read 3', 'shared', true);
    await settle();
    expect(log).toEqual([
      'read 1 granted',
      'read 2 granted',
      'write 1 completed',
      'read 3 completed',
    ]);
    write.unsubscribe();
  });

  it('J1: requests that must not wait do not refuse each other at the turnstile', async () => {
    for (let n = 1; n <= 3; n++) request(`read ${n}`, 'shared', true);
    await settle();
    expect(log).toEqual(['read 1 granted', 'read 2 granted', 'read 3 granted']);
  });

  it('J1: a hundred cancelled requests leave nothing behind', async () => {
    request('write', 'exclusive');
    await settle();
    const requests = Array.from({ length: 100 }, (_, n) =>
      request(`request ${n}`, n % 3 ? 'shared' : 'exclusive'),
    );
    await settle();
    for (const each of requests) each.unsubscribe();
    expect(log).toEqual(['write granted']);
  });
});

it('K3: a stolen lock is the loss of the lease', async () => {
  const manager = new FakeLockManager();
  const log: string[] = [];
  const driver = new WebLockDriver('stolen', manager);
  driver.hold({ mode: 'exclusive', ifAvailable: false }).subscribe({
    next: () => log.push('granted'),
    error: (error: Error) => log.push(error.name),
  });
  await settle();
  await manager.request('stolen', { steal: true }, () => log.push('the thief holds it'));
  await settle();
  expect(log).toEqual(['granted', 'AbortError', 'the thief holds it']);
});

it('K2: without a turnstile these locks strand the readers, as Chromium does', async () => {
  const manager = new FakeLockManager({ strandsOnAbort: true });
  let release: () => void = () => undefined;
  const abort = new AbortController();
  let isGranted = false;
  const held = manager.request(
    'plain',
    { mode: 'shared' },
    () => new Promise<void>((end) => (release = end)),
  );
  const write = manager
    .request('plain', { signal: abort.signal }, () => undefined)
    .catch(() => undefined);
  const read = manager.request('plain', { mode: 'shared' }, () => (isGranted = true));
  abort.abort();
  await settle();
  expect(isGranted).toBe(false);
  release();
  await Promise.all([held, write, read]);
  expect(isGranted).toBe(true);
});

describe('a page in the back/forward cache', () => {
  let manager: FakeLockManager;
  let page: EventTarget;
  let driver: WebLockDriver;
  let other: WebLockDriver;
  let log: string[];
  let open: Subscription;

  beforeEach(() => {
    manager = new FakeLockManager();
    page = new EventTarget();
    driver = new WebLockDriver('cached', manager, page);
    other = new WebLockDriver('cached', manager);
    log = [];
    open = new Subscription();
  });

  afterEach(async () => {
    await endAll(open, manager);
  });

  const tell = (type: 'pagehide' | 'pageshow', persisted = true) =>
    page.dispatchEvent(Object.assign(new Event(type), { persisted }));
  function request(label: string, from: WebLockDriver): Subscription {
    const hold = from.hold({ mode: 'exclusive', ifAvailable: false }).subscribe({
      next: () => log.push(`${label} granted`),
      error: (error: Error) => log.push(`${label}: ${error.message}`),
    });
    open.add(hold);
    return hold;
  }

  it('K3: loses its leases on the way there', async () => {
    request('cached', driver);
    await settle();
    request('other', other);
    await settle();
    tell('pagehide');
    await settle();
    expect(log).toEqual([
      'cached granted',
      'cached: the page has gone into the back/forward cache',
      'other granted',
    ]);
  });

  it('K3: does not wait in there, and waits again when it is shown', async () => {
    const first = request('first', other);
    await settle();
    request('cached', driver);
    await settle();
    tell('pagehide');
    const second = request('second', other);
    first.unsubscribe();
    await settle();
    expect(log).toEqual(['first granted', 'second granted']);
    tell('pageshow');
    second.unsubscribe();
    await settle();
    expect(log.at(-1)).toBe('cached granted');
  });

  it('K3: requests again only when it is shown, if it does so on the way there', async () => {
    driver.hold({ mode: 'exclusive', ifAvailable: false }).subscribe({
      error: () => queueMicrotask(() => request('again', driver)),
    });
    await settle();
    tell('pagehide');
    await settle();
    expect(await manager.query()).toEqual({ held: [], pending: [] });
    tell('pageshow');
    await settle();
    expect(log).toEqual(['again granted']);
  });

  it('K3: a page that has loaded, or goes for good, changes nothing', async () => {
    request('page', driver);
    tell('pageshow', false);
    await settle();
    tell('pagehide', false);
    await settle();
    expect(log).toEqual(['page granted']);
    expect((await manager.query()).held).toHaveLength(1);
  });

  it('J7: may have missed a write, and says so when it is shown', () => {
    open.add(driver.changes?.subscribe(() => log.push('may have been written')));
    tell('pageshow', false);
    tell('pagehide');
    expect(log).toEqual([]);
    tell('pageshow');
    expect(log).toEqual(['may have been written']);
  });
});

it('J7: another tab that has written is heard, this one is not', async () => {
  const manager = new FakeLockManager();
  const here = new WebLockDriver('told', manager);
  const there = new WebLockDriver('told', manager);
  const heard: string[] = [];
  const listening = here.changes?.subscribe(() => heard.push('here'));
  const runOnce = async (driver: WebLockDriver, mode: RemoteMode) => {
    const hold = driver.hold({ mode, ifAvailable: false }).subscribe();
    await settle();
    hold.unsubscribe();
    await settle();
  };
  await runOnce(here, 'exclusive');
  await runOnce(there, 'shared');
  expect(heard).toEqual([]);
  await runOnce(there, 'exclusive');
  expect(heard).toEqual(['here']);
  listening?.unsubscribe();
});

/** Some browsers refuse channels where the user has blocked storage. */
const refuse = () => {
  throw new Error('no channel');
};

it.each([
  ['is no BroadcastChannel', undefined, 'undefined'],
  ['are only channels that fail', jest.fn(refuse), 'no channel'],
])('K1, J7: where there %s, a writer releases the lock all the same', async (_, channel, told) => {
  const platform = globalThis.BroadcastChannel;
  Object.assign(globalThis, { BroadcastChannel: channel });
  try {
    const manager = new FakeLockManager();
    const driver = new WebLockDriver('not told', manager);
    const hold = driver.hold({ mode: 'exclusive', ifAvailable: false }).subscribe();
    await settle();
    let thrown: unknown;
    try {
      hold.unsubscribe();
    } catch (error) {
      thrown = error;
    }
    await settle();
    expect(String(thrown)).toContain(told);
    expect((await manager.query()).held).toEqual([]);
    expect(driver.changes !== undefined).toBe(channel !== undefined);
  } finally {
    Object.assign(globalThis, { BroadcastChannel: platform });
  }
});
