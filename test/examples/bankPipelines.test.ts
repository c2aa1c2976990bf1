import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { lastValueFrom } from 'rxjs';
import { ReadWriteLock } from 'rxjs-rwlock';
import { harms } from '../../examples/bank/figures.js';
import { audit, transfer } from '../../examples/bank/pipelines.js';
import { Request } from '../../examples/bank/Request.js';
import { run } from '../../examples/bank/run.js';
import { Store } from '../../examples/bank/Store.js';
import { faultsIn } from '../../examples/shared/report.js';

const order = { mode: 'write', from: 0, to: 1, amount: 5 } as const;
const check = { mode: 'read' } as const;
const idle = { read: 0, upgradable: 0, write: 0 };

describe('the bank', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bank-test-'));
  let count = 0;

  afterAll(() => rmSync(folder, { recursive: true }));

  function openBank() {
    return { store: new Store(join(folder, `store-${++count}`), 3), lock: new ReadWriteLock() };
  }

  it('moves money and keeps the sum', async () => {
    const bank = openBank();
    await lastValueFrom(transfer(bank, new Request(order), order));

    expect((await bank.store.read(0)).balance).toBe(995);
    expect((await bank.store.read(1)).balance).toBe(1005);
    await expect(lastValueFrom(audit(bank, new Request(check)))).resolves.toBe(3_000);
  });

  it('holds the lock to the end of a transfer that is cancelled while it writes', async () => {
    const bank = openBank();
    const write = bank.store.write.bind(bank.store);
    jest.spyOn(bank.store, 'write').mockImplementation(async (account) => {
      await delay(120);
      await write(account);
    });
    const hasty = new Request({ ...order, cancel: { while: 'working', after: 100 } });
    const moved = lastValueFrom(transfer(bank, hasty, order), { defaultValue: 'cancelled' });
    const sum = lastValueFrom(audit(bank, new Request(check)));

    await expect(moved).resolves.not.toBe('cancelled');
    await expect(sum).resolves.toBe(3_000);
    expect((await bank.store.read(1)).balance).toBe(1005);
  });

  it('writes nothing for a transfer that is cancelled while it waits', async () => {
    const bank = openBank();
    const lease = await bank.lock.reader.lease();
    const hasty = new Request({ ...order, cancel: { while: 'waiting', after: 1 } });
    await lastValueFrom(transfer(bank, hasty, order), { defaultValue: undefined });

    expect(bank.lock.state.waiting).toEqual(idle);
    lease.release();
    expect((await bank.store.read(0)).updates).toBe(0);
    expect(hasty).toMatchObject({ grantedAt: undefined, outcome: 'cancelled' });
  });

  it('goes on after a torn read and after a wrong sum', async () => {
    const bank = openBank();
    jest
      .spyOn(bank.store, 'readAll')
      .mockRejectedValueOnce(new SyntaxError('half a document'))
      .mockResolvedValueOnce([]);
    const result = await run(bank, [{ arrival: 0, operations: [check, check, check] }]);

    expect(result.requests.map(({ outcome }) => outcome)).toEqual(['torn', 'off', 'done']);
    expect(faultsIn(result, harms)).toEqual(['torn reads: 1', 'wrong sums: 1']);
  });

  it('finds updates that are missing in the files', async () => {
    const bank = openBank();
    jest.spyOn(bank.store, 'write').mockResolvedValueOnce();
    const result = await run(bank, [{ arrival: 0, operations: [order] }]);

    expect(faultsIn(result, harms)).toEqual(['lost updates: 1', 'sum off by: 5']);
  });

  it('finds requests that are left behind', async () => {
    const bank = openBank();
    await bank.lock.reader.lease();
    for (const gate of [bank.lock.writer, bank.lock.reader]) gate.acquire().subscribe();

    expect(faultsIn(await run(bank, []), harms)).toEqual(['left behind: 3']);
  });

  it('finds no fault with a run that is in order', async () => {
    const result = await run(openBank(), [{ arrival: 0, operations: [order, check] }]);

    expect(faultsIn(result, harms)).toEqual([]);
  });
});
