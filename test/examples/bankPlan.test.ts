import { makePlan } from '../../examples/bank/plan.js';

const options = {
  clients: 40,
  operations: 25,
  writes: 30,
  cancel: 10,
  accounts: 4,
  seed: 7,
  timeline: 0,
};

describe('makePlan', () => {
  const operations = makePlan(options).flatMap(({ operations }) => operations);

  it('makes the same plan from the same seed', () => {
    expect(makePlan(options)).toEqual(makePlan(options));
  });

  it('makes another plan from another seed', () => {
    expect(makePlan({ ...options, seed: 8 })).not.toEqual(makePlan(options));
  });

  it('gives each client its number of operations', () => {
    expect(operations).toHaveLength(options.clients * options.operations);
  });

  it('keeps the shares of writes and of cancelled operations', () => {
    const share = (part: readonly unknown[]) => (100 * part.length) / operations.length;

    expect(share(operations.filter(({ mode }) => mode === 'write'))).toBeCloseTo(30, -1);
    expect(share(operations.filter(({ cancel }) => cancel))).toBeCloseTo(10, -1);
  });

  it('never moves money from an account to itself', () => {
    const toItself = operations.filter((each) => each.mode === 'write' && each.from === each.to);

    expect(toItself).toEqual([]);
  });
});
