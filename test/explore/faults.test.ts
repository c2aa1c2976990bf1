import { POLICIES, type PolicyName } from '../model/rules.js';
import { everyState } from './explore.js';
import { FAULTY } from './faultyLocks.js';
import { ALWAYS, IN_THE_END } from './invariants.js';
import { Run } from './Run.js';
import type { Alphabet } from './steps.js';
import { Witness } from './Witness.js';

const FREE = { held: counts(), waiting: counts(), version: 0, closed: false };

function counts(read = 0, upgradable = 0, write = 0) {
  return { read, upgradable, write };
}

/** What an invariant says about a log, and about the state of the lock after it. */
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
const queue =
  'a requests write, a granted, b requests write, c requests read, d requests write, a cleans up, ';

const breaches: [string, Parameters<typeof verdict>[1], Parameters<typeof verdict>[1]][] = [
  [
    'exclusion',
    { log: 'a requests read, a granted, b requests write, b granted, a cleans up' },
    { log: 'a requests read, a granted, b requests write, a cleans up, b granted' },
  ],
  [
    'no request waits that A3 grants',
    { log: 'a requests read, a granted, b requests write, c requests read, b unsubscribes' },
    { log: 'a requests read, a granted, b requests write, c requests read' },
  ],
  [
    'version counts writes',
    { log: 'a requests write, a granted, a cleans up' },
    { log: 'a requests write, a granted' },
  ],
  [
    'counts are those of the clients',
    { log: 'a requests read, a granted' },
    { log: 'a requests read, a granted', state: { held: counts(1) } },
  ],
  [
    'a read phase admits every reader that waits when it begins',
    {
      policy: 'phaseFair',
      log: 'a requests write, a granted, b requests read, c requests read, a cleans up, b granted',
    },
    {
      policy: 'phaseFair',
      log: 'a requests write, a granted, b requests read, a cleans up, b granted, c requests read',
    },
  ],
  [
    'every waiting request is granted',
    { log: 'a requests read' },
    { log: 'a requests read, a errors boom' },
  ],
  [
    'counts return to zero',
    { log: 'a requests read', state: { waiting: counts(0, 1) } },
    { log: 'a requests read' },
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
  'A4: the order %s of three waiting requests breaks the bounds of other policies',
  (order, policies) => {
    const log = queue + inOrder(order);
    expect(POLICIES.filter((policy) => verdict('bound', { policy, log }))).toEqual(policies);
  },
);

it.each<[keyof typeof FAULTY, Alphabet, string, string]>([
  [
    'grants nothing when a waiting request is cancelled',
    'basic',
    'no request waits that A3 grants: c waits, and nothing blocks it',
    'request a read async, request b write async, request c read async, unsubscribe b',
  ],
  [
    'grants a read beside a write',
    'basic',
    'exclusion: a and b hold together',
    'request a write async, request b read async',
  ],
  [
    'lets readers barge',
    'basic',
    'expected c requests read;',
    'request a read async, request b write async, request c read async',
  ],
  [
    'counts writes when they begin',
    'basic',
    'version counts writes: 0 writes have ended, not 1',
    'request a write async',
  ],
  [
    'releases all leases of an owner with the first one',
    'full',
    'counts are those of the clients',
    'request a upgradable async, nest a write, complete a',
  ],
  [
    'grants nothing after a downgrade',
    'full',
    'no request waits that A3 grants: b waits',
    'request a upgradable async, request b upgradable async, downgrade a read',
  ],
  [
    'tells live reads of no write',
    'reads',
    'expected b cleans up, a granted, a shows 2',
    'request a read in grant live, complete a, complete b',
  ],
  [
    'refuses the next run of a read that has yielded',
    'reads',
    'expected a completes, a cleans up, c granted',
    'request a read async, request b read in grant yielding, close lock, complete a',
  ],
  [
    'ignores requests while another one waits',
    'basic',
    'counts are those of the clients',
    'request a read async, request b write async, request c read async',
  ],
  ['does not fail', 'full', 'expected ;', 'fail lock'],
  [
    'has another policy',
    'basic',
    'expected a cleans up, b granted',
    'request a upgradable async, request b upgradable async, request c write async, complete a',
  ],
])('the explorer finds a lock that %s, by a shortest path', (fault, alphabet, what, path) => {
  const terms = { policy: 'fifo', clients: alphabet === 'full' ? 2 : 3, alphabet } as const;
  const find = () => everyState(Run.from(terms, FAULTY[fault]));
  expect(find).toThrow(`fifo: ${what}`);
  expect(find).toThrow(`after\n  ${path.replaceAll(', ', '\n  ')}`);
});
