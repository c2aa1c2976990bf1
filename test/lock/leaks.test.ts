import { type Lease, ReadWriteLock } from 'rxjs-rwlock';
import { countKept } from '../support/collect.js';
import { type Cycle, cycles, keyed, lock } from '../support/cycles.js';
import { runAlone } from '../support/runAlone.js';
import { IDLE } from '../support/states.js';

const SAMPLES = 100;
/** The last of a kind may be kept by a field, or by the engine, until the next one is made. */
const FEW = 3;

/** How many of the samples that cycles hand over are still there when they are done. */
async function retained(cycle: Cycle): Promise<number> {
  const samples: WeakRef<object>[] = [];
  for (let i = 0; i < 10 * SAMPLES; i++)
    cycle((sample) => {
      if (i % 10 === 0) samples.push(new WeakRef(sample));
    });
  expect(samples.length).toBeGreaterThanOrEqual(SAMPLES);
  return countKept(samples, FEW);
}

it.each(Object.entries(cycles))(
  'nothing is retained of %s',
  async (_, cycle) => {
    expect(await retained(cycle)).toBeLessThanOrEqual(FEW);
    expect([lock.state, keyed.all.state]).toMatchObject([IDLE, IDLE]);
  },
  30_000,
);

it('the heap does not grow with the number of cycles', () => {
  const flags = ['--expose-gc', '--no-opt', '--no-flush-bytecode'];
  const growth = runAlone('heapGrowth', flags) as Record<string, number>;
  expect(Object.keys(growth)).toEqual(Object.keys(cycles));
  expect(Object.entries(growth).filter(([, bytes]) => Math.abs(bytes) >= 20)).toEqual([]);
});

it('a nested lease does not keep the leases alive that it was acquired through', async () => {
  const lock = new ReadWriteLock();
  let lease = lock.reader.tryAcquire() as Lease;
  const last = await retained((keep) => {
    const next = lease.reader.tryAcquire() as Lease;
    lease.release();
    keep(lease);
    lease = next;
  });
  expect(last).toBeLessThanOrEqual(1);
  expect(lock.state.held.read).toBe(1);
});
