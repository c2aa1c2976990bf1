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
    ['the first where nobody gives up', [done, done, done], 1, 2],
    ['the first where somebody among them gives up waiting', [done, waiting, done], 1, 2],
    ['one with somebody who gives up waiting', [done, done, done, waiting, done], 3, 2],
    ['one with both, though it comes later', [waiting, done, done, working, waiting], 4, 2],
    ['waiting rather than at work', [done, working, done, waiting], 3, 2],
    ['at work where nobody gives up waiting', [done, done, working], 2, 2],
    ['all where there are no more', [waiting, done], 1, 2],
    ['none where there is none', [], 1, 0],
  ])('chooses %s', (_what, lanes, first, length) => {
    const window = chooseWindow(lanes, 2);

    expect(window.first).toBe(first);
    expect(window.lanes).toEqual(lanes.slice(first - 1, first - 1 + length));
  });

  it('shows some that were made after those that are given up', () => {
    const [three, one] = [[done, done, done], [done]];
    const firstOf = (...lanes: Lane[]) => chooseWindow(lanes, 6).first;

    expect(firstOf(...three, ...three, working, ...three, waiting, ...three)).toBe(7);
    expect(firstOf(...three, ...three, ...three, waiting, ...three)).toBe(7);
    expect(firstOf(...three, ...three, ...three, waiting, ...one)).toBe(6);
    expect(firstOf(...three, ...one, waiting, ...three)).toBe(1);
  });
});

it('knows from a run who gave up waiting and who gave up at work', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bank-test-'));
  const lock = new ReadWriteLock();
  const store = new Store(join(folder, 'store'), 3);
  // Reading takes for ever, so that even the slowest machine is given up on.
  jest.spyOn(store, 'readAll').mockReturnValueOnce(new Promise(() => undefined));
  const events: LockEvent[] = [];
  traceLock(lock).subscribe((event) => events.push(event));
  const clients: Client[] = [
    { arrival: 0, operations: [{ mode: 'read', giveUp: { while: 'working', after: 300 } }] },
    {
      arrival: 20,
      operations: [
        { mode: 'write', from: 0, to: 1, amount: 5, giveUp: { while: 'waiting', after: 1 } },
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
