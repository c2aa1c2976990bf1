import { POLICIES } from '../model/rules.js';
import { everyPath, everyState } from './explore.js';

describe.each(POLICIES)('under %s', (policy) => {
  it('A1–A4, B, C: on every path of four clients the lock does what the reference does', () => {
    const terms = { policy, clients: 4, alphabet: 'basic' } as const;
    const { paths, transitions } = everyPath(terms);
    expect(paths).toBeGreaterThan(75_000);
    expect(transitions).toBeGreaterThan(125_000);
  }, 60_000);

  it('A–E: in every state of three clients, with all that they can do, it does so', () => {
    const { states, transitions } = everyState({ policy, clients: 3, alphabet: 'full' });
    expect(states).toBeGreaterThan(3_000);
    expect(transitions).toBeGreaterThan(10 * states);
  }, 60_000);

  it('states that are merged have the same paths before them', () => {
    const terms = { policy, clients: 3, alphabet: 'basic' } as const;
    expect(everyState(terms).paths).toBe(everyPath(terms).paths);
  });

  it('paths that are not gone to their ends differ there only', () => {
    const terms = { policy, clients: 3, alphabet: 'basic' } as const;
    const [all, fewer] = [everyPath(terms), everyPath(terms, { oneTail: true })];
    expect(fewer.paths).toBeLessThan(all.paths / 2);
  });
});
