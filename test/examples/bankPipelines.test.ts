import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { ReadWriteLock } from 'rxjs-rwlock';
import { faultsOf, figuresOf } from '../../examples/bank/figures.js';
import { audit, transfer } from '../../examples/bank/pipelines.js';
import type { GiveUp, Operation } from '../../examples/bank/plan.js';
import { AtWork, Request } from '../../examples/bank/Request.js';
import { run } from '../../examples/bank/run.js';
import { Store } from '../../examples/bank/Store.js';

const order = { mode: 'write', from: 0, to: 1, amount: 5 } as const;
const idle = { read: 0, upgradable: 0, write: 0 };

describe('the bank', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bank-test-'));
  let count = 0;

  afterAll(() => rmSync(folder, { recursive: true }));

  function openBank() {
    return { store: new Store(join(folder, `store-${++count}`), 3), lock: new ReadWriteLock() };
  }

  function request(operation: Operation, giveUp?: GiveUp): Request {
    const workers = { read: new AtWork(), write: new AtWork() };
    return new Request({ ...operation, ...(giveUp && { giveUp }) }, workers);
  }

  it('moves money and keeps the sum', async () => {
    const bank = openBank();
    await lastValueFrom(transfer(bank, request(order), order));

    expect((await bank.store.read(0)).balance).toBe(995);
    expect((await bank.store.read(1)).balance).toBe(1005);
    await expect(lastValueFrom(audit(bank, request({ mode: 'read' })))).resolves.toBe(3_000);
  });

  it('holds the lock to the end of a transfer that is given up while it writes', async () => {
    const bank = openBank();
    const write = bank.store.write.bind(bank.store);
    jest.spyOn(bank.store, 'write').mockImplementation(async (account) => {
      await delay(120);
      await write(account);
    });
    const hasty = request(order, { while: 'working', after: 100 });
    const moved = lastValueFrom(transfer(bank, hasty, order), { defaultValue: 'given up' });
    const sum = lastValueFrom(audit(bank, request({ mode: 'read' })));

    await expect(moved).resolves.not.toBe('given up');
    await expect(sum).resolves.toBe(3_000);
    expect((await bank.store.read(1)).balance).toBe(1005);
  });

  it('writes nothing for a transfer that is given up while it waits', async () => {
    const bank = openBank();
    const lease = await bank.lock.reader.lease();
    const hasty = request(order, { while: 'waiting', after: 1 });
    await lastValueFrom(transfer(bank, hasty, order), { defaultValue: undefined });

    expect(bank.lock.state.waiting).toEqual(idle);
    lease.release();
    expect((await bank.store.read(0)).updates).toBe(0);
    expect(hasty).toMatchObject({ grantedAt: undefined, outcome: 'cancelled' });
  });

  it('counts a half-written document as a torn read, and goes on', async () => {
    const bank = openBank();
    jest.spyOn(bank.store, 'readAll').mockRejectedValueOnce(new SyntaxError('half a document'));
    const client = { arrival: 0, operations: [{ mode: 'read' }, { mode: 'read' }] as const };
    const result = await run(bank, [client]);

    expect(result.requests.map(({ outcome }) => outcome)).toEqual(['half', 'done']);
    expect(figuresOf(result).halfDocuments).toBe(1);
  });

  it('counts the updates that the documents do not know of', async () => {
    const bank = openBank();
    jest.spyOn(bank.store, 'write').mockResolvedValueOnce();
    const result = await run(bank, [{ arrival: 0, operations: [order] }]);

    expect(figuresOf(result)).toMatchObject({ lostUpdates: 1, total: 3_005 });
  });

  it('finds whoever is left holding the lock', async () => {
    const bank = openBank();
    await bank.lock.reader.lease();

    expect(faultsOf(figuresOf(await run(bank, [])))).toEqual(['left waiting or holding: 1']);
  });

  it.each([
    ['a lost update', { lostUpdates: 1 }, 'lost updates: 1'],
    ['half a document', { halfDocuments: 2 }, 'torn reads: 2'],
    ['a wrong sum', { wrongSums: 3 }, 'torn reads: 3'],
    ['a wrong total', { total: 9 }, 'the accounts add up to 9, not 3000'],
  ])('finds fault with %s', async (_what, harm, fault) => {
    const sound = figuresOf(await run(openBank(), []));

    expect(faultsOf(sound)).toEqual([]);
    expect(faultsOf({ ...sound, ...harm })).toEqual([fault]);
  });
});
