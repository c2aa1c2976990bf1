import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { buildSync } from 'esbuild';
import { type Lease, ReadWriteLock } from 'rxjs-rwlock';
import { type Cycle, cycles, keyed, lock, slowCycles } from '../support/cycles.js';
import { IDLE } from '../support/states.js';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const CYCLES = 10_000;
/** Every so many cycles, what is used in one is looked for afterwards. */
const SAMPLE = 100;

/** How many of the samples that cycles hand over are still there when they are done. */
async function retained(cycle: Cycle, times = CYCLES): Promise<number> {
  const samples: WeakRef<object>[] = [];
  const every = (SAMPLE * times) / CYCLES;
  for (let i = 0; i < times; i++)
    cycle((sample) => {
      if (i % every === 0) samples.push(new WeakRef(sample));
    });
  expect(samples.length).toBeGreaterThanOrEqual(CYCLES / SAMPLE);
  // A WeakRef keeps what it refers to for the rest of the turn in which it was made.
  await new Promise((resolve) => setTimeout(resolve));
  gc();
  return samples.filter((sample) => sample.deref()).length;
}

const PATIENCE = 60_000;

// The last of a kind may be kept by a field, or by the engine, until the next one is made.
it.each(Object.entries(cycles))(
  'nothing is retained of %s',
  async (_, cycle) => {
    expect(await retained(cycle)).toBeLessThanOrEqual(3);
    expect([lock.state, keyed.all.state]).toMatchObject([IDLE, IDLE]);
  },
  PATIENCE,
);

it.each(Object.entries(slowCycles))(
  'nothing is retained of %s',
  async (_, cycle) => {
    expect(await retained(cycle, CYCLES / 10)).toBeLessThanOrEqual(3);
    expect(lock.state).toMatchObject(IDLE);
  },
  PATIENCE,
);

it(
  'the heap does not grow with the number of cycles',
  () => {
    // In a process of its own, without what jest and its compiler leave on the heap.
    const [bundle] = buildSync({
      entryPoints: [join(__dirname, '../support/heapGrowth.ts')],
      alias: { 'rxjs-rwlock': join(__dirname, '../../src/index.ts') },
      bundle: true,
      platform: 'node',
      target: 'es2022',
      write: false,
    }).outputFiles;
    const input = bundle?.text ?? '';
    const output = execFileSync(process.execPath, ['--expose-gc', '-'], {
      input,
      encoding: 'utf8',
    });
    const growth = JSON.parse(output) as Record<string, number>;
    expect(Object.keys(growth)).toHaveLength(14);
    expect(Object.entries(growth).filter(([, bytes]) => bytes >= 20)).toEqual([]);
  },
  PATIENCE,
);

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
