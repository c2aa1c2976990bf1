import { POLICIES } from '../model/rules.js';
import { everyPath, everyState } from './explore.js';
import { Run } from './Run.js';

// `npm run check` explores more under each policy: every path of five clients, every state of six, every
// state of four with the full alphabet, and of three with live and yielding reads.
describe.each(POLICIES)('under %s', (policy) => {
  it('A–C: in every state of four clients the lock does what the reference does', () => {
    const { states, transitions } = everyState(Run.from({ policy, clients: 4, alphabet: 'basic' }));
    expect(states).toBeGreaterThan(100);
    expect(transitions).toBeGreaterThan(5 * states);
  });

  it('A–E: in every state of two clients with the full alphabet it does so', () => {
    const { states, transitions } = everyState(Run.from({ policy, clients: 2, alphabet: 'full' }));
    expect(states).toBeGreaterThan(250);
    expect(transitions).toBeGreaterThan(9 * states);
  });

  it('I1, I2: in every state of two clients with live and yielding reads it does so', () => {
    const { states, transitions } = everyState(Run.from({ policy, clients: 2, alphabet: 'reads' }));
    expect(states).toBeGreaterThan(100);
    expect(transitions).toBeGreaterThan(5 * states);
  });

  it('A–C: on every path of three clients it does so; merged states have as many paths', () => {
    const terms = { policy, clients: 3, alphabet: 'basic' } as const;
    const { paths } = everyPath(Run.from(terms));
    expect(paths).toBeGreaterThan(2_000);
    expect(everyState(Run.from(terms)).paths).toBe(paths);
  });
});

it('walking one of the paths that differ only after every grant halves their number', () => {
  const terms = { policy: 'fifo', clients: 3, alphabet: 'basic' } as const;
  expect(everyPath(Run.from(terms), { oneTail: true }).paths).toBeLessThan(
    everyState(Run.from(terms)).paths / 2,
  );
});
