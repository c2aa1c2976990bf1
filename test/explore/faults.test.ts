import { POLICIES, type PolicyName } from '../model/rules.js';
import { everyState } from './explore.js';
import { FAULTY } from './faultyLocks.js';
import { ALWAYS, IN_THE_END } from './invariants.js';
import type { Alphabet } from './steps.js';
import { Witness } from './Witness.js';

const FREE = { held: counts(), waiting: counts(), version: 0, closed: false };

function counts(read = 0, upgradable = 0, write = 0) {
  return { read, upgradable, write };
}

/** What one invariant says of a log, and of what a lock tells of itself after it. */
function verdict(
  name: string,
  { policy = 'fifo', log, state = FREE }: { policy?: PolicyName; log: string; state?: object },
) {
  const seen = new Witness();
  for (const entry of log.split(', ')) {
    const [, of = '', what = ''] = /^(\S+) (.*)$/.exec(entry) ?? [];
    seen.see([{ name: of, what }]);
  }
  const [, wrong] = [...ALWAYS, ...IN_THE_END].find(([other]) => other === name) ?? [];
  return wrong?.({ policy, seen, state: { ...FREE, ...state } }) ?? false;
}

const inOrder = (order: string) => [...order].map((client) => `${client} granted`).join(', ');
const queue = 'a asks write, a granted, b asks write, c asks read, d asks write, a cleans up, ';

const breaches: [string, Parameters<typeof verdict>[1], Parameters<typeof verdict>[1]][] = [
  [
    'exclusion',
    { log: 'a asks read, a granted, b asks write, b granted, a cleans up' },
    { log: 'a asks read, a granted, b asks write, a cleans up, b granted' },
  ],
  [
    'nobody waits whom A3 admits',
    { log: 'a asks read, a granted, b asks write, c asks read, b leaves' },
    { log: 'a asks read, a granted, b asks write, c asks read' },
  ],
  [
    'version counts writes',
    { log: 'a asks write, a granted, a cleans up' },
    { log: 'a asks write, a granted' },
  ],
  [
    'counts are those of the clients',
    { log: 'a asks read, a granted' },
    { log: 'a asks read, a granted', state: { held: counts(1) } },
  ],
  [
    'a reader phase admits every reader that waits as it begins',
    {
      policy: 'phaseFair',
      log: 'a asks write, a granted, b asks read, c asks read, a cleans up, b granted',
    },
    {
      policy: 'phaseFair',
      log: 'a asks write, a granted, b asks read, a cleans up, b granted, c asks read',
    },
  ],
  ['every waiter is served', { log: 'a asks read' }, { log: 'a asks read, a errors boom' }],
  [
    'counts return to zero',
    { log: 'a asks read', state: { waiting: counts(0, 1) } },
    { log: 'a asks read' },
  ],
  ['bound', { log: queue + inOrder('bdc') }, { log: queue + inOrder('bcd') }],
];

it.each(breaches)('A–E: a breach of the invariant is seen: %s', (name, wrong, right) => {
  expect(verdict(name, wrong)).toBeTruthy();
  expect(verdict(name, right)).toBe(false);
});

it('every invariant can fail', () => {
  const names = [...ALWAYS, ...IN_THE_END].map(([name]) => name);
  expect(new Set(breaches.map(([name]) => name))).toEqual(new Set(names));
});

it.each<[string, PolicyName[]]>([
  ['bcd', ['writersFirst', 'readersFirst']],
  ['bdc', ['fifo', 'phaseFair', 'readersFirst']],
  ['cbd', ['fifo', 'writersFirst']],
])(
  'A4: the order %s of a row of waiters breaks the bounds of other policies',
  (order, policies) => {
    const log = queue + inOrder(order);
    expect(POLICIES.filter((policy) => verdict('bound', { policy, log }))).toEqual(policies);
  },
);

it.each<[keyof typeof FAULTY, Alphabet, string, string]>([
  [
    'forgets to wake who waits behind a cancelled waiter',
    'basic',
    'nobody waits whom A3 admits: c waits, and nobody keeps it out',
    'ask a read async, ask b write async, ask c read async, unsubscribe b',
  ],
  [
    'lets a reader in beside a writer',
    'basic',
    'exclusion: a and b hold together',
    'ask a write async, ask b read async',
  ],
  [
    'lets readers barge',
    'basic',
    'expected c asks read;',
    'ask a read async, ask b write async, ask c read async',
  ],
  [
    'counts writes as they begin',
    'basic',
    'version counts writes: 0 writes have ended, not 1',
    'ask a write async',
  ],
  [
    'lets go of a holder with its first lease',
    'full',
    'counts are those of the clients',
    'ask a upgradable async, nest a write, complete a',
  ],
  [
    'wakes nobody after a downgrade',
    'full',
    'nobody waits whom A3 admits: b waits',
    'ask a upgradable async, ask b upgradable async, downgrade a read',
  ],
  [
    'takes no request while another waits',
    'basic',
    'counts are those of the clients',
    'ask a read async, ask b write async, ask c read async',
  ],
  ['does not fail', 'full', 'expected ;', 'fail lock'],
  [
    'has another policy',
    'basic',
    'expected a cleans up, b granted',
    'ask a upgradable async, ask b upgradable async, ask c write async, complete a',
  ],
])('a lock is found that %s, by a shortest path', (fault, alphabet, what, path) => {
  const terms = { policy: 'fifo', clients: alphabet === 'basic' ? 3 : 2, alphabet } as const;
  const find = () => everyState(terms, { make: FAULTY[fault] });
  expect(find).toThrow(`fifo: ${what}`);
  expect(find).toThrow(`after\n  ${path.replaceAll(', ', '\n  ')}`);
});
