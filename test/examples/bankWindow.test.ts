import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LockEvent, ReadWriteLock, traceLock } from 'rxjs-rwlock';
import { type Lane, timelineOf } from 'rxjs-rwlock/devtools';
import type { Client } from '../../examples/bank/plan.js';
import { run } from '../../examples/bank/run.js';
import { Store } from '../../examples/bank/Store.js';
import { chooseWindow, withOutcomes } from '../../examples/bank/chooseWindow.js';

const done: Lane = { label: '', mode: 'read', requested: 0, granted: 1, ended: 2, values: [] };
const working: Lane = { ...done, outcome: 'cancelled' };
const { granted: _, ...waiting } = working;

describe('chooseWindow', () => {
  it.each<[string, Lane[], number, number]>([
    ['the first requests if none is cancelled', [done, done, done, done], 1, 3],
    ['the first with a cancelled wait', [done, done, done, waiting, done, waiting], 2, 3],
    ['a cancelled wait rather than cancelled work', [working, done, done, done, waiting], 3, 3],
    ['cancelled work if no wait is cancelled', [done, done, done, working], 2, 3],
    ['both if there are both', [waiting, done, done, working, waiting, done], 3, 3],
    ['all requests if there are no more', [waiting, done], 1, 2],
  ])('chooses %s', (_what, lanes, first, length) => {
    const window = chooseWindow(lanes, 3);

    expect(window.first).toBe(first);
    expect(window.lanes).toEqual(lanes.slice(first - 1, first - 1 + length));
  });
});

it('marks the requests of a run that were cancelled, while they waited or at work', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bank-test-'));
  const lock = new ReadWriteLock();
  const store = new Store(join(folder, 'store'), 3);
  // The first read never ends, so it is cancelled even on the slowest machine.
  jest.spyOn(store, 'readAll').mockReturnValueOnce(new Promise(() => undefined));
  const events: LockEvent[] = [];
  traceLock(lock).subscribe((event) => events.push(event));
  const clients: Client[] = [
    { arrival: 0, operations: [{ mode: 'read', cancel: { while: 'working', after: 300 } }] },
    {
      arrival: 20,
      operations: [
        { mode: 'write', from: 0, to: 1, amount: 5, cancel: { while: 'waiting', after: 1 } },
        { mode: 'read' },
      ],
    },
  ];
  const { requests } = await run({ store, lock }, clients);
  rmSync(folder, { recursive: true });

  const lanes = withOutcomes(timelineOf('', events).lanes, requests);
  expect(lanes.map(({ mode, granted, outcome }) => [mode, granted !== undefined, outcome])).toEqual(
    [
      ['read', true, 'cancelled'],
      ['write', false, 'cancelled'],
      ['read', true, undefined],
    ],
  );
});
