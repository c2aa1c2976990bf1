import { type Cycle, cycles } from './cycles.js';

// Prints by how many bytes the heap grows with each cycle of a kind. To be run with --expose-gc, and
// without the optimizer and the flushing of bytecode: what these keep and free would be measured, too.

const CYCLES = 500;

/** Fewer bytes than the smallest object takes, with what refers to it. */
const FEW = 20;

function heapUsed(): number {
  // On Node 24 one call leaves some garbage of the last round, and the next one takes it.
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

/** What a kind retains, it retains each time; what the engine needs, it needs now and then. */
function growthOf(cycle: Cycle): number {
  let growth = Infinity;
  let before = 0;
  for (let round = 0; round < 20 && Math.abs(growth) >= FEW; round++) {
    for (let i = 0; i < CYCLES; i++) cycle(() => undefined);
    const after = heapUsed();
    // The first round is there for the engine.
    if (round > 0) growth = (after - before) / CYCLES;
    before = after;
  }
  return growth;
}

const growth: Record<string, number> = {};
for (const [name, cycle] of Object.entries(cycles)) growth[name] = growthOf(cycle);
console.log(JSON.stringify(growth));
