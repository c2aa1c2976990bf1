import { type Cycle, cycles, slowCycles } from './cycles.js';

// Prints by how many bytes the heap grows with each cycle of a kind. To be run with --expose-gc.

const ROUNDS = 3;

/** Fewer bytes than the smallest object takes, with what refers to it. */
const FEW = 20;

function heapUsed(): number {
  // On Node 24 one call leaves some garbage of the last round, and the next one takes it.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** What a kind retains, it retains each time; what the engine needs, it needs now and then. */
function growthOf(cycle: Cycle, times: number): number {
  let least = Infinity;
  for (let i = 0; i < times; i++) cycle(() => undefined);
  for (let attempt = 0; attempt < 5 && least >= FEW; attempt++) {
    const before = heapUsed();
    for (let i = 0; i < ROUNDS * times; i++) cycle(() => undefined);
    least = Math.min(least, (heapUsed() - before) / (ROUNDS * times));
  }
  return least;
}

const growth: Record<string, number> = {};
for (const [name, cycle] of Object.entries(cycles)) growth[name] = growthOf(cycle, 3_000);
for (const [name, cycle] of Object.entries(slowCycles)) growth[name] = growthOf(cycle, 2_000);
console.log(JSON.stringify(growth));
